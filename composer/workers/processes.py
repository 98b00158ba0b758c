"""Several workers on one host: a process for each, and this one watches over them."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

#: One that fell is followed by another: after a pause, since what felled it may be there still.
_PAUSE_S = 2.0
_LOOK_S = 0.2


def watch_over(
    folder: Path, processes: int, stop: threading.Event, tell: Callable[[str], None]
) -> None:
    """Keep so many workers at work for the site in `folder`, until `stop` is set.

    Then each finishes what it has in flight. They do so too when this process is killed.
    """
    places = [_Place(folder, tell) for _ in range(processes)]
    for place in places:
        place.start()
    while not stop.wait(_LOOK_S):
        for place in places:
            place.look()
    for place in places:
        place.drain()
    for place in places:
        place.wait()


@dataclass
class _Place:
    """Where one worker works, and another one after it."""

    folder: Path
    tell: Callable[[str], None]
    process: subprocess.Popen[bytes] | None = None
    _again_s: float = 0.0

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "composer.workers.child", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C on a terminal is for us to pass on
        )

    def look(self) -> None:
        """Put another worker in the place of one that ended."""
        if self.process is None:
            if time.monotonic() >= self._again_s:
                self.start()
        elif self.process.poll() is not None:
            code = self.process.returncode
            how = f"killed by signal {-code}" if code < 0 else f"exit {code}"
            self.tell(f"a worker ended ({how}); another one takes its place")
            self.drain()
            self.process = None
            self._again_s = time.monotonic() + _PAUSE_S

    def drain(self) -> None:
        if self.process and self.process.stdin:
            self.process.stdin.close()

    def wait(self) -> None:
        if self.process:
            self.process.wait()
