"""A client that asks an app in this process, and tidies nothing up: what is given is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message

from tests.loops import finish

HOST = "127.0.0.1:4040"
TOKEN = "a" * 48


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


@dataclass(frozen=True)
class Asker:
    """Asks as the owner when it has the `token`, as a stranger when it has none."""

    app: ASGIApp
    token: str = ""

    def get(self, path: str, headers: Iterable[tuple[str, str]] = ()) -> Answer:
        return self.ask("GET", path, headers)

    def post(
        self, path: str, headers: Iterable[tuple[str, str]] = (), content: bytes = b""
    ) -> Answer:
        length = ("Content-Length", str(len(content)))
        given = list(headers)
        named = {name.lower() for name, _ in given}
        own = [] if named & {"content-length", "transfer-encoding"} else [length]
        return self.ask("POST", path, [*given, *own], content)

    def ask(
        self, method: str, path: str, headers: Iterable[tuple[str, str]] = (), content: bytes = b""
    ) -> Answer:
        given = list(headers)
        if not any(name.lower() == "host" for name, _ in given):
            given.append(("Host", HOST))
        if self.token:
            given.append(("Cookie", f"newsletter-preview-4040={self.token}"))
        bare, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "server": ("127.0.0.1", 4040),
            "path": unquote_to_bytes(bare).decode("utf-8", "replace"),
            "raw_path": bare.encode(),
            "query_string": query.encode(),
            "headers": [(n.lower().encode("latin-1"), v.encode("utf-8")) for n, v in given],
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        async def whole() -> None:
            await self.app(scope, receive, send)

        finish(whole())
        body = b"".join(cast("bytes", message.get("body", b"")) for message in sent)
        return Answer(int(sent[0]["status"]), Headers(raw=sent[0]["headers"]), body)
