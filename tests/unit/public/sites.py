"""Sites for tests of the readers' pages, and somebody who asks their app."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from urllib.parse import unquote_to_bytes, urlencode

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message

from composer.model.address import Address
from composer.site import Site
from composer.web.public.door import public_app
from composer.web.public.front import Front
from composer.web.public.posting import send_waiting
from tests.databases import URL_FILE
from tests.loops import finish

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

        finish(whole())
        body = b"".join(cast("bytes", message.get("body", b"")) for message in sent)
        return Answer(int(sent[0]["status"]), Headers(raw=sent[0]["headers"]), body)


# --- a site whose clock and post stand still --------------------------------------------------

PUBLIC = """
[subscribers.fields]
topics = "set"
role = "text"
[public.topics]
topics = ["energy", "policy"]
[public.labels.en]
policy = "Trade policy"
"""


ISSUE = """\
---
title: {title}
number: {number}
date: 2026-11-{day:02}
authors: [Mira Okafor]
categories: [Ports and Shipping]
archive: {archive}
---

## {title}

Crane crews stopped loading for nine hours. (*The Quay Gazette*, November 18, 2026)

![Two cranes](cranes.png)
"""
#: One grey pixel.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)


def with_issues(folder: Path) -> Path:
    """Put issues into a site: one in two languages, one for members, one for nobody."""
    for number, archive in ((14, "public"), (15, "members"), (16, "never")):
        issue = folder / "issues" / f"2026-0{number}"
        issue.mkdir(parents=True)
        text = ISSUE.format(title=f"No. {number}", number=number, day=number, archive=archive)
        (issue / "issue.md").write_text(text)
        (issue / "cranes.png").write_bytes(PICTURE)
    german = "---\ntitle: Nr. 14\nlocale: de\n---\n\n## Nr. 14\n\nDie Kräne standen still.\n"
    (folder / "issues" / "2026-014" / "issue.de.md").write_text(german)
    return folder


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def go_on(self, **more: float) -> None:
        self.at += timedelta(**more)


@cache
def _empty_database() -> bytes:
    """To copy it is quicker than to make the tables each time."""
    with TemporaryDirectory() as folder:
        site = make_site(Path(folder), TOML + PUBLIC)
        site.database.probe()
        site.database.store.engine.dispose()
        return (site.state / "newsletter.db").read_bytes()


@dataclass
class House:
    """A site's pages, somebody who asks them, and the mails that went out."""

    front: Front
    clock: Clock
    reader: Reader

    @classmethod
    def at(cls, folder: Path, toml: str = TOML + PUBLIC) -> House:
        if not (folder / URL_FILE).is_file():
            (folder / ".newsletter").mkdir(parents=True, exist_ok=True)
            (folder / ".newsletter" / "newsletter.db").write_bytes(_empty_database())
        clock = Clock()
        front = Front(make_site(folder, toml), now=clock)
        return cls(front, clock, Reader(public_app(front)))

    def ask(self, address: str = "ana@example.net", **more: str) -> Answer:
        """As a person does who reads the form before they send it."""
        stamp = self.front.stamps.made(self.front.seconds)
        self.clock.go_on(seconds=5)
        return self.reader.post("/subscribe", {"stamp": stamp, "address": address} | more)

    def mails(self) -> list[EmailMessage]:
        """Send what waits, and say what went out since the last time."""
        outbox = self.front.site.state / "outbox"
        before = set(outbox.glob("*.eml"))
        send_waiting(self.front, self.front.site.provider("outbox", outbox=outbox))
        new = sorted(set(outbox.glob("*.eml")) - before)
        return [message_from_bytes(path.read_bytes(), policy=default) for path in new]

    def link(self, mail: EmailMessage) -> str:
        """The path that a confirmation mail leads to."""
        body = mail.get_body(("plain",))
        assert body is not None
        return str(re.findall(r"https://news\.example\.org(/\S+)", body.get_content())[0])

    def join(self, address: str = "ana@example.net", **more: str) -> str:
        """The token of a new reader, by the way that readers come."""
        assert self.ask(address, **more).status == 200
        (mail,) = self.mails()
        page = self.reader.post(self.link(mail))
        assert page.status == 200
        return str(re.findall(r'/preferences/([^"]+)"', page.text)[0])

    def suppressed(self, address: str = "ana@example.net") -> str:
        """Why nobody writes there; empty when they may."""
        found = self.front.site.database.subscribers.suppression(Address.parse(address))
        return found[0] if found else ""
