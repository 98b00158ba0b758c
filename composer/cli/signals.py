"""SIGINT, SIGTERM and SIGHUP: finish what is in flight, then stop; a second one stops at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import click

from composer.cli.exits import Exit


@contextmanager
def draining() -> Iterator[threading.Event]:
    """Give an event that is set when the run should stop."""
    stop = threading.Event()

    def handle(_: int, __: FrameType | None) -> None:
        if stop.is_set():
            # What has no answer becomes `unknown` at the next run: the ledger says so already.
            os.write(2, b"\nstopped at once: what had no answer yet is now unknown\n")
            os._exit(Exit.INTERRUPTED)
        stop.set()
        with suppress(OSError):  # after SIGHUP there may be nobody to tell
            click.echo("\nstopping: finishing what is in flight (again to stop at once)", err=True)

    kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(kind, handle) for kind in kinds]
    try:
        yield stop
    finally:
        for kind, old in zip(kinds, before, strict=True):
            signal.signal(kind, old)
