"""Clicks on their way into the books: lines of a file beside the database, one for each.

Looking at a page changes nothing in the database, and following a link is looking. A line is
written whole, with one call, into a file that every process appends to. Whoever takes lines in
renames the file first, and deletes it when all of it is in the books. Locks keep the two apart:
a writer holds a shared one while it writes, and looks whether the file is still there; whoever
reads has it alone. A line carries a number of its own, so that taking it in twice is no harm.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_OPEN = "clicks"
_TAKEN = "taken-"
#: How often a writer meets a file that is just being taken away, before something is wrong.
_TRIES = 100
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
#: So many lines are put into the books at once.
_MOST_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Click:
    """One click. `key` is random and its own; `at` is in epoch seconds."""

    key: str
    delivery: int
    link: str
    at: int
    machine: bool = False

    @classmethod
    def new(cls, delivery: int, link: str, at: int, *, machine: bool) -> Click:
        return cls(secrets.token_hex(12), delivery, link, at, machine)

    @property
    def line(self) -> str:
        """It begins anew behind whatever a full disk cut off."""
        return f"\n1 {self.key} {self.delivery:x} {self.link} {self.at:x} {int(self.machine)}\n"

    @classmethod
    def read(cls, line: str) -> Click | None:
        """The inverse of `line`; None for what a full disk or a hand has left half."""
        words = line.split(" ")
        if len(words) != 6 or words[0] != "1" or words[5] not in ("0", "1"):
            return None
        _, key, delivery, link, at, machine = words
        if len(key) != 24 or len(link) != 14:
            return None
        try:
            return cls(key, int(delivery, 16), link, int(at, 16), machine == "1")
        except ValueError:
            return None


@dataclass(frozen=True)
class Spool:
    """Any number of processes may use it at a time, and any of them may die."""

    folder: Path

    def add(self, click: Click) -> None:
        """Write a click down; when this returns, it survives the end of the process.

        Raises:
            OSError: there is no room, or the folder cannot be written.
        """
        line = click.line.encode()
        for _ in range(_TRIES):
            file = self._opened()
            try:
                if not _is_there(file):
                    continue
                written = os.write(file, line)
                if written != len(line):
                    raise OSError(f"only {written} bytes of a click could be written")
                return
            finally:
                os.close(file)
        raise OSError("the file of clicks is being taken away again and again")

    def _opened(self) -> int:
        try:
            return os.open(self.folder / _OPEN, _FLAGS, 0o600)
        except FileNotFoundError:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return os.open(self.folder / _OPEN, _FLAGS, 0o600)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to take in."""
        try:
            return not any(self.folder.iterdir())
        except FileNotFoundError:
            return True

    def take(self, book: Callable[[Sequence[Click]], object]) -> int:
        """Have `book` put everything that is here into the books; say how many lines cannot be
        read.

        What it did not come to is taken in the next time: when `book` raises, nothing is lost.
        """
        with suppress(FileNotFoundError):
            (self.folder / _OPEN).rename(self.folder / f"{_TAKEN}{secrets.token_hex(8)}")
        unreadable = 0
        for path in sorted(self.folder.glob(f"{_TAKEN}*")):
            unreadable += _taken(path, book)
        return unreadable


def _is_there(file: int) -> bool:
    """Hold the file against being read; say whether it is still the one to write into."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(file).st_nlink > 0


def _taken(path: Path, book: Callable[[Sequence[Click]], object]) -> int:
    try:
        file = path.open("r", encoding="ascii", errors="replace", newline="\n")
    except FileNotFoundError:
        return 0  # somebody else took it in
    with file:
        try:
            # A writer that opened it under its old name has done in a moment.
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            return 0
        if os.fstat(file.fileno()).st_nlink == 0:
            return 0
        unreadable = 0
        while lines := file.readlines(_MOST_LINES * 64):
            found = [Click.read(told) for line in lines if (told := line.rstrip("\n"))]
            book([click for click in found if click is not None])
            unreadable += found.count(None)
        path.unlink()
    return unreadable
