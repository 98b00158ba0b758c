"""Bring a subscriber file in: read and staged first, then written in one short transaction.

The good rows are staged in an unnamed temporary file, a few thousand at a time, so that
memory does not grow with the list. The database is locked for the writing alone, and a
process that is killed at any moment leaves the list as it was. This is SQLite's own SQL, in
this one file.
"""

from __future__ import annotations

import base64
import hmac
import marshal
import os
import tempfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from json.encoder import encode_basestring
from typing import IO, Any

from sqlalchemy import Connection

from composer.audience.csv_file import (
    OWN_COLUMNS,
    REMEMBERED_VALUES,
    Row,
    RowError,
    SubscriberFile,
)
from composer.errors import Place, StorageError
from composer.storage.facts import FIELDS, TYPED, names_of, note_names
from composer.storage.identity import HASH_BYTES
from composer.storage.store import Store
from composer.storage.tables import TypedColumn
from composer.storage.typed import typed_value

_ROWS = 5_000
_TOKEN_BYTES, _TOKEN_CHARS = 18, 24
_BUCKETS = 64

#: A row as it is staged: hash, line, and the values of `_COLUMNS` and the typed columns.
Staged = tuple[Any, ...]

_COLUMNS = (
    *("address", "domain", "confirmed", "locale", "consent_source", "consent_time"),
    *("token", "fields"),
)


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
    shape = _Shape(store, file)
    with _temporary(store) as staged:
        stage = _Stage(store, staged)
        wrong = stage.fill(shape, refused, progress)
        repeated = stage.repeated_prefixes()
        with store.writing() as connection:
            written = _write(connection, shape, stage.batches(), repeated, refused)
            _note(connection, store, shape)
    added, touched, good, duplicates = written
    return Imported(added, touched - added, good - touched, wrong + duplicates, file.encoding)


@contextmanager
def _temporary(store: Store) -> Iterator[IO[bytes]]:
    """A file without a name, on the database's disk: it is gone when we are."""
    with _told_plainly(store):
        file = tempfile.TemporaryFile(dir=store.path.parent)  # noqa: SIM115 - closed below
    with file:
        yield file


@contextmanager
def _told_plainly(store: Store) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"the import cannot be staged: {error.strerror}; nothing was changed",
            place=Place(store.path.parent),
            hint="make room, and run it again",
        ) from error


class _Shape:
    """How a row of this file becomes a row of the table."""

    def __init__(self, store: Store, file: SubscriberFile) -> None:
        names = file.columns.names
        self.file = file
        self.salt = store.identity.salt
        self.label = names[file.columns.address]
        self.own = {name: i for i, name in enumerate(names) if name in OWN_COLUMNS}
        self.own.pop(self.label, None)
        self.fields = [
            (name, i)
            for i, name in enumerate(names)
            if i != file.columns.address and name not in self.own
        ]
        at = dict(self.fields)
        self.typed = [(c, at[c.field]) for c in store.people.typed if c.field in at]

    def stager(self) -> Callable[[Row, str], Staged]:
        """A function from a row and a token to what is staged; everything looked up before."""
        salt, digest = self.salt, hmac.digest
        members = [(f"{encode_basestring(name)}:", i) for name, i in self.fields]
        typed = [(column, i, _remembered()) for column, i in self.typed]
        blank = len(self.file.columns.names)
        locale, source, time = (
            self.own.get(name, blank) for name in ("locale", "consent_source", "consent_time")
        )

        def stage(row: Row, token: str) -> Staged:
            line, local, domain, confirmed, cells = row
            cells.append("")  # what a column holds that the file does not have
            fields = ",".join(
                [name + encode_basestring(cells[i]) for name, i in members if cells[i]]
            )
            address = f"{local}@{domain}"
            return (
                digest(salt, address.lower().encode(), "sha256")[:HASH_BYTES],
                line,
                address,
                domain,
                confirmed,
                cells[locale],
                cells[source],
                cells[time],
                token,
                f"{{{fields}}}",
                *[
                    known[cells[i]] if cells[i] in known else _typed(cells[i], column, known)
                    for column, i, known in typed
                ],
            )

        return stage


def _remembered() -> dict[str, Any]:
    return {"": None}


def _typed(text: str, column: TypedColumn, known: dict[str, Any]) -> Any:
    value = typed_value(text, column)
    if len(known) < REMEMBERED_VALUES:
        known[text] = value
    return value


def _tokens(count: int) -> Iterator[str]:
    """`count` tokens of 144 random bits each."""
    text = base64.urlsafe_b64encode(os.urandom(_TOKEN_BYTES * count)).decode("ascii")
    for start in range(0, len(text), _TOKEN_CHARS):
        yield text[start : start + _TOKEN_CHARS]


