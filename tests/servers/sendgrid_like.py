"""A server on 127.0.0.1 that takes mail as SendGrid's API does, and fails as a test tells it to.

In a test:       with SendgridServer([Reply(500)]) as server: … server.url …
As a process:    python -m tests.servers.sendgrid_like FOLDER [--delay SECONDS] [--port N]
A request is kept, and on the disk where there is a folder, before it is answered.
"""

from __future__ import annotations

import argparse
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers.mailbag import Mailbag
from tests.servers.process import SinkProcess, running, serve_until_input_ends

__all__ = ["Arrived", "Break", "Reply", "SendgridServer", "SinkProcess", "arrived_in", "start_api"]

API_KEY = "SG.a-key-for-tests"


@dataclass(frozen=True)
class Reply:
    """Answer with this instead of judging the request. `keep` takes the mail all the same."""

    status: int
    body: bytes | dict[str, Any] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    keep: bool = False


@dataclass(frozen=True)
class Break:
    """No answer at all: hang up (`reset` for RST), or say nothing (`hang`)."""

    when: str = "end"  #: "start": before the body is read; "end": after; "answer": within it
    hang: bool = False
    keep: bool = False


Judge = Callable[[dict[str, Any]], Reply | Break | None]


@dataclass(frozen=True)
class Arrived:
    """One reader's message, after substitution."""

    delivery: str
    to: str
    name: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]


def errors(*told: tuple[str | None, str]) -> dict[str, Any]:
    """A body as the API's: pairs of field and message."""
    return {"errors": [{"field": f, "message": m, "help": None} for f, m in told]}


