"""The moments at which a sender can die: around every statement, every commit and every hand-over.

Nothing of the product knows of this. Where Python meets the database, the network and the disk,
each call is a moment before it and one after it, and for a write a third in the middle: half of
the bytes have left. `Moments.watch` counts them, and kills the process at the one that was asked.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Engine

_WRITES = ("send", "sendall", "sendmsg")
_READS = ("recv", "recv_into")


class Moments:
    """Counts from 1; `kill_at` 0 only counts. What it came to is written into `log`."""

    def __init__(self, log: Path, *, kill_at: int = 0) -> None:
        self._log = log
        self._kill_at = kill_at
        self._lock = threading.Lock()
        self.passed = 0

    def passes(self, name: str) -> None:
        """One moment; the last one of this process if it is the one that was asked for."""
        if self._is_the_one(name):
            os.kill(os.getpid(), signal.SIGKILL)
            signal.pause()

    def _is_the_one(self, name: str) -> bool:
        with self._lock:
            self.passed += 1
            if self.passed != self._kill_at:
                return False
        self._log.write_text(name)
        return True

    def done(self) -> None:
        """The work came to its end alive."""
        self._log.write_text(f"the end of {self.passed}")

    def watch(self) -> None:
        """From now on, in this process."""
        self._watch_statements()
        for name in _WRITES:
            self._watch_write(name)
        for name in _READS:
            self._wrap(socket.socket, name, "an answer")
        self._wrap(os, "fsync", "a sync")
        self._wrap(os, "replace", "a rename")
        self._wrap(os, "rename", "a rename")
        self._watch_os_write()

    def _watch_statements(self) -> None:
        def before(_: Any, __: Any, statement: str, *rest: Any) -> None:
            self.passes(f"before {statement.split(None, 1)[0]}")

        def after(_: Any, __: Any, statement: str, *rest: Any) -> None:
            self.passes(f"after {statement.split(None, 1)[0]}")

        event.listen(Engine, "before_cursor_execute", before)
        event.listen(Engine, "after_cursor_execute", after)
        # SQLite's COMMIT is a statement; the other driver has a call for it.
        self._wrap(PGDialect_psycopg, "do_commit", "COMMIT")

    def _wrap(self, owner: Any, name: str, told: str) -> None:
        call: Callable[..., Any] = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.passes(f"before {told}")
            found = call(*args, **kwargs)
            self.passes(f"after {told}")
            return found

        setattr(owner, name, wrapped)

    def _watch_write(self, name: str) -> None:
        call: Callable[..., Any] = getattr(socket.socket, name)

        def wrapped(sock: socket.socket, data: Any, *args: Any) -> Any:
            self.passes("before a hand-over")
            if self._is_the_one("half of a hand-over"):
                whole = bytes(data) if name != "sendmsg" else b"".join(map(bytes, data))
                sock.setblocking(True)
                socket.SocketType.sendall(sock, whole[: len(whole) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()
            found = call(sock, data, *args)
            self.passes("after a hand-over")
            return found

        setattr(socket.socket, name, wrapped)

    def _watch_os_write(self) -> None:
        write = os.write

        def wrapped(handle: int, data: Any) -> int:
            self.passes("before a write")
            if self._is_the_one("half of a write"):
                write(handle, bytes(data)[: len(data) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()
            count = write(handle, data)
            self.passes("after a write")
            return count

        os.write = wrapped
