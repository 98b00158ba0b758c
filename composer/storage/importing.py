"""Bring a subscriber file in: staged row by row, merged in one short transaction.

The rows go to a temporary table first, which only this connection sees and which dies with
it. The write lock of the real tables is held for the merge alone, and a process that is
killed at any moment leaves the list as it was. This is SQLite's own SQL, in this one file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from json.encoder import encode_basestring

from sqlalchemy import Connection

from composer.audience.csv_file import Row, RowError, SubscriberFile, unescape_formula
from composer.storage.identity import new_token
from composer.storage.store import Store
from composer.storage.tables import TypedColumn
from composer.storage.trouble import told_plainly
from composer.storage.typed import typed_value

_ROWS = 5_000


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
    """Stage, then merge. Bad rows are told one by one; good rows are kept."""
    with told_plainly(store.path), store.engine.connect() as connection:
        stage = _Stage(store, file, connection)
        try:
            wrong = stage.fill(refused, progress)
            added, updated, unchanged = stage.merge()
        finally:
            stage.drop()
    return Imported(added, updated, unchanged, wrong, file.encoding)


class _Stage:
    def __init__(self, store: Store, file: SubscriberFile, connection: Connection) -> None:
        self._store = store
        self._file = file
        self._connection = connection
        names = set(file.columns.names)
        self._typed = [column for column in store.people.typed if column.field in names]
        own = {"status", "locale", "consent_source", "consent_time"}
        address = file.columns.names[file.columns.address]
        self._fields = [n for n in file.columns.names if n not in own and n != address]
        self._given = own & names
        columns = ["line", "address", "domain", "confirmed", "locale"]
        columns += ["consent_source", "consent_time", "token", "fields"]
        self._columns = columns + [column.name for column in self._typed]

    def fill(self, refused: Callable[[RowError], None], progress: Callable[[int], None]) -> int:
        """Stage every good row; returns how many were refused."""
        listed = ", ".join(f'"{name}"' for name in self._columns)
        self._run("PRAGMA temp.cache_size = -65536")
        self._run("DROP TABLE IF EXISTS temp.stage")
        self._run(f"CREATE TEMP TABLE stage (hash BLOB PRIMARY KEY, {listed}) WITHOUT ROWID")
        marks = ", ".join("?" * (len(self._columns) + 1))
        statement = f"INSERT OR IGNORE INTO stage VALUES ({marks})"  # noqa: S608 - only marks
        wrong = 0
        rows = self._file.rows()
        while batch := list(islice(rows, _ROWS)):
            good: list[tuple[object, ...]] = []
            for row in batch:
                if isinstance(row, Row):
                    good.append(self._values(row))
                else:
                    refused(row)
                    wrong += 1
            if good:
                self._run("BEGIN")
                staged = self._connection.exec_driver_sql(statement, good).rowcount
                self._run("COMMIT")
                if staged != len(good):
                    for duplicate in self._duplicates(good):
                        refused(duplicate)
                        wrong += 1
            progress(len(batch))
        return wrong

    def _duplicates(self, rows: Sequence[tuple[object, ...]]) -> Iterator[RowError]:
        label = self._file.columns.names[self._file.columns.address]
        for row in rows:
            first = self._connection.exec_driver_sql(
                "SELECT line FROM stage WHERE hash = ?", (row[0],)
            ).scalar_one()
            if first != row[1]:
                yield RowError(int(str(row[1])), label, f"{row[2]} is in line {first} already")

    def _values(self, row: Row) -> tuple[object, ...]:
        fields = {name: unescape_formula(text) for name, text in row.fields.items()}
        typed = (self._typed_value(fields, column) for column in self._typed)
        return (
            self._store.identity.hash_of(row.address),
            row.line,
            str(row.address),
            row.address.domain,
            row.confirmed,
            row.locale,
            row.consent_source,
            row.consent_time,
            new_token(),
            self._json(fields),
            *typed,
        )

    @staticmethod
    def _typed_value(fields: dict[str, str], column: TypedColumn) -> str | float | bool | None:
        text = fields.get(column.field)
        return None if text is None else typed_value(text, column)

    def _json(self, fields: dict[str, str]) -> str:
        """The file's columns as a merge patch (RFC 7396): a blank cell takes a value away."""
        members = []
        for name in self._fields:
            text = fields.get(name)
            members.append(
                f"{encode_basestring(name)}:{'null' if text is None else encode_basestring(text)}"
            )
        return "{" + ",".join(members) + "}"

    def merge(self) -> tuple[int, int, int]:
        """Added, updated and unchanged; all of them or none."""
        self._run("BEGIN IMMEDIATE")
        try:
            before = self._count("subscribers")
            staged = self._count("temp.stage")
            touched = self._connection.exec_driver_sql(self._merge_statement()).rowcount
            added = self._count("subscribers") - before
            self._run("COMMIT")
        except BaseException:
            self._run("ROLLBACK")
            raise
        return added, touched - added, staged - touched

    def _merge_statement(self) -> str:
        """New readers are added; known ones get the file's columns, and keep their token.

        A consent that the file does not give again stays. So does a state of confirmation
        that the file says nothing of.
        """
        typed = [f'"{column.name}"' for column in self._typed]
        plain = ["address", "domain", "confirmed", "locale"]
        plain += ["consent_source", "consent_time", "token"]
        setters = ["address = excluded.address"]
        setters.append("fields = json_patch(subscribers.fields, excluded.fields)")
        setters += [f"{name} = excluded.{name}" for name in typed]
        if "status" in self._given:
            setters.append("confirmed = excluded.confirmed")
        setters += [
            f"{name} = coalesce(nullif(excluded.{name}, ''), subscribers.{name})"
            for name in ("locale", "consent_source", "consent_time")
            if name in self._given
        ]
        changed = ["subscribers.address <> excluded.address"]
        changed.append("json_patch(subscribers.fields, excluded.fields) <> subscribers.fields")
        if "status" in self._given:
            changed.append("subscribers.confirmed <> excluded.confirmed")
        changed += [
            f"(excluded.{name} <> '' AND excluded.{name} <> subscribers.{name})"
            for name in ("locale", "consent_source", "consent_time")
            if name in self._given
        ]
        into = ", ".join(["hash", *plain, "fields", *typed])
        chosen = ", ".join(["hash", *plain, "json_patch('{}', fields)", *typed])
        return (
            f"INSERT INTO subscribers ({into}) SELECT {chosen} FROM temp.stage"  # noqa: S608
            " WHERE true ORDER BY line ON CONFLICT (hash) DO UPDATE SET "
            + ", ".join(setters)
            + " WHERE "
            + " OR ".join(changed)
        )

    def drop(self) -> None:
        self._run("DROP TABLE IF EXISTS temp.stage")

    def _count(self, table: str) -> int:
        statement = f"SELECT count(*) FROM {table}"  # noqa: S608 - one of two names of ours
        return int(self._connection.exec_driver_sql(statement).scalar_one())

    def _run(self, statement: str) -> None:
        self._connection.exec_driver_sql(statement)