class SendgridServer:
    """`script` holds the answers to the first requests; then `judge` decides, then the API."""

    def __init__(
        self,
        script: Sequence[Reply | Break] = (),
        *,
        judge: Judge | None = None,
        folder: Path | None = None,
        delay_s: float = 0.0,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.script = list(script)
        self.judge = judge
        self.delay_s = delay_s
        self.bag = Mailbag(folder, "json")
        self.requests: list[dict[str, Any]] = []
        self.seen_headers: list[Mapping[str, str]] = []
        self.scopes = ["mail.send"]
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._server = _Listener(("127.0.0.1", port), _Request)
        self._server.api = self
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def settle(self) -> None:
        """Wait until all that clients have written is read, and nobody is connected any more."""
        # Connections are accepted in their order: behind ours, none is left.
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as last:
            last.sendall(b"GET / HTTP/1.0\r\n\r\n")
            last.recv(1)
        end_s = time.monotonic() + 60
        while self._server.open_connections:
            assert time.monotonic() < end_s, "a client never hung up"
            time.sleep(0.001)  # polling other threads, not waiting for luck

    @property
    def arrived(self) -> list[Arrived]:
        """Every message that was taken."""
        return arrived_in(self.bag.messages)

    def answer_to(self, body: dict[str, Any]) -> Reply | Break:
        with self.lock:
            self.requests.append(body)
            scripted = self.script.pop(0) if self.script else None
        return scripted or (self.judge(body) if self.judge else None) or self._usual(body)

    def _usual(self, body: dict[str, Any]) -> Reply:
        if trouble := troubles_of(body):
            return Reply(400, errors(*trouble))
        if body.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"):
            return Reply(200)
        number = len(self.requests)
        return Reply(202, headers={"X-Message-Id": f"request-{number}"}, keep=True)


def troubles_of(body: dict[str, Any]) -> list[tuple[str | None, str]]:
    """What the API refuses and its description in a schema cannot say."""
    people = [p for each in body["personalizations"] for p in each["to"]]
    seen: set[str] = set()
    trouble: list[tuple[str | None, str]] = []
    if len(people) > 1000:
        trouble.append(("personalizations", "more than 1000 recipients"))
    for number, each in enumerate(body["personalizations"]):
        where = f"personalizations.{number}"
        address = each["to"][0]["email"].lower()
        if address in seen:
            trouble.append((where, "Each email address should be unique."))
        seen.add(address)
        substitutions = each.get("substitutions", {})
        if sum(len(k.encode()) + len(v.encode()) for k, v in substitutions.items()) > 10_000:
            trouble.append((f"{where}.substitutions", "may not exceed 10000 bytes"))
    if [part["type"] for part in body.get("content", [])] != ["text/plain", "text/html"]:
        trouble.append(("content", "text/plain must be first, followed by text/html"))
    if not body.get("subject"):
        trouble.append(("subject", "The subject is required."))
    return trouble


def arrived_in(requests: Sequence[bytes]) -> list[Arrived]:
    """The messages of kept requests, each value put where its tag stands."""
    bodies = map(json.loads, requests)
    return [_arrived(body, each) for body in bodies for each in body["personalizations"]]


def _arrived(body: dict[str, Any], each: dict[str, Any]) -> Arrived:
    text, html = (part["value"] for part in body["content"])
    return Arrived(
        delivery=each["custom_args"]["delivery"],
        to=each["to"][0]["email"],
        name=each["to"][0].get("name", ""),
        subject=_put(body["subject"], each),
        text=_put(text, each),
        html=_put(html, each),
        headers=each["headers"],
    )


def _put(text: str, personalization: Mapping[str, Any]) -> str:
    for tag, value in personalization.get("substitutions", {}).items():
        text = text.replace(tag, value)
    return text


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = True
    api: SendgridServer
    open_connections = 0

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.api.lock:
            self.open_connections += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.api.lock:
                self.open_connections -= 1

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients of these tests hang up in the middle on purpose."""


class _Request(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, _Listener)
        api = self.api = self.server.api
        with api.lock:
            api.seen_headers.append({k.lower(): v for k, v in self.headers.items()})
        first = api.script[0] if api.script else None
        if isinstance(first, Break) and first.when == "start":
            api.script.pop(0)
            self._break(first)
            return
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Authorization") != f"Bearer {API_KEY}":
            self._reply(Reply(401, errors((None, "authorization required"))))
            return
        answer = api.answer_to(json.loads(raw))
        if answer.keep:
            api.bag.add(raw)
        api.stopping.wait(api.delay_s)
        if isinstance(answer, Break):
            self._break(answer)
        else:
            self._reply(answer)

    def do_GET(self) -> None:
        """The rights of the key; else, only a client that follows redirects comes here."""
        assert isinstance(self.server, _Listener)
        self.api = self.server.api
        if self.path == "/v3/scopes":
            known = self.headers.get("Authorization") == f"Bearer {API_KEY}"
            rights = {"scopes": self.api.scopes}
            self._reply(Reply(200, json.dumps(rights).encode()) if known else Reply(401))
            return
        with self.api.lock:
            self.api.seen_headers.append({k.lower(): v for k, v in self.headers.items()})
        self._reply(Reply(202))

    def _reply(self, reply: Reply) -> None:
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _break(self, how: Break) -> None:
        if how.hang:
            self.api.stopping.wait()
        elif how.when == "answer":
            self.wfile.write(b"HTTP/1.1 20")
        elif how.when == "start":
            option = struct.pack("ii", 1, 0)  # an RST instead of a FIN
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Tests are quiet."""


def start_api(folder: Path, *, delay_s: float = 0.0) -> AbstractContextManager[SinkProcess]:
    """The server as a process of its own, which keeps every request in `folder`."""
    options = ["--delay", str(delay_s)]
    return running("tests.servers.sendgrid_like", folder, "json", options)


def main() -> None:
    parser = argparse.ArgumentParser(description="An API like SendGrid's that keeps requests.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    with SendgridServer(folder=options.folder, delay_s=options.delay, port=options.port) as server:
        serve_until_input_ends(server.port)


if __name__ == "__main__":
    main()
