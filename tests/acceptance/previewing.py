"""`newsletter preview` as a process of its own, and the browser of its owner."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from tests.acceptance.conftest import SiteFolder
from tests.servers.forked import Forked


class Owner:
    """A browser without scripts, which has opened the address that was printed."""

    def __init__(self, address: str) -> None:
        found = urlsplit(address)
        self.address = address
        self.host = f"{found.hostname}:{found.port}"
        token = found.query.removeprefix("token=")
        self.cookie = f"newsletter-preview-{found.port}={token}"

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        connection = HTTPConnection(self.host, timeout=60)
        headers = {"Cookie": self.cookie}
        if form is not None:
            headers |= {"Origin": f"http://{self.host}"}
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers.get("Location") or text

    def send(self, path: str, typed: str) -> tuple[int, str]:
        """Type the confirmation into the form of the plan at `path`."""
        _, page = self.ask("GET", path)
        hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
        form = {name: html.unescape(value) for name, value in hidden} | {"confirm": typed}
        return self.ask("POST", path.partition("/plan")[0] + "/send", form)


@contextmanager
def previewing(site: SiteFolder, *words: str) -> Iterator[tuple[Forked, Owner]]:
    process = site.start("preview", "--port", "0", *words)
    assert process.stdout is not None
    try:
        yield process, Owner(process.stdout.readline().strip())
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
