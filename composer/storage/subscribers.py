"""The list: look up, suppress, forget, export."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, and_, case, delete, func, not_, select, update
from sqlalchemy import Row as SqlRow

from composer.audience.csv_file import SubscriberFile
from composer.audience.rule import All, Rule
from composer.audience.values import TypedFields
from composer.model.address import Address
from composer.model.delivery import Status
from composer.model.subscriber import Subscriber
from composer.storage import tallies
from composer.storage.dialect import insert
from composer.storage.event_tables import events
from composer.storage.importing import Imported, import_file
from composer.storage.notices import epoch, forget_notices, note
from composer.storage.reader_rows import forget_reader, suppress_row
from composer.storage.reader_tables import reader_pauses
from composer.storage.segment_sql import condition
from composer.storage.store import Store
from composer.storage.tables import deliveries, suppressions

#: Reasons that a person may give; `forgotten` is set by `forget` alone.
REASONS = ("unsubscribed", "bounced", "complained", "manual")


@dataclass(frozen=True, slots=True)
class Entry:
    """A subscriber as the list knows them; `suppressed` is the reason, or empty.

    `paused_until` is the end of a pause that is not over, or empty.
    """

    subscriber: Subscriber
    token: str
    suppressed: str
    suppressed_since: str
    raw: dict[str, str]
    paused_until: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many a segment matches, and how they divide."""

    matched: int
    mailable: int
    suppressed: int
    unconfirmed: int
    paused: int = 0  #: confirmed, and want nothing for a while


