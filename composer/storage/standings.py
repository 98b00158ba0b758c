"""Where mailings stand, looked up without changing anything: for pages that are reloaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import func, select

from composer.model.delivery import Status
from composer.model.mailing import HAS_ISSUE
from composer.sending.orders import CANCELLED, Wish
from composer.storage.mailings import mailings_where, something_left
from composer.storage.store import Store
from composer.storage.tables import deliveries, mailings


class Standings:
    """Counts over the ledger; nothing is recovered, settled or locked by asking."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def counts(self) -> Mapping[str, Mapping[Status, int]]:
        """Deliveries by status of every mailing, from one walk over an index."""
        query = (
            select(mailings.c.id, deliveries.c.status, func.count())
            .join(deliveries, deliveries.c.mailing == mailings.c.number)
            .group_by(mailings.c.number, deliveries.c.status)
        )
        found: dict[str, Counter[Status]] = {}
        with self._store.reading() as connection:
            for mailing, status, count in connection.execute(query):
                found.setdefault(mailing, Counter())[Status(status)] += count
        return found

    def last_audience(self, segment: str, *, issue_id: str) -> int:
        """Whom the segment's latest mailing of another issue was for; 0 when there is none.

        Who had that issue already is among them, and whom a cancel left out. A mailing that was
        cancelled before anybody got it does not count.
        """
        chosen = (deliveries.c.mailing == mailings.c.number) & (
            deliveries.c.status != str(Status.EXCLUDED)
        )
        query = (
            select(mailings.c.number)
            .where(mailings.c.segment == segment, mailings.c.issue_id != issue_id)
            .where(select(deliveries.c.id).where(chosen).exists())
            .order_by(mailings.c.number.desc())
            .limit(1)
            .scalar_subquery()
        )
        meant = (deliveries.c.status != str(Status.EXCLUDED)) | deliveries.c.reason.in_(
            (HAS_ISSUE, CANCELLED)
        )
        with self._store.reading() as connection:
            found = connection.execute(
                select(func.count()).where(deliveries.c.mailing == query, meant)
            )
            return int(found.scalar_one())

    def unfinished(self) -> list[str]:
        """The mailings with something left to deliver that nobody cancelled, newest first."""
        wanted = mailings.c.wish != str(Wish.CANCEL)
        with self._store.reading() as connection:
            found = mailings_where(connection, wanted & something_left(), limit=None)
        return [mailing.id for mailing in found]

    def is_sending(self, mailing_id: str) -> bool:
        """Whether a living process is sending this mailing just now."""
        return self._store.keeping.is_sending(mailing_id)
