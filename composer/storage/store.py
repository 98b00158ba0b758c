"""The opened database file: reading from one snapshot, writing under the write lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event

from composer.errors import Place, StorageError
from composer.model.settings import FieldType
from composer.storage.identity import Identity
from composer.storage.tables import SubscriberTable
from composer.storage.trouble import told_plainly

#: How long a writer waits for another one before it says that the database is locked: longer
#: than it takes to freeze a mailing to a million.
BUSY_TIMEOUT_MS = 60_000


@dataclass(frozen=True)
class Store:
    """What every room of storage needs. `path` is the database file."""

    engine: Engine
    path: Path
    identity: Identity
    people: SubscriberTable
    fields: Mapping[str, FieldType]
    file: tuple[int, int]  #: device and inode of the database file when it was opened

    def reading(self) -> AbstractContextManager[Connection]:
        """One snapshot of the database, for as long as it is open."""
        return reading(self.engine, self.path)

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction under the write lock: all of it is committed, or nothing."""
        self._refuse_another_file()
        return writing(self.engine, self.path)

    def _refuse_another_file(self) -> None:
        """What is written to a file that was deleted or replaced is remembered by nobody."""
        if self.replaced:
            raise StorageError(
                "the database was deleted or replaced while it was in use",
                place=Place(self.path),
                hint="put it back before anything else is sent",
            )

    @property
    def replaced(self) -> bool:
        """Whether the file was deleted, or another stands in its place, since it was opened."""
        try:
            return file_of(self.path) != self.file
        except FileNotFoundError:
            return True

    def empty_log(self) -> None:
        """Leave nothing of older transactions in the write-ahead log, if nobody is reading."""
        with told_plainly(self.path), self.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 0")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def file_of(path: Path) -> tuple[int, int]:
    """Device and inode: which file it is, whatever its name."""
    found = path.stat()
    return found.st_dev, found.st_ino


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
            "secure_delete = ON",  # what is deleted is overwritten, not only let go
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
