"""The readers' pages on a real server: in a thread of this process, or as people run them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import uvicorn
from starlette.types import ASGIApp

from composer.web.public.server import listening
from tests.servers.forked import Forked, Nursery, Order

ROOT = Path(__file__).parents[2]


@contextmanager
def on_a_port(app: ASGIApp) -> Iterator[str]:
    """The address of `app` on this machine; nothing that it does by itself is begun."""
    listener = listening("127.0.0.1", 0)
    config = uvicorn.Config(
        app, log_level="error", access_log=False, proxy_headers=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@dataclass(frozen=True)
class Serving:
    address: str
    process: subprocess.Popen[str] | Forked
    said: IO[str]  #: a file: a pipe that nobody reads would be full, and the server wait for ever

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """The exit code, and what was said on standard error."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        self.said.seek(0)
        return code, self.said.read()


@contextmanager
def serving(
    folder: Path, environ: Mapping[str, str] | None = None, *, nursery: Nursery | None = None
) -> Iterator[Serving]:
    """`newsletter serve` in the site `folder`; forked in the `nursery`, if there is one."""
    words = ("-v", "serve", "--port", "0")
    own = {**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})}
    with TemporaryFile("w+") as said:
        process: subprocess.Popen[str] | Forked
        if nursery is not None:
            process = nursery.start(Order("composer", words, str(folder), own), stderr=said)
        else:
            process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "composer", *words],
                cwd=folder,
                env=own,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )
        assert process.stdout is not None
        try:
            yield Serving(process.stdout.readline().strip().rstrip("/"), process, said)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(timeout=60)
            process.stdout.close()
