"""The opened database file: reading from one snapshot, writing under the write lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event

from composer.model.settings import FieldType
from composer.storage.identity import Identity
from composer.storage.tables import SubscriberTable
from composer.storage.trouble import told_plainly

#: How long a writer waits for another one before it says that the database is locked.
BUSY_TIMEOUT_MS = 20_000


@dataclass(frozen=True)
class Store:
    """What every room of storage needs. `path` is the database file."""

    engine: Engine
    path: Path
    identity: Identity
    people: SubscriberTable
    fields: Mapping[str, FieldType]

    def reading(self) -> AbstractContextManager[Connection]:
        """One snapshot of the database, for as long as it is open."""
        return reading(self.engine, self.path)

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction under the write lock: all of it is committed, or nothing."""
        return writing(self.engine, self.path)


def sqlite_engine(path: Path) -> Engine:
    """Connections in WAL mode that sync every commit to the disk.

    Python's sqlite3 opens transactions behind one's back; with `isolation_level=None` it
    leaves them to us, and `writing()` takes the write lock before it reads anything.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={
            "isolation_level": None,
            "timeout": BUSY_TIMEOUT_MS / 1000,
            "check_same_thread": False,
        },
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: object) -> None:
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = FILE",
            "cache_size = -2048",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


@contextmanager
def reading(engine: Engine, path: Path) -> Iterator[Connection]:
    """One snapshot of the database, for as long as it is open."""
    with told_plainly(path), engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        try:
            yield connection
        finally:
            _end(connection, "ROLLBACK")


@contextmanager
def writing(engine: Engine, path: Path) -> Iterator[Connection]:
    """One transaction under the write lock: all of it is committed, or nothing."""
    with told_plainly(path), engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            _end(connection, "ROLLBACK")
            raise


def _end(connection: Connection, word: str) -> None:
    """A full disk ends a transaction by itself; ending it twice would hide the first error."""
    raw = connection.connection.dbapi_connection
    if getattr(raw, "in_transaction", False):
        connection.exec_driver_sql(word)
