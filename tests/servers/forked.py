"""`newsletter` as a process of its own, forked where its modules are read already: `nursery`."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from tests.servers import nursery
from tests.servers.nursery import Order

__all__ = ["Forked", "Nursery", "Order", "forking"]

ROOT = Path(__file__).parents[2]

_COMMAND = """\
#!{python} -IS
import json, os, socket, sys
order = {{
    "module": "composer",
    "words": sys.argv[1:],
    "folder": os.getcwd(),
    "environ": dict(os.environ),
}}
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as told:
    told.connect({place!r})
    socket.send_fds(told, [json.dumps(order).encode()], [0, 1, 2])
    told.recv(64)
    sys.exit(int(told.recv(64)))
"""


class Forked:
    """A process that was forked for us, as `subprocess.Popen` tells of one."""

    def __init__(self, pid: int, told: socket.socket, pipes: Mapping[int, IO[str]]) -> None:
        self.pid = pid
        self.stdout, self.stderr = pipes.get(1), pipes.get(2)
        self.returncode: int | None = None
        self._told = told

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """How it ended: negative for a signal.

        Raises:
            TimeoutExpired: it has not, in so many seconds.
        """
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self.returncode = int(self._told.recv(64))
            self._told.close()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it says until it ends, on both streams."""
        end_s = time.monotonic() + (timeout or 3600)
        said: dict[int, str] = {}

        def read(number: int, pipe: IO[str]) -> None:
            said[number] = pipe.read()
            pipe.close()

        threads = [
            threading.Thread(target=read, args=pair, daemon=True)
            for pair in ((1, self.stdout), (2, self.stderr))
            if pair[1] is not None
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0, end_s - time.monotonic()))
            if thread.is_alive():
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        self.wait(max(0, end_s - time.monotonic()))
        return said.get(1, ""), said.get(2, "")

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@dataclass
class Nursery:
    """Where processes are forked; what they are forked from is started when the first is asked for.

    `python` has to have the package: ours reads this tree, another what is installed for it.
    """

    python: str = sys.executable
    _process: subprocess.Popen[str] | None = None
    _folder: str = ""

    @property
    def place(self) -> str:
        """The path of the socket."""
        if self._process is None:
            # A path of pytest's may be longer than the name of a socket can be.
            self._folder = tempfile.mkdtemp(prefix="nl-fork-", dir="/tmp")
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [self.python, "-P", nursery.__file__, f"{self._folder}/socket"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=self._environment(),
            )
            assert self._process.stdout is not None
            assert self._process.stdout.readline() == "ready\n"
        return f"{self._folder}/socket"

    def _environment(self) -> dict[str, str]:
        # Without its cache of compiled modules, Python needs seconds to start.
        unwanted = ("NEWSLETTER_", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(unwanted)}
        return {**clean, "PYTHONPATH": str(ROOT)} if self.python == sys.executable else clean

    def start(
        self, order: Order, *, stdout: IO[Any] | None = None, stderr: IO[Any] | None = None
    ) -> Forked:
        """Its standard input is empty; what it says goes into pipes, or into these files."""
        pipes, ends = dict[int, IO[str]](), [os.open(os.devnull, os.O_RDONLY)]
        for number, given in ((1, stdout), (2, stderr)):
            if given is not None:
                ends.append(os.dup(given.fileno()))
                continue
            ours, its = os.pipe()
            pipes[number] = os.fdopen(ours, encoding="utf-8")
            ends.append(its)
        told = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        told.connect(self.place)
        socket.send_fds(told, [json.dumps(asdict(order)).encode()], ends)
        for end in ends:
            os.close(end)
        return Forked(int(told.recv(64)), told, pipes)

    def command_in(self, folder: Path) -> Path:
        """`folder`, with a program `newsletter` in it for other programs to run."""
        program = folder / "newsletter"
        program.write_text(_COMMAND.format(python=self.python, place=self.place), "utf-8")
        program.chmod(0o755)
        return folder

    def close(self) -> None:
        """Nobody is forked any more; who was lives on."""
        if self._process is not None:
            self._process.communicate(timeout=60)
            self._process = None


@contextmanager
def forking(python: str = sys.executable) -> Iterator[Nursery]:
    made = Nursery(python)
    try:
        yield made
    finally:
        made.close()
