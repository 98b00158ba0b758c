"""Bring a subscriber file in: read and staged first, then written in one short transaction.

A process that is killed at any moment leaves the list as it was.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection

from composer.audience.csv_file import RowError, SubscriberFile
from composer.storage.facts import FIELDS, TYPED, names_of, note_names
from composer.storage.preferences import reapply_choices
from composer.storage.sqlite import make_folder
from composer.storage.staging import Shape, Stage, Staged
from composer.storage.store import Store


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
    shape = Shape(store.identity.salt, store.people.typed, file)
    make_folder(store.folder)
    with _without_collector(), Stage.open(store.folder) as stage:
        wrong = stage.fill(shape, refused, progress)
        repeated = stage.repeated_prefixes()
        with store.writing() as connection:
            door = _Door(repeated, _forgotten(connection), shape.label, refused)
            batches = map(door.admit, stage.batches())
            added, touched = store.keeping.merge(connection, shape, batches)
            reapply_choices(connection, store)
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
