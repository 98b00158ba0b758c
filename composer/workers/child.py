"""A worker that another process watches over: python -m composer.workers.child FOLDER

It ends when its standard input does: its parent wants that, or is there no more.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from composer.errors import ComposerError
from composer.site import Site
from composer.workers.worker import work


def main(folder: Path) -> int:
    stop = threading.Event()

    def drain(_: int, __: FrameType | None) -> None:
        stop.set()

    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, drain)
    threading.Thread(target=_until_alone, args=(stop,), name="parent", daemon=True).start()
    try:
        work(Site.find(folder, os.environ), stop, _tell)
    except ComposerError as error:
        _tell(f"error: {error}")
        return 1
    return 0


def _until_alone(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
