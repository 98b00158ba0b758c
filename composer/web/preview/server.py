"""The server: this machine only, and gone within half a second of Ctrl-C."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn
from starlette.types import ASGIApp

from composer.errors import ComposerError

HOST = "127.0.0.1"
PORT = 4040
#: How long, after Ctrl-C, an answer that is being made may take.
GRACE_S = 0.15
#: How many ports after a taken one are tried.
TRIES = 20


class Server(uvicorn.Server):
    """Ends the open streams first: uvicorn waits for them for ever otherwise."""

    def __init__(self, config: uvicorn.Config, at_end: Callable[[], None]) -> None:
        super().__init__(config)
        self.at_end = at_end

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.at_end()
        super().handle_exit(sig, frame)
        self._captured_signals.clear()  # it has been obeyed; it need not end the process again

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Whoever still waits for an answer is cut off; there is nothing to tell of that.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
        await super().shutdown(sockets)


def listening(port: int | None) -> socket.socket:
    """A socket on this machine's own address: `port`, usually 4040, or the next free one.

    Raises:
        ComposerError: none is free.
    """
    wanted = PORT if port is None else port
    ports = range(wanted, min(wanted + TRIES, 65_536)) if wanted else [0]
    for number in ports:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, number))
        except OSError:
            listener.close()
            continue
        listener.listen(128)
        return listener
    raise ComposerError(
        f"no port from {wanted} on is free", hint="newsletter preview --port 0 takes any free one"
    )


def token_in(state: Path) -> str:
    """The key to this site's preview; kept, so that an open page survives a restart.

    A key that others could have read or written (one that came with a repository, say) is none.
    """
    path = state / "preview-token"
    if kept := _kept(path):
        return kept
    token = secrets.token_hex(24)
    fresh = state / f"preview-token.{secrets.token_hex(4)}"
    try:
        state.mkdir(exist_ok=True)
        # A new file, renamed: what lies there may be a link to any other.
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(token)
        fresh.replace(path)
    except OSError:  # a folder that cannot be written to can still be looked at
        with suppress(OSError):
            fresh.unlink()
    return token


def _kept(path: Path) -> str:
    """The key in `path`, if it is a file of ours alone; `""` when it is not."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
            about = os.fstat(file.fileno())
            ours = about.st_uid == os.getuid() and not stat.S_IMODE(about.st_mode) & 0o077
            kept = file.read(100).strip() if ours and stat.S_ISREG(about.st_mode) else ""
    except (OSError, UnicodeDecodeError):
        return ""
    return kept if len(kept) >= 32 and kept.isascii() and kept.isalnum() else ""


def serve(app: ASGIApp, listener: socket.socket, at_end: Callable[[], None]) -> None:
    """Answer until SIGINT or SIGTERM."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="on",
        server_header=False,
        date_header=False,
    )
    config.timeout_graceful_shutdown = GRACE_S  # type: ignore[assignment]  # seconds for wait_for
    Server(config, at_end).run(sockets=[listener])


def leave(code: int) -> NoReturn:
    """End the process now; a mailing that was sent from here must have come to its stop before.

    Threads cannot be ended, and Python waits for them: a check of a long issue takes seconds. It
    only reads. And nobody waits while the interpreter takes itself apart.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
