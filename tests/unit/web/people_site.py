"""A site with a real list in a folder of its own, and its preview as its owner asks it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from starlette.datastructures import Headers
from starlette.types import Message

from composer.audience.csv_file import SubscriberFile
from composer.site import Site
from composer.web.preview.app import Preview
from composer.web.preview.desk import Desk
from tests.loops import finish

HOST = "127.0.0.1:4040"
TOKEN = "a" * 48
CONFIG = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
postal_address = "12 Quay Street, Port Example"
base_url = "https://news.example.org"

[subscribers.fields]
first_name = "text"
role = "text"

[segments]
board = 'role == "board"'

[personas.chair]
first_name = "Amira"
role = "board"
"""
ISSUE = """\
---
title: Harbour Watch No. 14
number: 14
date: 2026-11-20
authors: [Mira Okafor, Jonas Lind]
subject: "Harbour Watch 14: a quiet strike"
preheader: Nine hours without cranes.
---

Dear {{ subscriber.first_name | default("reader") }},

## Dockers Pause Work {#dockers}

Crane crews stopped loading for nine hours. (*The Quay Gazette*, November 18, 2026)

:::only segment=board
The options paper is on [your portal page](https://portal.example.org/14).
:::
"""
READERS = """\
email,first_name,role,status
ana@example.org,Ana,board,confirmed
ben@example.org,,board,confirmed
cleo@example.org,Cleo,member,confirmed
dan@example.net,Dan,member,confirmed
eve@example.net,<b>Zoë,member,unconfirmed
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    text: str


@dataclass
class PeopleSite:
    """`get` and `post` ask as the browser of the owner does, from a page of the preview."""

    folder: Path
    allow_send: bool = False
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        desk = Desk(self.folder, self.environ)
        self.preview = Preview(desk, token=TOKEN, port=4040, allow_send=self.allow_send)

    @classmethod
    def make(cls, folder: Path, *, readers: str = READERS, allow_send: bool = False) -> PeopleSite:
        """Write the site; without `readers` it has no database."""
        issue = folder / "issues" / "2026-014"
        issue.mkdir(parents=True)
        (folder / "newsletter.toml").write_text(CONFIG, encoding="utf-8")
        (issue / "issue.md").write_text(ISSUE, encoding="utf-8")
        if readers:
            (folder / "readers.csv").write_text(readers, encoding="utf-8")
            site = Site.find(folder, {})
            with closing(SubscriberFile(folder / "readers.csv", site.settings.fields)) as file:
                site.database.subscribers.import_file(file, lambda _: None, lambda _: None)
        return cls(folder, allow_send)

    @property
    def site(self) -> Site:
        return Site.find(self.folder, {})

    @property
    def mail(self) -> list[Path]:
        return sorted((self.folder / ".newsletter" / "outbox").rglob("*.eml"))

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, {})

    def post(self, path: str, form: Mapping[str, str], *, origin: str = f"http://{HOST}") -> Answer:
        headers = {"origin": origin, "content-type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, headers, urlencode(form).encode())

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes = b""
    ) -> Answer:
        bare, _, query = path.partition("?")
        own = {
            "host": HOST,
            "cookie": f"newsletter-preview-4040={TOKEN}",
            "content-length": str(len(content)),
        }
        scope = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "server": ("127.0.0.1", 4040),
            "path": bare,
            "raw_path": bare.encode(),
            "query_string": query.encode(),
            "headers": [(n.encode(), v.encode()) for n, v in {**own, **headers}.items()],
        }
        sent: list[Message] = []

        asked = [{"type": "http.request", "body": content, "more_body": False}]

        async def receive() -> Message:
            if not asked:
                await asyncio.Event().wait()  # the browser stays
            return asked.pop()

        async def send(message: Message) -> None:
            sent.append(message)

        async def whole() -> None:
            await self.preview.app(scope, receive, send)

        finish(whole())
        body = b"".join(cast("bytes", message.get("body", b"")) for message in sent)
        text = body.decode()
        return Answer(int(sent[0]["status"]), Headers(raw=sent[0]["headers"]), text)
