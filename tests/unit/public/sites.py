"""Sites for tests of the readers' pages, and somebody who asks their app."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import unquote_to_bytes, urlencode

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message

from composer.site import Site
from tests.databases import URL_FILE

TOML = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
reply_to = "editors@news.example.org"
base_url = "https://news.example.org"
postal_address = "12 Quay Street, Port Example"
"""


def make_site(folder: Path, toml: str = TOML) -> Site:
    """A site in `folder`, on the database that the folder was given."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "newsletter.toml").write_text(toml)
    environ = dict(os.environ)
    if (folder / URL_FILE).is_file():
        environ["NEWSLETTER_DATABASE_URL"] = (folder / URL_FILE).read_text()
    return Site.find(folder, environ)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


@dataclass(frozen=True)
class Reader:
    """Asks as a browser without cookies and scripts would; `host` is whom the server sees."""

    app: ASGIApp
    host: str = "192.0.2.7"

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("GET", path, headers)

    def post(
        self,
        path: str,
        form: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        pairs = list(form.items()) if isinstance(form, Mapping) else list(form)
        return self.ask("POST", path, kind | dict(headers or {}), urlencode(pairs).encode())

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> Answer:
        given = {"Host": "news.example.org", "Content-Length": str(len(content))}
        given |= dict(headers or {})
        bare, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "scheme": "https",
            "server": ("news.example.org", 443),
            "client": (self.host, 50_000),
            "path": unquote_to_bytes(bare).decode("utf-8", "replace"),
            "raw_path": bare.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(n.lower().encode("latin-1"), v.encode()) for n, v in given.items()],
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        async def whole() -> None:
            await self.app(scope, receive, send)

        asyncio.run(whole())
        body = b"".join(cast("bytes", message.get("body", b"")) for message in sent)
        return Answer(int(sent[0]["status"]), Headers(raw=sent[0]["headers"]), body)
