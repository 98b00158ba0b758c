"""How many deliveries of a mailing something was told of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from composer.storage.event_tables import events


def counts_of(connection: Connection, mailing: int) -> Mapping[str, int]:
    """By the kind of event; what programs opened and clicked is `opened_by_machines`."""
    query = (
        select(events.c.kind, events.c.machine, func.count(func.distinct(events.c.delivery)))
        .where(events.c.mailing == mailing)
        .group_by(events.c.kind, events.c.machine)
    )
    found: Counter[str] = Counter()
    for kind, machine, count in connection.execute(query):
        found[f"{kind}_by_machines" if machine else str(kind)] += int(count)
    return found