class Subscribers:
    """Everybody on the list, and everybody who must not be mailed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = store.people.table

    def import_file(
        self, file: SubscriberFile, refused: Callable[[Any], None], progress: Callable[[int], None]
    ) -> Imported:
        """Bring in the good rows of `file`, in one transaction; tell of each refused one."""
        return import_file(self._store, file, refused, progress)

    # --- looking up -------------------------------------------------------------------

    def find(self, address: Address) -> Entry | None:
        """The subscriber of that mailbox, however it is spelled."""
        wanted = self._table.c.hash == self._store.identity.hash_of(address)
        return next(self._entries(wanted, limit=1), None)

    def addresses(self, part: str, *, limit: int) -> list[str]:
        """Those of the list that `part` stands in, in alphabetical order, at most `limit`."""
        address = self._table.c.address
        query = (
            select(address)
            .where(func.lower(address).contains(part.lower(), autoescape=True))
            .order_by(address)
            .limit(limit)
        )
        with self._store.reading() as connection:
            return [str(found) for found in connection.scalars(query)]

    def by_token(self, token: str) -> Entry | None:
        return next(self._entries(self._table.c.token == token, limit=1), None)

    def suppression(self, address: Address) -> tuple[str, str] | None:
        """Reason and time, of somebody who need not be on the list."""
        query = select(suppressions.c.reason, suppressions.c.since).where(
            suppressions.c.hash == self._store.identity.hash_of(address)
        )
        with self._store.reading() as connection:
            row = connection.execute(query).first()
        return (str(row.reason), str(row.since)) if row else None

    def matching(self, rule: Rule | None = None, *, limit: int | None = None) -> Iterator[Entry]:
        """Everybody that `rule` matches, in the order of their arrival; streams."""
        return self._entries(condition(rule or All(()), self._table), limit=limit)

    def _entries(self, where: Any, *, limit: int | None) -> Iterator[Entry]:
        table = self._table
        query = (
            select(table, suppressions.c.reason, suppressions.c.since, reader_pauses.c.until)
            .outerjoin(suppressions, suppressions.c.hash == table.c.hash)
            .outerjoin(reader_pauses, reader_pauses.c.hash == table.c.hash)
            .where(where)
            .order_by(table.c.id)
            .limit(limit)
            .execution_options(yield_per=1_000)
        )
        with self._store.reading() as connection, connection.execute(query) as rows:
            for row in rows:
                yield self._entry(row)

    def _entry(self, row: SqlRow[Any]) -> Entry:
        raw = {str(k): str(v) for k, v in json.loads(row.fields).items()}
        return Entry(
            subscriber=subscriber_of(row, self._store),
            token=row.token,
            suppressed=row.reason or "",
            suppressed_since=row.since or "",
            raw=raw,
            paused_until=row.until if (row.until or "") > _now() else "",
        )

    def count(self, rule: Rule) -> Counts:
        """One pass over the list."""
        table = self._table
        out = suppressions.c.hash.is_not(None)
        rests = func.coalesce(reader_pauses.c.until, "") > _now()
        stays = and_(not_(out), table.c.confirmed)
        query = (
            select(
                func.count(),
                _total(and_(stays, not_(rests))),
                _total(out),
                _total(and_(not_(out), not_(table.c.confirmed))),
                _total(and_(stays, rests)),
            )
            .select_from(
                table.outerjoin(suppressions, suppressions.c.hash == table.c.hash).outerjoin(
                    reader_pauses, reader_pauses.c.hash == table.c.hash
                )
            )
            .where(condition(rule, table))
        )
        with self._store.reading() as connection:
            return Counts(*(int(n or 0) for n in connection.execute(query).one()))

    # --- leaving ----------------------------------------------------------------------

    def suppress(self, address: Address, reason: str, *, since: str) -> bool:
        """Never mail `address` again; the first reason stays. False when it was so already."""
        return self.suppress_all((address,), reason, since=since) == 1

    def suppress_all(self, addresses: Sequence[Address], reason: str, *, since: str) -> int:
        """As `suppress`, for all of them or none; how many of them were mailed until now."""
        # Always in the same order: two processes must not wait for each other.
        known = sorted((self._store.identity.hash_of(each), str(each)) for each in addresses)
        with self._store.writing_rows() as connection:
            return sum(self._suppress(connection, *each, reason, since) for each in known)

    def _suppress(
        self, connection: Connection, known: bytes, address: str, reason: str, since: str
    ) -> bool:
        if not suppress_row(connection, known, address, reason, since):
            return False
        kind = "subscriber.unsubscribed"
        note(connection, self._store, kind, epoch(since), known=known, reason=reason)
        return True

    def forget(self, address: Address, *, since: str) -> bool:
        """Remove every clear trace of a person; keep the hash, so that no import revives them.

        Deliveries stay in the books without address, name, values and token. False when
        nothing of them was known.
        """
        known = self._store.identity.hash_of(address)
        table = self._table
        with self._store.writing() as connection:
            number = connection.execute(select(table.c.id).where(table.c.hash == known)).scalar()
            forget_reader(connection, self._store, known, since)
            forget_notices(connection, known)
            kept = insert(connection, suppressions).values(
                hash=known, address="", reason="forgotten", since=since
            )
            cleared = kept.on_conflict_do_update(
                index_elements=["hash"], set_={"address": "", "reason": "forgotten"}
            )
            was_suppressed = connection.execute(
                select(suppressions.c.hash).where(suppressions.c.hash == known)
            ).first()
            connection.execute(cleared)
            if number is None:
                return was_suppressed is not None
            mine = deliveries.c.subscriber == number
            waiting = deliveries.c.status.in_([Status.PLANNED, Status.DEFERRED])
            connection.execute(
                update(deliveries)
                .where(mine, waiting)
                .values(status=Status.EXCLUDED, reason="suppressed", due=0, at=int(time.time()))
            )
            connection.execute(
                update(deliveries)
                .where(mine)
                .values(address="", display_name="", slots="{}", token="")
            )
            # A server's answer may quote the address; what excludes is counted in the books.
            answered = deliveries.c.status != str(Status.EXCLUDED)
            connection.execute(update(deliveries).where(mine, answered).values(reason=""))
            told = events.c.delivery.in_(select(deliveries.c.id).where(mine))
            connection.execute(update(events).where(told).values(detail="", link=""))
            connection.execute(delete(table).where(table.c.id == number))
            theirs = select(deliveries.c.mailing).where(mine).distinct()
            tallies.drop(connection, connection.execute(theirs).scalars().all())
        self._store.keeping.empty_log()
        return True


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _total(condition: Any) -> Any:
    """For how many rows `condition` holds."""
    return func.sum(case((condition, 1), else_=0))


def subscriber_of(row: SqlRow[Any], store: Store) -> Subscriber:
    """The model's subscriber of a row of the table."""
    local, _, domain = row.address.rpartition("@")
    return Subscriber(
        id=row.id,
        address=Address(local, domain),
        fields=TypedFields(json.loads(row.fields), store.fields),
        confirmed=bool(row.confirmed),
        locale=row.locale,
        consent_source=row.consent_source,
        consent_time=row.consent_time,
    )
