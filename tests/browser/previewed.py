"""The preview of a small site, served from this process as `newsletter preview` serves it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from composer.web.preview.app import Preview
from composer.web.preview.desk import Desk
from composer.web.preview.server import listening

TOKEN = "b" * 48
SITE = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
postal_address = "12 Quay Street, Port Example"
base_url = "https://news.example.org"
"""
ISSUE = """\
---
title: Harbour Watch No. 14
date: 2026-11-20
subject: A quiet strike
preheader: Nine hours without cranes.
---

## Dockers Pause Work

Crane crews stopped loading for nine hours.
"""


@dataclass(frozen=True)
class Served:
    folder: Path
    home: str  #: `http://127.0.0.1:PORT`

    def url(self, path: str) -> str:
        """With the key, which the first page puts into a cookie."""
        return f"{self.home}{path}{'&' if '?' in path else '?'}token={TOKEN}"


def small_site(folder: Path) -> Path:
    """A site with one issue, `2026-014`, in `folder`."""
    issue = folder / "issues" / "2026-014"
    issue.mkdir(parents=True)
    (folder / "newsletter.toml").write_text(SITE, encoding="utf-8")
    (issue / "issue.md").write_text(ISSUE, encoding="utf-8")
    return folder


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """The preview of the site in `folder`, until the block ends."""
    listener = listening(0)
    port = listener.getsockname()[1]
    preview = Preview(Desk(folder, {}), token=TOKEN, port=port)
    config = uvicorn.Config(preview.app, log_level="warning", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Served(folder, f"http://127.0.0.1:{port}")
    finally:
        preview.end()
        server.should_exit = True
        thread.join(10)
        listener.close()
        assert not thread.is_alive()
