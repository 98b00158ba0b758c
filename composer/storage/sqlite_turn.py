"""One's turn to write to a database in a file.

SQLite itself waits for another writer in sleeps of 1, 2, 5, 10, 15, 20 … milliseconds: a lock that
is held for 6 is found free after 8, and one that was missed twice is left alone for longer than
that. Of processes that share a mailing, one would stand where it could work. So here the lock is
looked for more often, and for as long.
"""

from __future__ import annotations

import sqlite3
import time
from typing import cast

from sqlalchemy import Connection

from composer.storage import keeping

#: Between two looks: what a look costs, many times over, and a small part of a group's writing.
_SOON_S = 0.0003
#: Whoever holds the lock longer than a group does is at something large.
_PATIENT_AFTER_S, _PATIENT_S = 0.1, 0.005


def begin_writing(connection: Connection) -> None:
    """Begin a transaction that nobody else writes beside.

    Raises:
        sqlite3.OperationalError: another one was writing all the time.
    """
    raw = cast("sqlite3.Connection", connection.connection.dbapi_connection)
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        _wait(raw)
    finally:
        raw.execute(f"PRAGMA busy_timeout = {keeping.BUSY_TIMEOUT_MS}")


def _wait(raw: sqlite3.Connection) -> None:
    since_s = time.monotonic()
    while True:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            waited_s = time.monotonic() - since_s
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or waited_s * 1000 >= keeping.BUSY_TIMEOUT_MS:
                raise
            time.sleep(_SOON_S if waited_s < _PATIENT_AFTER_S else _PATIENT_S)
        else:
            return
