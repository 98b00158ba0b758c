"""What providers told, as it came in: kept before anybody looks into it, so that none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from sqlalchemy import Connection, delete, func, select, update

from composer.events.event import key_of
from composer.storage.dialect import insert
from composer.storage.event_tables import arrivals
from composer.storage.store import Store

#: How long a call that was applied is remembered: longer than any provider repeats one.
REMEMBERED = timedelta(days=40)


class State(StrEnum):
    WAITING = "waiting"
    APPLIED = "applied"
    UNREADABLE = "unreadable"  #: kept as it is for a person to look at


class Kept(StrEnum):
    """What became of a call."""

    NEW = "new"
    AGAIN = "again"  #: the same was told before
    FORGED = "forged"  #: under a nonce that came with another body


@dataclass(frozen=True, slots=True)
class Arrival:
    """One call's body."""

    id: int
    provider: str
    received: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unread:
    """A call that nobody could read: `trouble` says why."""

    id: int
    provider: str
    received: str
    trouble: str


class Arrivals:
    """Bodies of webhooks on their way from the wire to the books."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, provider: str, nonce: str, body: bytes, *, received: str) -> Kept:
        """Write `body` down; when this returns, it survives a crash."""
        digest = blake2b(body, digest_size=16).digest()
        nonce = key_of(provider, nonce).hex()  # of any length, and of any characters
        values = {
            "provider": provider,
            "nonce": nonce,
            "digest": digest,
            "received": received,
            "state": str(State.WAITING),
            "trouble": "",
            "body": body,
        }
        same = (arrivals.c.provider == provider) & (arrivals.c.nonce == nonce)
        with self._store.writing_rows() as connection:
            new = insert(connection, arrivals).values(**values).on_conflict_do_nothing()
            if connection.execute(new.execution_options(preserve_rowcount=True)).rowcount:
                return Kept.NEW
            before = connection.execute(select(arrivals.c.digest).where(same)).scalar()
        return Kept.AGAIN if before is not None and bytes(before) == digest else Kept.FORGED

    def waiting(self, *, limit: int = 20) -> Sequence[Arrival]:
        """The oldest that were not applied yet."""
        query = (
            select(arrivals.c.id, arrivals.c.provider, arrivals.c.received, arrivals.c.body)
            .where(arrivals.c.state == str(State.WAITING))
            .order_by(arrivals.c.id)
            .limit(limit)
        )
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        return [Arrival(row.id, row.provider, row.received, bytes(row.body)) for row in rows]

    def give_up(self, arrival: Arrival, trouble: str) -> None:
        """Put aside what nobody can read; it is kept."""
        change = (
            update(arrivals)
            .where(arrivals.c.id == arrival.id, arrivals.c.state == str(State.WAITING))
            .values(state=str(State.UNREADABLE), trouble=trouble[:300])
        )
        with self._store.writing_rows() as connection:
            connection.execute(change)

    def unreadable(self, *, limit: int = 10) -> Sequence[Unread]:
        """The newest calls that nobody could read, and why."""
        query = (
            select(arrivals.c.id, arrivals.c.provider, arrivals.c.received, arrivals.c.trouble)
            .where(arrivals.c.state == str(State.UNREADABLE))
            .order_by(arrivals.c.id.desc())
            .limit(limit)
        )
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        return [Unread(row.id, row.provider, row.received, row.trouble) for row in rows]

    def counts(self) -> dict[State, int]:
        query = select(arrivals.c.state, func.count()).group_by(arrivals.c.state)
        with self._store.reading() as connection:
            found = {State(row[0]): int(row[1]) for row in connection.execute(query)}
        return dict.fromkeys(State, 0) | found

    def forget_old(self, *, now: str) -> int:
        """Forget calls that nobody repeats any more; say how many."""
        until = datetime.fromisoformat(now).astimezone(UTC) - REMEMBERED
        old = until.isoformat(timespec="seconds").replace("+00:00", "Z")
        gone = delete(arrivals).where(
            arrivals.c.state != str(State.WAITING), arrivals.c.received < old
        )
        with self._store.writing_rows() as connection:
            return connection.execute(gone).rowcount


def mark_applied(connection: Connection, arrival_id: int) -> bool:
    """In the transaction that applies it: False when somebody else did so already.

    The body goes: it holds addresses and IPs, and everything that is wanted of it was kept.
    """
    change = (
        update(arrivals)
        .where(arrivals.c.id == arrival_id, arrivals.c.state == str(State.WAITING))
        .values(state=str(State.APPLIED), body=b"")
    )
    return bool(connection.execute(change).rowcount)
