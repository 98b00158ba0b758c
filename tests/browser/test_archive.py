"""The archive in a browser: search without a server, both schemes, no request elsewhere."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from datetime import date
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from composer.archive import build
from composer.archive.folder import write_archive
from composer.site import Site

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        return


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    site = Site.find(ROOT, {})
    issues = [site.read(path.parent.name) for path in site.issue_paths()]
    folder = tmp_path_factory.mktemp("archive")
    write_archive(build(issues, site.settings.newsletter, until=date(2030, 1, 1)), folder)
    handler = functools.partial(Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_search_finds_words_with_and_without_their_accents(
    browser: Browser, address: str
) -> None:
    page = browser.new_page()
    page.goto(f"{address}/archive/")
    everything = page.locator("#issues li").count()
    page.fill("#q", "sibeal")
    page.wait_for_function("document.querySelector('output').textContent === '1'")

    assert page.locator("#issues li").count() == 1 < everything
    page.fill("#q", "")
    page.wait_for_function(f"document.querySelectorAll('#issues li').length === {everything}")
    page.close()


def test_a_page_asks_nobody_else_and_is_no_wider_than_a_phone(
    browser: Browser, address: str
) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 700})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/archive/2026-014/")

    assert all(url.startswith(address) for url in asked)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_has_the_letters_colours(browser: Browser, address: str, scheme: str) -> None:
    palette = Site.find(ROOT, {}).settings.newsletter.palette
    paper = palette.paper if scheme == "light" else palette.dark_paper
    page = browser.new_page(color_scheme="light" if scheme == "light" else "dark")
    page.goto(f"{address}/archive/2026-015/")
    shown = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    red, green, blue = (int(paper[at : at + 2], 16) for at in (1, 3, 5))

    assert shown == f"rgb({red}, {green}, {blue})"
    page.close()
