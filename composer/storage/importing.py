"""Bring a subscriber file in: read and staged first, then written in one short transaction.

A process that is killed at any moment leaves the list as it was. This is SQLite's own SQL,
in this one file.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from json.encoder import encode_basestring

from sqlalchemy import Connection, Index

from composer.audience.csv_file import RowError, SubscriberFile
from composer.storage.facts import FIELDS, TYPED, names_of, note_names
from composer.storage.staging import COLUMNS, Shape, Stage, Staged
from composer.storage.store import Store
from composer.storage.tables import subscribers


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the rows of a file."""

    added: int
    updated: int
    unchanged: int
    refused: int
    encoding: str

    @property
    def good(self) -> int:
        return self.added + self.updated + self.unchanged


def import_file(
    store: Store,
    file: SubscriberFile,
    refused: Callable[[RowError], None],
    progress: Callable[[int], None],
) -> Imported:
    """Stage, then write. Bad rows are told one by one; good rows are kept."""
    shape = Shape(store, file)
    with _without_collector(), Stage.open(store) as stage:
        wrong = stage.fill(shape, refused, progress)
        repeated = stage.repeated_prefixes()
        with store.writing() as connection:
            door = _Door(repeated, _forgotten(connection), shape.label, refused)
            added, touched = _write(connection, shape, map(door.admit, stage.batches()))
            _note(connection, store, shape)
    return Imported(
        added=added,
        updated=touched - added,
        unchanged=door.admitted - touched,
        refused=wrong + door.refused,
        encoding=file.encoding,
    )


@contextmanager
def _without_collector() -> Iterator[None]:
    """Rows make no cycles: looking for some among millions would take a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass
class _Door:
    """Refuses rows that must not come in although they are well-formed."""

    repeated: frozenset[bytes]  #: what the hashes begin with that were staged more than once
    forgotten: frozenset[bytes]
    label: str
    tell: Callable[[RowError], None]
    first_lines: dict[bytes, int] = field(default_factory=dict)
    admitted: int = 0
    refused: int = 0

    def admit(self, batch: list[Staged]) -> list[Staged]:
        """The rows of `batch` that may come in, without their line."""
        rows = batch
        if self.repeated or self.forgotten:
            rows = [row for row in batch if not self._refuse(row)]
        self.admitted += len(rows)
        return [row[1:] for row in rows]

    def _refuse(self, row: Staged) -> bool:
        line, known, address = row[:3]
        problem = ""
        if known in self.forgotten:
            problem = f"{address} asked to be forgotten"
        elif known[:8] in self.repeated:
            first = self.first_lines.setdefault(known, line)
            problem = f"{address} is in line {first} already" if first != line else ""
        if problem:
            self.refused += 1
            self.tell(RowError(line, self.label, problem))
        return bool(problem)


def _forgotten(connection: Connection) -> frozenset[bytes]:
    query = "SELECT hash FROM suppressions WHERE reason = 'forgotten'"
    return frozenset(row[0] for row in connection.exec_driver_sql(query))


def _note(connection: Connection, store: Store, shape: Shape) -> None:
    """What other commands must know of this import: new fields, and columns it left out."""
    seen = names_of(connection, FIELDS)
    note_names(connection, FIELDS, seen | {name for name, _ in shape.fields})
    ours = {column.name for column in store.people.typed}
    note_names(connection, TYPED, names_of(connection, TYPED) & ours)


def _write(
    connection: Connection, shape: Shape, batches: Iterator[list[Staged]]
) -> tuple[int, int]:
    """Rows added, and rows added or changed."""
    before = _count(connection)
    if before:
        return _merge(connection, _upsert(shape), batches, before)
    # Nobody is there to be updated, and a sorted index is made faster than a growing one.
    with _without_indexes(connection):
        return _merge(connection, _insert(shape), batches, 0)


def _merge(
    connection: Connection, statement: str, batches: Iterator[list[Staged]], before: int
) -> tuple[int, int]:
    touched = 0
    for rows in filter(None, batches):
        touched += connection.exec_driver_sql(statement, rows).rowcount
    return _count(connection) - before, touched


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
    values = [f"?{number}" for number in range(1, len(columns) + 1)]
    said = columns.index("confirmed")
    values[said] = f"coalesce({values[said]}, 1)"
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
        said = f"?{2 + COLUMNS.index('confirmed')}"
        setters.append(f"confirmed = coalesce({said}, confirmed)")
        changed.append(f"subscribers.confirmed <> coalesce({said}, subscribers.confirmed)")
    return (
        f"{_insert(shape)} ON CONFLICT (hash) DO UPDATE SET {', '.join(setters)} "
        f"WHERE {' OR '.join(changed)}"
    )


def _count(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM subscribers").scalar_one())


def _sql_text(text: str) -> str:
    """A text literal of SQL: the marks inside are doubled."""
    return "'" + text.replace("'", "''") + "'"
