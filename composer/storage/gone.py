"""Addresses at which nobody is, as the receiving server said when a letter was handed over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from composer.events.event import Event, Kind
from composer.events.verdict import Verdict
from composer.model.delivery import Status
from composer.sending.schedule import utc_text
from composer.storage.consequences import suppress
from composer.storage.notices import note
from composer.storage.store import Store
from composer.storage.tables import deliveries, subscribers, suppressions
from composer.storage.whom import Known, hash_of

_CHUNK = 2_000
#: A refusal and what follows from it are written in one transaction, which takes less than this.
_TOGETHER_S = 10


def bury(store: Store, connection: Connection, lines: Sequence[int], *, now: int) -> None:
    """Mail no more who was refused because nobody is there, as a bounce would have it.

    In the transaction that writes the refusals: of a line that was settled otherwise meanwhile,
    or whose reader was forgotten, nothing follows. `now` is epoch seconds.
    """
    known: list[Known] = []
    event, at = Event(b"", Kind.BOUNCED), utc_text(now)
    for start in range(0, len(lines), _CHUNK):
        query = select(deliveries.c.address).where(
            deliveries.c.id.in_(lines[start : start + _CHUNK]),
            deliveries.c.status == str(Status.REFUSED),
            deliveries.c.address != "",
        )
        for address in connection.scalars(query):
            dead = hash_of(store.identity, address)
            known.append(Known(event, Verdict.DEAD, at, address=address, hash=dead))
    for dead, reason in suppress(connection, known, set(), now=at).items():
        how = "refused"
        note(connection, store, "subscriber.unsubscribed", now, known=dead, reason=reason, how=how)


def buried(connection: Connection, number: int) -> int:
    """How many readers the refusals of a mailing put on the suppression list, and are on it."""
    query = (
        select(deliveries.c.at, suppressions.c.since)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber)
        .join(suppressions, suppressions.c.hash == subscribers.c.hash)
        .where(deliveries.c.mailing == number, deliveries.c.status == str(Status.REFUSED))
        .where(suppressions.c.reason == "bounced")
    )
    times = ((at, datetime.fromisoformat(since)) for at, since in connection.execute(query))
    return sum(abs(since.timestamp() - at) <= _TOGETHER_S for at, since in times)
