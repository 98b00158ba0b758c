"""The tallies of mailings: each as long as it is true, and not a moment longer.

One is written when nothing of a mailing is planned or under way, and dropped in the very
transaction in which a line of it changes: so it is what a walk would find now, or it is not
there. Whoever sends need not care: sending changes lines that are planned or under way, and of
a mailing that has such lines there is no tally.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, select

from composer.model.delivery import Status
from composer.reports.figures import Cause, Domain, Timeline, largest
from composer.storage.books import Columns, columns_of
from composer.storage.dialect import insert, is_postgres
from composer.storage.shares import lines_of_share
from composer.storage.store import Store
from composer.storage.tables import deliveries, mailings, tallies
from composer.storage.tally import Tally

TOLD_DOMAINS = 15
TOLD_CAUSES = 12

#: Statuses that an answer of the provider gave.
_ANSWERED = (Status.ACCEPTED, Status.REFUSED, Status.DEFERRED, Status.UNKNOWN)
_MOVING = (Status.PLANNED, Status.ATTEMPTING)
_TROUBLED = (Status.REFUSED, Status.DEFERRED, Status.UNKNOWN)
#: SQLite sorts what it groups: in pieces that need no file to sort in, and two at a time.
_PIECE = 50_000
_THREADS = 2


def kept(connection: Connection, number: int) -> Tally | None:
    """What is known of a mailing without a walk; None when nothing is."""
    query = select(tallies.c.content).where(tallies.c.mailing == number)
    text = connection.execute(query).scalar()
    return None if text is None else Tally.of_text(text)


def needs_counting(connection: Connection, number: int) -> bool:
    """Whether nothing of a mailing moves, and nothing is kept of it."""
    moving = (
        select(deliveries.c.id)
        .where(deliveries.c.mailing == number)
        .where(deliveries.c.status.in_([str(status) for status in _MOVING]))
        .limit(1)
    )
    if kept(connection, number) is not None:
        return False
    return connection.execute(moving).first() is None


def keep(store: Store, connection: Connection, number: int) -> None:
    """Count a mailing of which nothing moves and nothing is kept.

    `connection` has a writing transaction in which no line of it was changed: what others read
    is what it would read.
    """
    hold(connection, [number])
    if needs_counting(connection, number):
        change = {"content": counted(store, number, columns_of(connection, number)).text}
        new = insert(connection, tallies).values(mailing=number, **change)
        connection.execute(new.on_conflict_do_update(index_elements=["mailing"], set_=change))


def drop(connection: Connection, numbers: Collection[int]) -> None:
    """Lines of these mailings change in this transaction: what was counted is not so any more."""
    if numbers:
        hold(connection, numbers)
        connection.execute(delete(tallies).where(tallies.c.mailing.in_(sorted(numbers))))


def hold(connection: Connection, numbers: Collection[int]) -> None:
    """Let nobody else keep or drop their tallies until the transaction ends.

    A server works on several transactions at a time: without this, one could keep what it
    counted before the other committed its change, and the other would find nothing to drop.
    """
    if is_postgres(connection):
        rows = select(mailings.c.number).where(mailings.c.number.in_(sorted(numbers)))
        connection.execute(rows.order_by(mailings.c.number).with_for_update(key_share=True)).all()


# --- counting -------------------------------------------------------------------------------


def counted(store: Store, number: int, columns: Columns) -> Tally:
    """Count a mailing, whose `columns` are known; each piece as it is when it is read."""
    with ExitStack() as stack:
        connection = stack.enter_context(store.reading())
        pieces = list(_pieces(connection, number))
        threads = stack.enter_context(ThreadPoolExecutor(_THREADS, thread_name_prefix="tally"))
        walked = list(threads.map(partial(_walk, store), pieces))
        causes = _causes(connection, number)
    at, to = Counter[tuple[int, Status]](), Counter[tuple[str, Status]]()
    for piece in walked:
        at.update(piece.by_moment)
        to.update(piece.by_domain)
    domains, others = largest(_domains(to), TOLD_DOMAINS)
    return Tally(*columns, Timeline.of(at), domains, others, causes)


def _pieces(connection: Connection, number: int) -> Iterator[ColumnElement[bool]]:
    """They lie side by side: read in their order, and not as some index leads to them."""
    if is_postgres(connection):  # which shares the work out by itself
        yield deliveries.c.mailing == number
        return
    ends = select(func.min(deliveries.c.id), func.max(deliveries.c.id))
    first, last = connection.execute(ends.where(deliveries.c.mailing == number)).one()
    if first is not None:
        for start in range(first, last + 1, _PIECE):
            yield lines_of_share(number, start, min(start + _PIECE - 1, last))


class _Walked(NamedTuple):
    by_moment: dict[tuple[int, Status], int]
    by_domain: dict[tuple[str, Status], int]


def _walk(store: Store, lines: ColumnElement[bool]) -> _Walked:
    moments = (
        select(deliveries.c.at, deliveries.c.status, func.count())
        .where(lines, deliveries.c.at > 0)
        .where((deliveries.c.status + "").in_([str(status) for status in _ANSWERED]))
        .group_by(deliveries.c.at, deliveries.c.status)
    )
    domains = (
        select(deliveries.c.domain, deliveries.c.status, func.count())
        .where(lines, deliveries.c.status + "" != str(Status.EXCLUDED))
        .group_by(deliveries.c.domain, deliveries.c.status)
    )
    with store.reading() as connection:
        return _Walked(
            {(int(at), Status(name)): n for at, name, n in connection.execute(moments)},
            {(domain, Status(name)): n for domain, name, n in connection.execute(domains)},
        )


def _domains(counts: Mapping[tuple[str, Status], int]) -> Iterator[Domain]:
    found: dict[str, dict[Status, int]] = {}
    for (domain, status), count in counts.items():
        found.setdefault(domain, {})[status] = count
    return (Domain(name, of_status) for name, of_status in found.items())


def _causes(connection: Connection, number: int) -> list[Cause]:
    query = (
        select(deliveries.c.status, deliveries.c.reason, func.count())
        .where(deliveries.c.mailing == number)
        .where(deliveries.c.status.in_([str(status) for status in _TROUBLED]))
        .group_by(deliveries.c.status, deliveries.c.reason)
    )
    found = (Cause(str(status), reason, n) for status, reason, n in connection.execute(query))
    return most_frequent(found)


def most_frequent(causes: Iterable[Cause]) -> list[Cause]:
    return sorted(causes, key=lambda c: (-c.count, c.kind, c.reason))[:TOLD_CAUSES]
