"""What others are to be told of: written with what happened, and gone when they know it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    LargeBinary,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from composer.storage.dialect import LONG_TEXT, NUMBER, WORDS
from composer.storage.store import Store
from composer.storage.tables import metadata, suppressions

WAITING, GIVEN_UP = "waiting", "given up"
#: A teller that was not heard of for so long did not tell.
LEASE_S = 300

#: A line for each channel. People are named by `hash`, a mailing by its id: who was forgotten in
#: the meantime is told of no more. `at` and `due` are epoch seconds.
notices = Table(
    "notices",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("channel", WORDS, nullable=False),
    Column("kind", WORDS, nullable=False),
    Column("at", NUMBER, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("mailing", WORDS, nullable=False),
    Column("detail", LONG_TEXT, nullable=False),
    Column("state", WORDS, nullable=False),
    Column("tries", NUMBER, nullable=False),
    Column("due", NUMBER, nullable=False),
    Column("trouble", WORDS, nullable=False),
    Index("notices_to_tell", "state", "due"),
    Index("notices_by_hash", "hash"),
    sqlite_autoincrement=True,
)


def epoch(stamp: str) -> int:
    """ISO 8601 with its zone as epoch seconds."""
    return int(datetime.fromisoformat(stamp).timestamp())


def note(
    connection: Connection,
    store: Store,
    kind: str,
    at: int,
    *,
    known: bytes = b"",
    mailing: str = "",
    **detail: str,
) -> None:
    """Within the transaction in which it happens; nothing where nobody wants to know."""
    if kind not in store.outgoing.kinds:
        return
    for channel in store.outgoing.channels:
        connection.execute(
            insert(notices).values(
                channel=channel,
                kind=kind,
                at=at,
                hash=known,
                mailing=mailing,
                detail=json.dumps(detail, ensure_ascii=False),
                state=WAITING,
                tries=0,
                due=at,
                trouble="",
            )
        )


def forget_notices(connection: Connection, known: bytes) -> None:
    """Nobody is told of somebody who was forgotten."""
    connection.execute(delete(notices).where(notices.c.hash == known))


@dataclass(frozen=True, slots=True)
class Notice:
    """One to tell. `address` is empty for a mailing, and for who is not known any more."""

    number: int
    channel: str
    kind: str
    at: int
    address: str
    locale: str
    mailing: str
    detail: Mapping[str, str]
    tries: int


class Notices:
    """What waits to be told."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = store.people.table

    def take(self, now: int, most: int = 50) -> Sequence[Notice]:
        """Some that are due, for the caller alone until `LEASE_S` from now."""
        due = select(notices.c.id).where(notices.c.state == WAITING, notices.c.due <= now).limit(1)
        with self._store.reading() as connection:
            if connection.execute(due).first() is None:
                return ()  # the usual case writes nothing
        query = (
            select(notices)
            .where(notices.c.state == WAITING, notices.c.due <= now)
            .order_by(notices.c.due, notices.c.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        with self._store.writing_rows() as connection:
            rows = connection.execute(query).all()
            taken = notices.c.id.in_([row.id for row in rows])
            lease = {"due": now + LEASE_S, "tries": notices.c.tries + 1}
            connection.execute(update(notices).where(taken).values(lease))
            return [self._notice(connection, row) for row in rows]

    def _notice(self, connection: Connection, row: Any) -> Notice:
        address, locale = "", ""
        if known := bytes(row.hash):
            people = self._table.c
            found = connection.execute(
                select(people.address, people.locale).where(people.hash == known)
            ).first()
            if found is None:
                gone = select(suppressions.c.address).where(suppressions.c.hash == known)
                address = str(connection.execute(gone).scalar() or "")
            else:
                address, locale = str(found.address), str(found.locale)
        return Notice(
            number=row.id,
            channel=row.channel,
            kind=row.kind,
            at=row.at,
            address=address,
            locale=locale,
            mailing=row.mailing,
            detail=json.loads(row.detail),
            tries=row.tries + 1,
        )

    def told(self, number: int) -> None:
        """They know it now."""
        with self._store.writing_rows() as connection:
            connection.execute(delete(notices).where(notices.c.id == number))

    def again(self, number: int, due: int | None, trouble: str) -> None:
        """Another time, from `due` on; never, when that is None."""
        state = WAITING if due else GIVEN_UP
        with self._store.writing_rows() as connection:
            connection.execute(
                update(notices)
                .where(notices.c.id == number)
                .values(state=state, due=due or 0, trouble=trouble[:300])
            )

    def retry(self, now: int) -> int:
        """Let everything that was given up be told again; say how much that is."""
        with self._store.writing_rows() as connection:
            change = update(notices).where(notices.c.state == GIVEN_UP)
            return connection.execute(change.values(state=WAITING, due=now, tries=0)).rowcount

    def hurry(self, now: int) -> None:
        """Let what waits for another try be tried now."""
        with self._store.writing_rows() as connection:
            later = (notices.c.state == WAITING) & (notices.c.due > now) & (notices.c.tries > 0)
            connection.execute(update(notices).where(later).values(due=now))

    def counts(self) -> Mapping[str, int]:
        """How many wait, and how many were given up."""
        query = select(notices.c.state, func.count()).group_by(notices.c.state)
        with self._store.reading() as connection:
            found = {str(state): int(count) for state, count in connection.execute(query)}
        return {WAITING: found.get(WAITING, 0), GIVEN_UP: found.get(GIVEN_UP, 0)}

    def last_trouble(self) -> str:
        """What went wrong last, in the words of who was to be told."""
        query = (
            select(notices.c.trouble)
            .where(notices.c.trouble != "")
            .order_by(notices.c.id.desc())
            .limit(1)
        )
        with self._store.reading() as connection:
            return str(connection.execute(query).scalar() or "")
