"""uvicorn as we want it: its own log is silent, and what is being answered is answered."""

from __future__ import annotations

import errno
import socket
import sys
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from composer.errors import ComposerError

#: How long an answer that is being made may take after Ctrl-C.
GRACE_S = 10
#: Connections that wait to be taken; beyond that the kernel turns them away.
BACKLOG = 512
#: Requests at once, waiting ones included; beyond that each gets a 503 at once.
MOST_AT_ONCE = 512
#: How long a thread that works may keep the interpreter from one that answers: at each turn, and
#: a call takes many. Python's own 5 ms add up to more than all the work of an answer.
SWITCH_S = 0.0005


def listening(host: str, port: int) -> socket.socket:
    """A socket of that address.

    Raises:
        ComposerError: the port is taken, or the address is not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, or asyncio does not know that it is TCP, and each answer waits 40 ms for company.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ComposerError(
            f"{host} port {port} cannot be listened on: {error.strerror}",
            hint="newsletter serve --port N takes another one"
            if error.errno in (errno.EADDRINUSE, errno.EACCES)
            else "--host names an address of this machine: 127.0.0.1, or 0.0.0.0 for all",
        ) from error
    listener.listen(BACKLOG)
    return listener


class Server(uvicorn.Server):
    """Ends as a program that did what it was told."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._captured_signals.clear()  # it has been obeyed; it need not end the process again


def run(app: ASGIApp, listener: socket.socket) -> None:
    """Answer until SIGINT or SIGTERM."""
    # Threads that apply and build share the interpreter with those that answer.
    sys.setswitchinterval(SWITCH_S)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # it would write tokens down
        proxy_headers=False,  # the app itself knows whom to trust
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=GRACE_S,
        h11_max_incomplete_event_size=16 * 1024,
    )
    Server(config).run(sockets=[listener])
