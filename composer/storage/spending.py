"""What limits were used for, in the database: the same for every sender, and after a restart."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from composer.model.limits import LimitSettings
from composer.sending.limits import Counter, Used, counters_of
from composer.storage.dialect import insert
from composer.storage.tables import spent


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
