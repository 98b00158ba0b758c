"""Many rows into PostgreSQL at once: COPY, then one statement over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from composer.storage.rows import COLUMNS as LINE_COLUMNS
from composer.storage.rows import Row
from composer.storage.staging import COLUMNS, Shape, Staged

if TYPE_CHECKING:
    from psycopg import Connection as Raw

_OWN = ("locale", "consent_source", "consent_time")


def add_lines(connection: Connection, rows: Iterator[Row]) -> None:
    """The lines of a mailing; the server then counts them, to find its way among them."""
    _copy(connection, "deliveries", LINE_COLUMNS, rows)
    connection.exec_driver_sql("ANALYZE deliveries")


def merge(connection: Connection, shape: Shape, batches: Iterator[list[Staged]]) -> tuple[int, int]:
    """Rows added, and rows added or changed. Nobody else is writing meanwhile."""
    names = ["hash", *COLUMNS, *(column.name for column, _ in shape.typed)]
    listed = ", ".join(f'"{name}"' for name in names)
    empty = connection.exec_driver_sql("SELECT 1 FROM subscribers LIMIT 1").first() is None
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE staged ON COMMIT DROP AS"  # noqa: S608 - names, no values
        f" SELECT 0::bigint AS at, {listed} FROM subscribers WITH NO DATA"
    )
    rows = (row for batch in batches for row in batch)
    numbered = ((at, *row) for at, row in enumerate(rows))
    _copy(connection, "staged", ["at", *names], numbered)
    updated = 0
    if not empty:
        connection.exec_driver_sql("ANALYZE staged")
        updated = connection.exec_driver_sql(_update(shape)).rowcount
    added = connection.exec_driver_sql(_insert(names, empty=empty)).rowcount
    connection.exec_driver_sql("ANALYZE subscribers")
    return added, added + updated


def _copy(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    raw: Raw[Any] | None = connection.connection.driver_connection
    assert raw is not None  # noqa: S101 - an open connection has one
    listed = ", ".join(f'"{name}"' for name in columns)
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _insert(names: Sequence[str], *, empty: bool) -> str:
    """Add the readers that are new; whom the file says nothing of is confirmed."""
    listed = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(
        "coalesce(e.confirmed, true)" if name == "confirmed" else f'e."{name}"' for name in names
    )
    new = (
        "" if empty else " WHERE NOT EXISTS (SELECT 1 FROM subscribers AS s WHERE s.hash = e.hash)"
    )
    return (
        f"INSERT INTO subscribers ({listed}) SELECT {values} FROM staged AS e{new}"  # noqa: S608 - names, no values
        " ORDER BY e.at"
    )


def _update(shape: Shape) -> str:
    """Known readers get the file's columns, and keep their token.

    A consent that the file does not give again stays; so does a state of confirmation that
    the file says nothing of. A blank cell takes a value away.
    """
    brought = ", ".join(_sql_text(name) for name, _ in shape.fields)
    merged = f"(s.fields::jsonb - ARRAY[{brought}]::text[]) || e.fields::jsonb"
    kept = [name for name in _OWN if name in shape.own]
    setters = ["address = e.address", f"fields = ({merged})::text"]
    setters += [f'"{column.name}" = e."{column.name}"' for column, _ in shape.typed]
    setters += [f"{name} = coalesce(nullif(e.{name}, ''), s.{name})" for name in kept]
    changed = ["s.address <> e.address", f"{merged} <> s.fields::jsonb"]
    changed += [f"(e.{name} <> '' AND e.{name} <> s.{name})" for name in kept]
    if "status" in shape.own:
        setters.append("confirmed = coalesce(e.confirmed, s.confirmed)")
        changed.append("s.confirmed <> coalesce(e.confirmed, s.confirmed)")
    return (
        f"UPDATE subscribers AS s SET {', '.join(setters)} FROM staged AS e "  # noqa: S608 - names, no values
        f"WHERE s.hash = e.hash AND ({' OR '.join(changed)})"
    )


def _sql_text(text: str) -> str:
    """A text literal of SQL: the marks inside are doubled, and the driver's are not marks."""
    return "'" + text.replace("'", "''") + "'"
