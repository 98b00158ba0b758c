"""A letter that wants out of its frame, in a real browser: it loads, runs and moves nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page

from composer.model.issue import Issue
from composer.site import Site
from composer.web.preview import desk
from composer.web.preview.chosen import Reader
from composer.web.preview.letters import Letter, letter_of
from tests.browser.previewed import Served, serving, small_site

pytestmark = pytest.mark.browser

#: `WITNESS` becomes the address of a server that must not be called.
HOSTILE = """<!doctype html><html lang="en"><head><title>x</title>
<meta http-equiv="refresh" content="0;url=WITNESS/refresh">
<base href="WITNESS/base/" target="_top">
<link rel="preconnect" href="WITNESS"><link rel="dns-prefetch" href="WITNESS">
<link rel="prefetch" href="WITNESS/prefetch"><link rel="preload" as="image" href="WITNESS/preload">
<link rel="stylesheet" href="WITNESS/sheet.css"><link rel="icon" href="WITNESS/icon">
<link
 rel=preconnect href=WITNESS>
<style>@import url(WITNESS/import.css); body { background: url(WITNESS/background) }
@font-face { font-family: F; src: url(WITNESS/font) } p { font-family: F }</style>
<script>parent.document.title = "escaped"; fetch("WITNESS/script")</script>
</head><body onload="parent.document.title = 'escaped'">
<p>text</p>
<img src="WITNESS/image" srcset="WITNESS/set 2x" onerror="parent.document.title = 'escaped'">
<video src="WITNESS/video" poster="WITNESS/poster" autoplay></video>
<iframe src="WITNESS/frame"></iframe><iframe srcdoc="<script>top.document.title='escaped'</script>">
</iframe><object data="WITNESS/object"></object><embed src="WITNESS/embed">
<svg><image href="WITNESS/svg"/><script>parent.document.title = "escaped"</script>
<use href="WITNESS/use#x"/><animate onbegin="parent.document.title='escaped'"/></svg>
<details open ontoggle="parent.document.title = 'escaped'"></details>
<table background="WITNESS/table"><tr><td>x</td></tr></table>
<form id="form" action="WITNESS/form" target="_top"><button id="send">send</button></form>
<a id="top" href="WITNESS/top" target="_top">top</a>
<a id="plain" href="WITNESS/plain" ping="WITNESS/ping">plain</a>
<a id="code" href="javascript:parent.document.title='escaped'">code</a>
<a id="code-top" target="_top" href="javascript:document.title='escaped'">code</a>
<a id="ours" href="/issues/2026-014?view=text" target="_self">ours</a>
</body></html>"""
LINKS = ("top", "plain", "code", "code-top", "ours", "send")


class Witness:
    """A port that must stay silent."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.listener.setblocking(False)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def calls(self) -> int:
        """How many have called since the last look."""
        found = 0
        while True:
            try:
                self.listener.accept()[0].close()
            except BlockingIOError:
                return found
            found += 1


@pytest.fixture(scope="module")
def witness() -> Iterator[Witness]:
    made = Witness()
    yield made
    made.listener.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, witness: Witness) -> Iterator[Served]:
    """A preview whose letters are hostile, however the templates would be read."""

    def hostile(site: Site, issue: Issue, reader: Reader) -> Letter:
        letter = letter_of(site, issue, reader)
        return replace(letter, html=HOSTILE.replace("WITNESS", witness.address))

    folder = small_site(tmp_path_factory.mktemp("frame") / "site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "letter_of", hostile)
        with serving(folder) as found:
            yield found


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """Each test opens its page anew in it; what a letter set off late would be told by the next."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def _settled(page: Page) -> None:
    # Not wait_for_function: it evaluates text, which our page's policy forbids.
    page.locator("body[data-shown]").wait_for(state="attached")
    page.frame_locator("#letter").locator("#ours").wait_for(state="attached")


def test_a_hostile_letter_calls_nobody_and_runs_nothing(
    served: Served, witness: Witness, page: Page
) -> None:
    page.goto(served.url("/issues/2026-014"))
    _settled(page)
    issue = served.folder / "issues" / "2026-014" / "issue.md"
    shown = page.evaluate("document.body.dataset.shown")
    issue.write_text(issue.read_text("utf-8").replace("nine", "ten"), encoding="utf-8")
    page.locator(f'body[data-shown]:not([data-shown="{shown}"])').wait_for(state="attached")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 300)))")

    assert page.title() == "Harbour Watch No. 14 — preview"
    assert page.url.startswith(served.home)
    assert witness.calls() == 0


@pytest.mark.parametrize("link", LINKS)
def test_no_click_leads_the_page_away(
    link: str, served: Served, witness: Witness, page: Page
) -> None:
    page.goto(served.url("/issues/2026-014"))
    _settled(page)
    frame = page.frame_locator("#letter")
    for keys in ([], ["Shift"]):
        frame.locator(f"#{link}").dispatch_event("click", {"shiftKey": bool(keys)})
        frame.locator(f"#{link}").click(force=True, no_wait_after=True)
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 200)))")

    assert page.title() == "Harbour Watch No. 14 — preview"
    assert page.url.startswith(served.home)
    assert page.evaluate("document.getElementById('letter').contentWindow.location.pathname") == (
        "/issues/2026-014/letter.html"
    )
    assert witness.calls() == 0


@pytest.mark.parametrize("link", LINKS)
def test_nor_does_the_letter_opened_by_itself(
    link: str, served: Served, witness: Witness, page: Page
) -> None:
    """Without the page around it there is only what its own answer says."""
    page.goto(served.url("/issues/2026-014/letter.html"))
    page.evaluate("document.title = 'still here'")
    calls = witness.calls()
    if link.startswith(("code", "send")):
        page.locator(f"#{link}").click(force=True, no_wait_after=True)

    assert page.title() == "still here"
    assert calls == 0
    assert witness.calls() == 0
