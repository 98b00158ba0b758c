"""Processes that tests start, and often kill: forked from one that has everything imported.

An interpreter that is started for each imports for longer than most of them live.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Concatenate, ParamSpec

Given = ParamSpec("Given")
#: How a child tells its parent something.
Say = Callable[[str], None]

_WARM = multiprocessing.get_context("forkserver")
_WARM.set_forkserver_preload(["tests.contract.dying", "alembic.command", "psycopg"])


@dataclass(frozen=True)
class Child:
    """A process of its own, and what it says."""

    process: ForkServerProcess
    _said: Connection

    def heard(self) -> str:
        """Its next word, waited for; empty when it has ended."""
        try:
            return str(self._said.recv())
        except (EOFError, ConnectionResetError):
            return ""

    def end(self) -> int | None:
        """The exit code, negative for a signal; waited for."""
        self.process.join()
        return self.process.exitcode


@contextmanager
def forked(
    work: Callable[Concatenate[Say, Given], None], *given: Given.args, **named: Given.kwargs
) -> Iterator[Child]:
    """`work` in a process, killed at the end of the block if it is still there."""
    said, say = _WARM.Pipe(duplex=False)
    process = _WARM.Process(target=_child, args=(work, say, given, named))
    with said:
        process.start()
        say.close()
        try:
            yield Child(process, said)
        finally:
            process.kill()
            process.join()
            process.close()


def _child(
    work: Callable[Concatenate[Say, Given], None],
    say: Connection,
    given: tuple[object, ...],
    named: dict[str, object],
) -> None:
    work(say.send, *given, **named)  # type: ignore[arg-type]  # as `forked` was given them


def has_opened(say: Say, folder: Path) -> None:
    """Work: open the database of the site in `folder`, and tell the salt that is in it."""
    from tests.unit.storage.lists import open_list

    say(open_list(folder).store.identity.salt.hex())
