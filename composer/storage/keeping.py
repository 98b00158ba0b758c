"""What each kind of database does its own way: opening, locking, waiting, bringing in a list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

from composer.errors import StorageError
from composer.storage.staging import Shape, Staged

#: How long a writer waits for another one before it says that the database is locked: longer
#: than it takes to freeze a mailing to a million.
BUSY_TIMEOUT_MS = 60_000


class LostConnection(StorageError):
    """The server went away before anything was committed: the same can be tried again."""


class Keeping(Protocol):
    """A database that is open. Its trouble is told as `StorageError`."""

    @property
    def engine(self) -> Engine: ...

    @property
    def one_writer(self) -> bool:
        """Whether a transaction that writes keeps all others out that would write too."""
        ...

    @property
    def replaced(self) -> bool:
        """Whether what was opened is there no more, or something else in its place."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """One snapshot of the database, for as long as it is open."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction, and no other one of these: all of it is committed, or nothing."""
        ...

    def writing_rows(self) -> AbstractContextManager[Connection]:
        """One transaction that needs nobody kept out but from the rows that it touches."""
        ...

    def only_sender(self, mailing_id: str, share: str = "") -> AbstractContextManager[None]:
        """Be the only sender of a mailing, or of its share; freed if the process dies.

        A share is named in [0-9-]. Its sender keeps senders of the whole out, and they it.

        Raises:
            GuardError: another process is sending it.
        """
        ...

    def is_sending(self, mailing_id: str) -> bool:
        """Whether a living process is sending it or a share; takes nothing to find out."""
        ...

    def claiming(self, connection: Connection, mailing_id: str) -> None:
        """Say within a transaction that it takes deliveries up."""
        ...

    def after_claims(self, connection: Connection, mailing_id: str) -> None:
        """Wait within a transaction until those that take deliveries up have ended.

        A server may still be carrying out what a sender asked for that is dead by now.
        """
        ...

    def still_sender(self, mailing_id: str, share: str = "") -> None:
        """See that a lock of `only_sender` is still held, and take it again where it was lost.

        Raises:
            LostConnection: the server cannot be reached.
            GuardError: another process has it now.
        """
        ...

    def merge(
        self, connection: Connection, shape: Shape, batches: Iterator[list[Staged]]
    ) -> tuple[int, int]:
        """Write staged rows into the list: how many were added, and how many added or changed."""
        ...

    def add_lines(self, connection: Connection, rows: Iterator[tuple[Any, ...]]) -> None:
        """Write the lines of a mailing, each the values of `rows.COLUMNS`."""
        ...

    def empty_log(self) -> None:
        """Leave nothing of older transactions where it could be read, as far as that can be."""
        ...

    def failure(self, problem: str, hint: str = "") -> StorageError:
        """An error that names this database."""
        ...
