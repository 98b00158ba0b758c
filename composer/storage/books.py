"""The books of a mailing, and the lines that they count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from composer.model.delivery import Status
from composer.model.mailing import REASONS, Books
from composer.sending.ledger import TROUBLED, Line, Trouble
from composer.storage.event_counts import counts_of
from composer.storage.gone import buried
from composer.storage.store import Store
from composer.storage.tables import deliveries, mailings

FORGOTTEN = "(forgotten)"


def books_of(connection: Connection, mailing_id: str, number: int) -> Books:
    """Where everybody stands; a snapshot when `connection` has one."""
    by_edition, reasons = columns_of(connection, number)
    matched = connection.execute(
        select(mailings.c.matched).where(mailings.c.number == number)
    ).scalar_one()
    counts = Counter[Status]()
    for edition in by_edition.values():
        counts.update(edition)
    excluded = {**dict.fromkeys(REASONS, 0), **reasons}
    events = counts_of(connection, number)
    gone = buried(connection, number) if counts[Status.REFUSED] else 0
    return Books(mailing_id, matched, excluded, counts, by_edition, events, gone)


class Columns(NamedTuple):
    """How many of each edition stand where, and how many are excluded for each reason."""

    by_edition: Mapping[str, Mapping[Status, int]]
    excluded: Mapping[str, int]

    @classmethod
    def of(cls, books: Books) -> Columns:
        return cls(books.by_edition, {why: n for why, n in books.excluded.items() if n})


def columns_of(connection: Connection, number: int) -> Columns:
    """Counted in one walk over an index, but for the excluded."""
    of = deliveries.c.mailing == number
    by_status = (
        # In the order of the index, which sorts by `due` too: so nothing has to be sorted.
        select(deliveries.c.status, deliveries.c.edition, func.count())
        .where(of, deliveries.c.status != str(Status.EXCLUDED))
        .group_by(deliveries.c.status, deliveries.c.due, deliveries.c.edition)
    )
    by_reason = (
        select(deliveries.c.reason, func.count())
        .where(of, deliveries.c.status == str(Status.EXCLUDED))
        .group_by(deliveries.c.reason)
    )
    found: dict[str, dict[Status, int]] = {}
    for name, edition, count in sorted(map(tuple, connection.execute(by_status))):
        counts, status = found.setdefault(edition, {}), Status(name)
        counts[status] = counts.get(status, 0) + count
    excluded = {str(row[0]): int(row[1]) for row in connection.execute(by_reason)}
    return Columns(found, excluded)


def troubles_of(connection: Connection, number: int, limit: int) -> list[Trouble]:
    """By reason, of each status that is none to leave alone the `limit` most frequent."""
    found: list[Trouble] = []
    for status in TROUBLED:
        of = (deliveries.c.mailing == number) & (deliveries.c.status == str(status))
        by_reason = (
            select(deliveries.c.reason, func.count().label("count"), func.min(deliveries.c.id))
            .where(of)
            .group_by(deliveries.c.reason)
            .order_by(func.count().desc(), func.min(deliveries.c.id))
            .limit(limit)
        )
        for reason, count, first in connection.execute(by_reason).all():
            whose = select(deliveries.c.address).where(deliveries.c.id == first)
            address = connection.execute(whose).scalar() or FORGOTTEN
            found.append(Trouble(status, reason, count, address))
    return found


def lines_of(store: Store, where: ColumnElement[bool], *, limit: int | None) -> Iterator[Line]:
    """The lines of the ledger in the order they were planned; streams."""
    query = (
        select(deliveries)
        .where(where)
        .order_by(deliveries.c.id)
        .limit(limit)
        .execution_options(yield_per=2_000)
    )
    with store.reading() as connection, connection.execute(query) as rows:
        for row in rows:
            yield Line(
                delivery_id=store.identity.delivery_id(row.id),
                address=row.address or FORGOTTEN,
                status=Status(row.status),
                reason=row.reason,
                attempts=row.attempts,
                due=row.due,
                at=row.at,
                provider=row.provider,
            )
