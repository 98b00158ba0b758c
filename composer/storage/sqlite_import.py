"""Staged rows into SQLite's list: one statement, run for every row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from json.encoder import encode_basestring

from sqlalchemy import Connection, Index

from composer.storage.staging import COLUMNS, Shape, Staged
from composer.storage.tables import subscribers


def merge(connection: Connection, shape: Shape, batches: Iterator[list[Staged]]) -> tuple[int, int]:
    """Rows added, and rows added or changed."""
    before = _count(connection)
    if before:
        if "status" in shape.own:
            batches = _saying_it_again(batches)
        return _run(connection, _upsert(shape), batches, before)
    # Nobody is there to be updated, and a sorted index is made faster than a growing one.
    with _without_indexes(connection):
        return _run(connection, _insert(shape), batches, 0)


def _run(
    connection: Connection, statement: str, batches: Iterator[list[Staged]], before: int
) -> tuple[int, int]:
    touched = 0
    for rows in filter(None, batches):
        touched += connection.exec_driver_sql(statement, rows).rowcount
    return _count(connection) - before, touched


def _saying_it_again(batches: Iterator[list[Staged]]) -> Iterator[list[Staged]]:
    """Rows for `_upsert`, with what they say of confirmation for its two other places.

    A numbered placeholder would take it from where it is; Python 3.12 before 3.12.4 takes such
    a number for a name, and warns of it for every row (CPython issue 117995).
    """
    said = 1 + COLUMNS.index("confirmed")
    for rows in batches:
        yield [(*row, row[said], row[said]) for row in rows]


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    indexes: list[Index] = sorted(subscribers.indexes, key=lambda index: str(index.name))
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)


def _insert(shape: Shape) -> str:
    """The statement that adds a reader; whom the file says nothing of is confirmed."""
    columns = ["hash", *COLUMNS, *(f'"{column.name}"' for column, _ in shape.typed)]
    values = ["coalesce(?, 1)" if name == "confirmed" else "?" for name in columns]
    return f"INSERT INTO subscribers ({', '.join(columns)}) VALUES ({', '.join(values)})"  # noqa: S608 - names, no values


def _upsert(shape: Shape) -> str:
    """New readers are added; known ones get the file's columns, and keep their token.

    A consent that the file does not give again stays; so does a state of confirmation that
    the file says nothing of. A blank cell takes a value away.
    """
    # A name with a quotation mark cannot end the text: SQL doubles it, a JSON path escapes it.
    paths = [_sql_text("$." + encode_basestring(name)) for name, _ in shape.fields]
    rest = f"json_remove(subscribers.fields, {', '.join(paths)})" if paths else "subscribers.fields"
    merged = f"json_patch({rest}, excluded.fields)"
    kept = [name for name in ("locale", "consent_source", "consent_time") if name in shape.own]
    setters = ["address = excluded.address", f"fields = {merged}"]
    setters += [f'"{column.name}" = excluded."{column.name}"' for column, _ in shape.typed]
    setters += [f"{name} = coalesce(nullif(excluded.{name}, ''), {name})" for name in kept]
    changed = ["subscribers.address <> excluded.address", f"{merged} <> subscribers.fields"]
    changed += [
        f"(excluded.{name} <> '' AND excluded.{name} <> subscribers.{name})" for name in kept
    ]
    if "status" in shape.own:
        setters.append("confirmed = coalesce(?, confirmed)")
        changed.append("subscribers.confirmed <> coalesce(?, subscribers.confirmed)")
    return (
        f"{_insert(shape)} ON CONFLICT (hash) DO UPDATE SET {', '.join(setters)} "
        f"WHERE {' OR '.join(changed)}"
    )


def _count(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM subscribers").scalar_one())


def _sql_text(text: str) -> str:
    """A text literal of SQL: the marks inside are doubled."""
    return "'" + text.replace("'", "''") + "'"
