"""How many deliveries of a mailing something was told of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, func, select

from composer.events.event import Kind
from composer.storage.event_tables import events


def counts_of(
    connection: Connection, mailing: int, kinds: Collection[Kind] = ()
) -> Mapping[str, int]:
    """By the kind of event; what programs opened and clicked is `opened_by_machines`.

    Of some `kinds` alone, or of all.
    """
    query = (
        select(events.c.kind, events.c.machine, func.count(func.distinct(events.c.delivery)))
        .where(events.c.mailing == mailing)
        .group_by(events.c.kind, events.c.machine)
    )
    if kinds:
        query = query.where(events.c.kind.in_([str(kind) for kind in kinds]))
    found: Counter[str] = Counter()
    for kind, machine, count in connection.execute(query):
        found[f"{kind}_by_machines" if machine else str(kind)] += int(count)
    return found


def something_told(connection: Connection, mailing: int) -> bool:
    """Whether anything was told of any of its deliveries."""
    query = select(events.c.id).where(events.c.mailing == mailing).limit(1)
    return connection.execute(query).first() is not None