class _Stage:
    """Good rows in a temporary file; of each, eight bytes stay in memory to find repeats by."""

    def __init__(self, store: Store, file: IO[bytes]) -> None:
        self._store = store
        self._file = file
        self._buckets = [array("Q") for _ in range(_BUCKETS)]

    def fill(
        self,
        shape: _Shape,
        refused: Callable[[RowError], None],
        progress: Callable[[int], None],
    ) -> int:
        """Stage every good row; returns how many were refused."""
        stage, wrong = shape.stager(), 0
        rows = shape.file.rows()
        while batch := list(islice(rows, _ROWS)):
            good = [row for row in batch if row.__class__ is Row]
            for row in batch:
                if not isinstance(row, Row):
                    wrong += 1
                    for error in row:
                        refused(error)
            staged = list(map(stage, good, _tokens(len(good))))
            buckets, prefix = self._buckets, int.from_bytes
            for one in staged:
                number = prefix(one[0][:8])
                buckets[number % _BUCKETS].append(number)
            packed = marshal.dumps(staged)
            with _told_plainly(self._store):
                self._file.write(len(packed).to_bytes(4))
                self._file.write(packed)
            progress(len(batch))
        return wrong

    def repeated_prefixes(self) -> frozenset[int]:
        """What hashes begin with that were staged more than once; usually nothing."""
        repeated: set[int] = set()
        for bucket in self._buckets:
            if len(set(bucket)) != len(bucket):
                seen: set[int] = set()
                for number in bucket:
                    (repeated if number in seen else seen).add(number)
        self._buckets.clear()
        return frozenset(repeated)

    def batches(self) -> Iterator[list[Staged]]:
        """What was staged, in the order of the file."""
        self._file.seek(0)
        while size := int.from_bytes(self._file.read(4)):
            yield marshal.loads(self._file.read(size))  # noqa: S302 - our own, nameless file


def _note(connection: Connection, store: Store, shape: _Shape) -> None:
    """What other commands must know of this import: new fields, and columns it left out."""
    seen = names_of(connection, FIELDS)
    note_names(connection, FIELDS, seen | {name for name, _ in shape.fields})
    ours = {column.name for column in store.people.typed}
    note_names(connection, TYPED, names_of(connection, TYPED) & ours)


def _write(
    connection: Connection,
    shape: _Shape,
    batches: Iterator[list[Staged]],
    repeated: frozenset[int],
    refused: Callable[[RowError], None],
) -> tuple[int, int, int, int]:
    """Rows added, rows added or changed, good rows, and repeats."""
    statement = _statement(shape)
    before = _count(connection)
    touched = good = duplicates = 0
    forgotten = _forgotten(connection)
    judge = _Repeats(repeated, forgotten).problem
    for batch in batches:
        rows = batch
        if repeated or forgotten:
            rows = []
            for row in batch:
                if problem := judge(row):
                    duplicates += 1
                    refused(RowError(row[1], shape.label, problem))
                else:
                    rows.append(row)
        good += len(rows)
        if rows:
            values = [(row[0], *row[2:]) for row in rows]
            touched += connection.exec_driver_sql(statement, values).rowcount
    return _count(connection) - before, touched, good, duplicates


def _forgotten(connection: Connection) -> frozenset[bytes]:
    query = "SELECT hash FROM suppressions WHERE reason = 'forgotten'"
    return frozenset(row[0] for row in connection.exec_driver_sql(query))


@dataclass
class _Repeats:
    """Tells rows that must not come in although they are well-formed."""

    repeated: frozenset[int]
    forgotten: frozenset[bytes]
    first_lines: dict[bytes, int] = field(default_factory=dict)

    def problem(self, row: Staged) -> str:
        """Why the row is refused; empty when it is not."""
        if row[0] in self.forgotten:
            return f"{row[2]} asked to be forgotten"
        if int.from_bytes(row[0][:8]) in self.repeated:
            first = self.first_lines.setdefault(row[0], row[1])
            if first != row[1]:
                return f"{row[2]} is in line {first} already"
        return ""


def _statement(shape: _Shape) -> str:
    """New readers are added; known ones get the file's columns, and keep their token.

    A consent that the file does not give again stays; so does a state of confirmation that
    the file says nothing of. A blank cell takes a value away.
    """
    typed = [f'"{column.name}"' for column, _ in shape.typed]
    columns = ["hash", *_COLUMNS, *typed]
    # A name with a quotation mark cannot end the text: SQL doubles it, a JSON path escapes it.

    quoted = [_sql_text("$." + encode_basestring(name)) for name, _ in shape.fields]
    rest = (
        f"json_remove(subscribers.fields, {', '.join(quoted)})" if quoted else "subscribers.fields"
    )
    merged = f"json_patch({rest}, excluded.fields)"
    kept = [name for name in ("locale", "consent_source", "consent_time") if name in shape.own]
    setters = ["address = excluded.address", f"fields = {merged}"]
    setters += [f"{name} = excluded.{name}" for name in typed]
    setters += [f"{name} = coalesce(nullif(excluded.{name}, ''), {name})" for name in kept]
    changed = ["subscribers.address <> excluded.address", f"{merged} <> subscribers.fields"]
    changed += [
        f"(excluded.{name} <> '' AND excluded.{name} <> subscribers.{name})" for name in kept
    ]
    values = [f"?{number}" for number in range(1, len(columns) + 1)]
    said = values[columns.index("confirmed")]
    values[columns.index("confirmed")] = f"coalesce({said}, 1)"
    if "status" in shape.own:
        setters.append(f"confirmed = coalesce({said}, confirmed)")
        changed.append(f"subscribers.confirmed <> coalesce({said}, subscribers.confirmed)")
    return (
        f"INSERT INTO subscribers ({', '.join(columns)}) "  # noqa: S608 - names, no values
        f"VALUES ({', '.join(values)}) ON CONFLICT (hash) DO UPDATE SET "
        f"{', '.join(setters)} WHERE {' OR '.join(changed)}"
    )


def _count(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM subscribers").scalar_one())


def _sql_text(text: str) -> str:
    """A text literal of SQL: the marks inside are doubled."""
    return "'" + text.replace("'", "''") + "'"
