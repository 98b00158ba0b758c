"""Web servers on 127.0.0.1 that misbehave as a test tells them to, and names that lead there.

`Internet` stands in for names and for connections. It gives out public addresses and connects
to the servers here instead, so that the rules about addresses are the real ones: a redirect
to 127.0.0.1 is refused although every server of these tests listens there.
"""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from composer.links.network import Network
from composer.links.networks import IPAddress

#: A public address that is nobody's in these tests.
PUBLIC = "8.8.4.4"
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9.]|[0-9a-f]*:)+[0-9a-f.:x]*")


@dataclass(frozen=True)
class Page:
    """`head` is the status for HEAD where it differs; `drops` connections are lost first."""

    status: int = 200
    body: bytes = b"<p id=here>Hello</p>"
    headers: Mapping[str, str] = field(default_factory=dict)
    head: int = 0
    drops: int = 0
    slow: str = ""  #: "head" or "body": one byte now and then, without an end
    untold: bool = False  #: no Content-Length: the body ends with the connection


def moved(to: str, status: int = 301) -> Page:
    return Page(status, b"", {"Location": to})


class WebServer:
    """Serves `pages` by path; everything else is 404."""

    def __init__(
        self, pages: Mapping[str, Page], *, certificate: ssl.SSLContext | None = None
    ) -> None:
        self.pages = dict(pages)
        self.seen: list[tuple[str, str]] = []  #: method and path
        self.headers: list[dict[str, str]] = []
        self.under_way = self.most_under_way = 0  #: asked for and not yet answered
        self.thinks_s = 0.0  #: before each answer
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._listener = _Listener(("127.0.0.1", 0), _Request)
        self._listener.web = self
        if certificate:
            self._listener.socket = certificate.wrap_socket(
                self._listener.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()


class Internet:
    """`names` lead to addresses; port 80 and 443 of every address lead to our servers."""

    def __init__(
        self,
        plain: WebServer | None = None,
        secure: WebServer | None = None,
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._ports = {80: plain and plain.port, 443: secure and secure.port}
        self.names = {"pages.example.net": [PUBLIC], **(names or {})}
        self.down = False  #: as if the cable were out
        self.looked_up: list[str] = []
        self.dialled: list[str] = []

    def resolve(self, host: str, port: int) -> Sequence[IPAddress]:
        self.looked_up.append(host)
        if _NUMERIC.fullmatch(host):
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return [ipaddress.ip_address(str(entry[4][0])) for entry in found]
        if self.down:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if host.rstrip(".") not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [ipaddress.ip_address(address) for address in self.names[host.rstrip(".")]]

    def dial(self, address: IPAddress, port: int, timeout_s: float) -> socket.socket:
        self.dialled.append(f"{address} {port}")
        local = self._ports.get(port)
        if not local:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        return socket.create_connection(("127.0.0.1", local), timeout_s)

    def network(self, trust: ssl.SSLContext | None = None) -> Network:
        return Network(self, self, trust or _usual_trust())


@cache
def _usual_trust() -> ssl.SSLContext:
    """Everybody whom this machine trusts: to read all their certificates takes long."""
    return ssl.create_default_context()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = True
    web: WebServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients of these tests hang up in the middle on purpose."""


class _Request(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Listener)
        web = self.server.web
        with web.lock:
            web.seen.append((self.command, self.path))
            web.headers.append({k.lower(): v for k, v in self.headers.items()})
            web.under_way += 1
            web.most_under_way = max(web.most_under_way, web.under_way)
            page = web.pages.get(self.path, Page(404))
            drop = page.drops > 0
            if drop:
                web.pages[self.path] = Page(**{**vars(page), "drops": page.drops - 1})
        web.stopping.wait(web.thinks_s)
        with web.lock:  # before the answer: who has it may ask for the next one at once
            web.under_way -= 1
        if not drop:
            self._answer(web, page)
        self.close_connection = True

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def _answer(self, web: WebServer, page: Page) -> None:
        if page.slow == "head":
            self._trickle(web, b"HTTP/1.1 200 OK\r\nX-Long: ")
            return
        head = self.command == "HEAD"
        self.send_response(page.head if head and page.head else page.status)
        headers = {"Content-Type": "text/html; charset=utf-8", **page.headers}
        if not page.untold and page.slow != "body":
            headers = {"Content-Length": str(len(page.body)), **headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if head:
            return
        if page.slow == "body":
            self._trickle(web, page.body)
        else:
            self.wfile.write(page.body)

    def _trickle(self, web: WebServer, start: bytes) -> None:
        self.wfile.write(start)
        while not web.stopping.wait(0.02):
            self.wfile.write(b"x")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Tests are quiet."""
