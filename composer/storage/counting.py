"""A walk over all lines of a mailing: where they stand by moment, by domain and by reason.

SQLite sorts what it groups, which takes longer than all the rest of a walk. So there it says of
each line where it stands, in one long text, and Python counts: no line becomes an object of ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    case,
    func,
    literal_column,
    select,
    type_coerce,
)

from composer.model.delivery import Status
from composer.reports.figures import Cause, Domain, Timeline, largest
from composer.sending.ledger import TROUBLED
from composer.storage.books import Columns
from composer.storage.dialect import is_postgres
from composer.storage.shares import lines_of_share
from composer.storage.store import Store
from composer.storage.tables import deliveries
from composer.storage.tally import Tally

TOLD_DOMAINS = 15
TOLD_CAUSES = 12

#: Statuses that an answer of the provider gave.
_ANSWERED = (Status.ACCEPTED, *TROUBLED)
#: Lines whose text is small beside everything else that a process holds; two pieces at a time.
_PIECE = 50_000
_THREADS = 2
#: Between two lines, and between what is counted and a status: no address may hold these.
_NEXT, _THEN = "\x1e", "\x1f"


def counted(store: Store, number: int, columns: Columns) -> Tally:
    """Count a mailing, whose `columns` are known; each piece as it is when it is read."""
    with ExitStack() as stack:
        connection = stack.enter_context(store.reading())
        if is_postgres(connection):  # which shares the work out by itself
            at, to = _grouped(connection, number)
        else:
            pieces = list(_pieces(connection, number))
            threads = stack.enter_context(ThreadPoolExecutor(_THREADS, thread_name_prefix="tally"))
            at, to = _Walked(Counter(), Counter())
            for piece in threads.map(partial(_walk, store), pieces):
                at.update(piece.by_moment)
                to.update(piece.by_domain)
        causes = _causes(connection, number)
    domains, others = largest(_domains(to), TOLD_DOMAINS)
    return Tally(*columns, Timeline.of(at), domains, others, causes)


class _Walked(NamedTuple):
    by_moment: Counter[tuple[int, Status]]
    by_domain: Counter[tuple[str, Status]]


# --- SQLite ---------------------------------------------------------------------------------


def _pieces(connection: Connection, number: int) -> Iterator[ColumnElement[bool]]:
    """They lie side by side: read in their order, and not as some index leads to them."""
    ends = select(func.min(deliveries.c.id), func.max(deliveries.c.id))
    first, last = connection.execute(ends.where(deliveries.c.mailing == number)).one()
    if first is not None:
        for start in range(first, last + 1, _PIECE):
            yield lines_of_share(number, start, min(start + _PIECE - 1, last))


def _text(of: ColumnElement[Any], others: ColumnElement[bool]) -> ColumnElement[str]:
    """`of` each accepted line, and of the `others` with their status; nothing of the rest."""
    usual = deliveries.c.status == str(Status.ACCEPTED)
    with_status = type_coerce(of, String).concat(_char(_THEN)).concat(deliveries.c.status)
    return func.group_concat(case((usual, of), (others, with_status)), _char(_NEXT))


def _char(sign: str) -> ColumnElement[str]:
    return literal_column(f"char({ord(sign)})")


#: Columns are joined with nothing, so that no index of statuses is taken for the way.
_STATUS = deliveries.c.status + ""
#: What is null is no part of the text: of a line without a moment there is none to tell.
_WALK = select(
    _text(func.nullif(deliveries.c.at, 0), _STATUS.in_([str(status) for status in TROUBLED])),
    _text(deliveries.c.domain, _STATUS.not_in([str(Status.EXCLUDED)])),
)


def _walk(store: Store, lines: ColumnElement[bool]) -> _Walked:
    with store.reading() as connection:
        moments, domains = connection.execute(_WALK.where(lines)).one()
    return _Walked(
        Counter({(int(at), status): n for at, status, n in _told(moments)}),
        Counter({(domain, status): n for domain, status, n in _told(domains)}),
    )


def _told(text: str | None) -> Iterator[tuple[str, Status, int]]:
    """What `_text` says, and of how many lines; of none it says nothing."""
    if text is None:
        return
    for line, count in Counter(text.split(_NEXT)).items():
        said, _, status = line.partition(_THEN)
        yield said, Status(status) if status else Status.ACCEPTED, count


# --- PostgreSQL -----------------------------------------------------------------------------


def _grouped(connection: Connection, number: int) -> _Walked:
    of = deliveries.c.mailing == number
    answered = [str(status) for status in _ANSWERED]
    moments = (
        select(deliveries.c.at, deliveries.c.status, func.count())
        .where(of, deliveries.c.at > 0, deliveries.c.status.in_(answered))
        .group_by(deliveries.c.at, deliveries.c.status)
    )
    domains = (
        select(deliveries.c.domain, deliveries.c.status, func.count())
        .where(of, deliveries.c.status != str(Status.EXCLUDED))
        .group_by(deliveries.c.domain, deliveries.c.status)
    )
    return _Walked(
        Counter({(int(at), Status(name)): n for at, name, n in connection.execute(moments)}),
        Counter({(to, Status(name)): n for to, name, n in connection.execute(domains)}),
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
        .where(deliveries.c.status.in_([str(status) for status in TROUBLED]))
        .group_by(deliveries.c.status, deliveries.c.reason)
    )
    found = (Cause(str(status), reason, n) for status, reason, n in connection.execute(query))
    return most_frequent(found)


def most_frequent(causes: Iterable[Cause]) -> list[Cause]:
    return sorted(causes, key=lambda c: (-c.count, c.kind, c.reason))[:TOLD_CAUSES]
