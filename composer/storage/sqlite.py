"""A database in a file: one snapshot to read from, and one writer at a time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from composer.errors import Place, StorageError
from composer.refused_files import hint_of
from composer.storage import keeping
from composer.storage.place import database_path
from composer.storage.rows import COLUMNS
from composer.storage.sqlite_import import merge
from composer.storage.sqlite_lock import is_held, only_sender
from composer.storage.sqlite_turn import begin_writing
from composer.storage.staging import Shape, Staged
from composer.storage.trouble import told_plainly

_ROWS = 1_000
_INSERT = (
    f"INSERT INTO deliveries ({', '.join(COLUMNS)}) VALUES ({', '.join('?' for _ in COLUMNS)})"  # noqa: S608 - names, no values
)


@dataclass(frozen=True)
class SqliteFile:
    """Implements `composer.storage.keeping.Keeping`."""

    engine: Engine
    path: Path
    file: tuple[int, int]  #: device and inode of the database file when it was opened

    @classmethod
    def open(cls, url: str, folder: Path) -> SqliteFile:
        """The file that `url` names, relative to the site's `folder`; made where there is none.

        Raises:
            ConfigError: the URL is of another kind.
            StorageError: it cannot be made.
        """
        path = database_path(url, folder)
        make_folder(path.parent)
        if not path.exists():
            _make_private(path)
        engine = sqlite_engine(path)
        with told_plainly(path), engine.connect():
            pass
        return cls(engine, path, file_of(path))

    @property
    def one_writer(self) -> bool:
        return True

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with told_plainly(self.path), self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                _end(connection, "ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        self._refuse_another_file()
        with told_plainly(self.path), self.engine.connect() as connection:
            begin_writing(connection)
            connection.begin()  # it is a transaction for SQLAlchemy too, whoever asks it first
            try:
                yield connection
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                _end(connection, "ROLLBACK")
                raise

    def writing_rows(self) -> AbstractContextManager[Connection]:
        """SQLite has one lock for everything."""
        return self.writing()

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

    def only_sender(self, mailing_id: str, share: str = "") -> AbstractContextManager[None]:
        return only_sender(self.path, mailing_id, share)

    def is_sending(self, mailing_id: str) -> bool:
        return is_held(self.path, mailing_id)

    def still_sender(self, mailing_id: str, share: str = "") -> None:
        """The kernel takes a lock from nobody who lives."""

    def claiming(self, connection: Connection, mailing_id: str) -> None:
        """What a process does to a file ends with it."""

    def after_claims(self, connection: Connection, mailing_id: str) -> None:
        """See `claiming`."""

    def merge(
        self, connection: Connection, shape: Shape, batches: Iterator[list[Staged]]
    ) -> tuple[int, int]:
        return merge(connection, shape, batches)

    def add_lines(self, connection: Connection, rows: Iterator[tuple[Any, ...]]) -> None:
        while batch := list(islice(rows, _ROWS)):
            connection.exec_driver_sql(_INSERT, batch)

    def empty_log(self) -> None:
        """Leave nothing of older transactions in the write-ahead log, if nobody is reading."""
        with told_plainly(self.path), self.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 0")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {keeping.BUSY_TIMEOUT_MS}")

    def failure(self, problem: str, hint: str = "") -> StorageError:
        return StorageError(problem, place=Place(self.path), hint=hint)


def make_folder(folder: Path) -> None:
    """Of a site's own state; only its owner may look inside."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"the folder cannot be made: {error.strerror}",
            place=Place(folder),
            hint="look at what stands in its place, and at its permissions",
        ) from error


def _make_private(path: Path) -> None:
    """An empty file that only its owner may read: names, tokens and the salt come into it."""
    try:
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"the database cannot be made: {error.strerror}",
            place=Place(path),
            hint=hint_of(error),
        ) from error


def file_of(path: Path) -> tuple[int, int]:
    """Device and inode: which file it is, whatever its name."""
    found = path.stat()
    return found.st_dev, found.st_ino


#: How long to wait before another try at a file that is being made.
_AGAIN_S = 0.01


class _Connection(sqlite3.Connection):
    """Closed with the last thing that holds it; Python 3.13 warns where nobody says so."""

    def __del__(self) -> None:
        with suppress(sqlite3.Error):  # it never was one: the file cannot be opened
            self.close()


def _into_wal(connection: sqlite3.Connection) -> None:
    """Where another process is making this file, too, SQLite refuses at once; so we wait."""
    until = time.monotonic() + keeping.BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_AGAIN_S)
        else:
            return


def sqlite_engine(path: Path) -> Engine:
    """Connections in WAL mode that sync every commit to the disk.

    Python's sqlite3 opens transactions behind one's back; with `isolation_level=None` it
    leaves them to us, and `writing()` takes the write lock before it reads anything.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={
            "isolation_level": None,
            "timeout": keeping.BUSY_TIMEOUT_MS / 1000,
            "check_same_thread": False,
            "factory": _Connection,
        },
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: object) -> None:
        _into_wal(connection)
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",  # what is deleted is overwritten, not only let go
            "temp_store = FILE",
            "cache_size = -2048",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _end(connection: Connection, word: str) -> None:
    """A full disk ends a transaction by itself; ending it twice would hide the first error."""
    raw = connection.connection.dbapi_connection
    if getattr(raw, "in_transaction", False):
        connection.exec_driver_sql(word)
