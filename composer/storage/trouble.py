"""The database's errors as ours: what is wrong, and what to try."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from composer.errors import Place, StorageError

#: With less than this left, SQLite cannot make the files that stand beside a database.
ROOM_BYTES = 128 * 1024

_FULL = ("the disk is full: nothing was written", "make room, and run it again")

_HINTS = (
    ("is locked", "the database is locked by another process", "wait for it, or end it"),
    ("disk is full", *_FULL),
    ("disk i/o error", "the disk failed: nothing was written", "look at the disk's health"),
    ("readonly", "the database may not be written", "look at its owner and permissions"),
    ("not a database", "this file is not a database", "move it away, or name another"),
    ("malformed", "the database is damaged", "restore it from a backup"),
    ("unable to open", "the database cannot be opened", "look at the folder's permissions"),
)


@contextmanager
def told_plainly(path: Path) -> Iterator[None]:
    """Turn the driver's exceptions into `StorageError`s that name the file."""
    try:
        yield
    except DBAPIError as error:
        raise translated(error.orig or error, path) from error
    except sqlite3.OperationalError as error:
        raise translated(error, path) from error


def translated(error: BaseException, path: Path) -> StorageError:
    """The `StorageError` that says what `error` means."""
    text = str(error).lower()
    if "disk i/o error" in text and _is_full(path):  # SQLite has one name for both
        text = "disk is full"
    for mark, problem, hint in _HINTS:
        if mark in text:
            return StorageError(problem, place=Place(path), hint=hint)
    return StorageError(f"the database failed: {error}", place=Place(path))


def _is_full(path: Path) -> bool:
    """Whether there is no room where the database stands."""
    try:
        return shutil.disk_usage(path.parent).free < ROOM_BYTES
    except OSError:
        return False
