"""A server of the tests as a process of its own: it ends when its standard input does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.mailbag import count_folder, read_folder

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class SinkProcess:
    """A running server on 127.0.0.1, and the folder in which it keeps what it took."""

    port: int
    folder: Path
    suffix: str
    pid: int

    def messages(self) -> list[bytes]:
        """Everything that was taken, in the order of arrival."""
        return read_folder(self.folder, self.suffix)

    def count(self) -> int:
        return count_folder(self.folder, self.suffix)

    @contextmanager
    def held(self) -> Iterator[None]:
        """It answers nobody meanwhile, so that whoever sends to it is not done before."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)


@contextmanager
def running(
    module: str, folder: Path, suffix: str, options: Sequence[str] = ()
) -> Iterator[SinkProcess]:
    """Start `python -m MODULE FOLDER …` and stop it at the end; it prints its port first."""
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", module, str(folder), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield SinkProcess(int(process.stdout.readline()), folder, suffix, process.pid)
    finally:
        process.stdin.close()
        process.wait(timeout=10)
        process.stdout.close()


def serve_until_input_ends(port: int) -> None:
    """For the child: tell the port, then wait until the parent lets go or dies."""
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    sys.stdin.read()
