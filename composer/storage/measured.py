"""What people did with what they got, counted for an A/B test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import false, func, select

from composer.events.event import Kind
from composer.model.ab_test import Metric
from composer.model.edition import EditionKey
from composer.storage.event_tables import events
from composer.storage.mailings import number_of
from composer.storage.store import Store
from composer.storage.tables import deliveries

_KINDS = {Metric.CLICKS: Kind.CLICKED, Metric.REPLIES: Kind.REPLIED}


class SqlMeasured:
    """Implements `composer.sending.contest.Measured`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def people(self, mailing_id: str, metric: Metric) -> Mapping[str, int]:
        """How many readers did it, by the variant that they got; programs are nobody."""
        with self._store.reading() as connection:
            query = (
                select(deliveries.c.edition, func.count(events.c.delivery.distinct()))
                .join(deliveries, deliveries.c.id == events.c.delivery)
                .where(events.c.mailing == number_of(connection, mailing_id))
                .where(events.c.kind == str(_KINDS[metric]), events.c.machine == false())
                .group_by(deliveries.c.edition)
            )
            found = Counter[str]()
            for edition, count in connection.execute(query):
                found[EditionKey.parse(edition).variant] += count
            return found
