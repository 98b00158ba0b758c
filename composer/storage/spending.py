"""What limits were used for, in the database: the same for every sender, and after a restart."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sqlalchemy import Connection, delete, select, update

from composer.model.limits import LimitSettings
from composer.model.rate import Rate
from composer.sending.limits import Counter, Used, counters_of
from composer.sending.pace import Pace
from composer.storage.dialect import insert
from composer.storage.tables import mailings, spent


def used_of(connection: Connection, limits: LimitSettings, provider: str) -> dict[Counter, Used]:
    """Everything that a budget must know."""
    counters = counters_of(limits, provider)
    query = select(spent).where(spent.c.scope.in_({scope for scope, _ in counters}))
    found: dict[Counter, dict[int, int]] = {}
    for row in connection.execute(query):
        if (row.scope, row.window_s) in counters:
            found.setdefault((row.scope, row.window_s), {})[row.start_ms] = row.used
    return {**found}


def write_spent(
    connection: Connection, taken: Iterable[tuple[str, int, int, int]], now: float
) -> None:
    """Add to what was used, and forget what no window reaches any more."""
    for scope, window_s, start_ms, count in taken:
        new = insert(connection, spent).values(
            scope=scope, window_s=window_s, start_ms=start_ms, used=count
        )
        added = new.on_conflict_do_update(
            index_elements=["scope", "window_s", "start_ms"],
            set_={"used": spent.c.used + new.excluded.used},
        )
        connection.execute(added)
        if not scope.startswith("warm-up:"):  # whose ramp is made of all its days
            oldest_ms = int(now * 1000) - 2 * window_s * 1000
            of = (spent.c.scope == scope) & (spent.c.window_s == window_s)
            connection.execute(delete(spent).where(of, spent.c.start_ms < oldest_ms))


def pace_of(connection: Connection, mailing: int) -> Pace | None:
    """The rate of a mailing and what was used of it; None when it has none."""
    query = select(mailings.c.rate, mailings.c.full_us).where(mailings.c.number == mailing)
    row = connection.execute(query).one()
    return Pace(Rate.parse(row.rate), row.full_us / 1e6) if row.rate else None


def write_pace(connection: Connection, mailing: int, pace: Pace) -> None:
    change = update(mailings).where(mailings.c.number == mailing)
    connection.execute(change.values(full_us=math.ceil(pace.full_at * 1e6)))
