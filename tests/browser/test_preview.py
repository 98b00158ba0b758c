"""The preview as an editor sees it: a real server, a real browser, files that are really saved."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect

from tests.servers.forked import Nursery
from tests.servers.previewing import Running, previewing

pytestmark = pytest.mark.browser

ISSUE = "2026-014"
PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("preview")
    # The command leaves a file for each place that it was asked to open.
    editor = f"touch {folder}/opened-{{line}}"
    with previewing(
        nursery, folder / "site", ISSUE, environ={"NEWSLETTER_EDITOR": editor}
    ) as running:
        yield running


@pytest.fixture
def issue(running: Running) -> Iterator[Path]:
    path = running.folder / "issues" / ISSUE / "issue.md"
    before = path.read_text(encoding="utf-8")
    yield path
    if path.read_text(encoding="utf-8") != before:
        path.write_text(before, encoding="utf-8")


@dataclass
class Window:
    """The page of all tests here, and what was strange about it in the test that goes on.

    A new context for each would be a new process of Chromium, which takes thrice as long as
    what most of them look at.
    """

    page: Page
    running: Running
    strange: list[str] = field(default_factory=list)
    is_read: bool = False  #: the test before opened the issue, and left the page as it was

    @contextmanager
    def at_ease(self) -> Iterator[Page]:
        """For somebody new; what is asked of another host, or goes wrong meanwhile, is told."""
        expect.set_options(timeout=PATIENCE_MS)
        self.page.set_viewport_size({"width": 1440, "height": 900})
        self.page.evaluate("() => localStorage.clear()")
        self.strange.clear()
        self.is_read = False
        yield self.page
        assert self.strange == []
        self.page.unroute_all(behavior="ignoreErrors")

    def open(self) -> None:
        self.page.goto(self.running.address)
        self.page.wait_for_selector("body[data-shown]")


@pytest.fixture(scope="module")
def window(browser: Browser, running: Running) -> Iterator[Window]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    window = Window(context.new_page(), running)

    def ask(url: str) -> None:
        # None of these is answered: to this browser there is no other host.
        if not url.startswith((running.origin, "data:")):
            window.strange.append(url)

    # A route would say it too, and switch off the cache that our own files are kept in.
    context.on("request", lambda request: ask(request.url))
    window.page.on("pageerror", lambda error: window.strange.append(str(error)))
    window.page.on(
        "console", lambda said: window.strange.append(said.text) if is_error(said) else None
    )
    window.open()
    yield window
    context.close()


@pytest.fixture
def tab(window: Window) -> Iterator[Page]:
    """For tests that open what they look at themselves."""
    with window.at_ease() as page:
        yield page


@pytest.fixture
def page(window: Window) -> Iterator[Page]:
    """The issue, opened by somebody new."""
    with window.at_ease() as page:
        window.open()
        yield page


@pytest.fixture
def read_page(window: Window) -> Iterator[Page]:
    """The issue, for tests that leave the page as it was: the next of them goes on with it."""
    was_read = window.is_read
    with window.at_ease() as page:
        if not was_read:
            window.open()
        yield page
        window.is_read = True


def is_error(said: ConsoleMessage) -> bool:
    """Whether a script or a policy complains; that an issue is not there any more is news."""
    return said.type == "error" and "404 (Not Found)" not in said.text


def save(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(path: Path, words: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, start=1) if words in line)


def query_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_what_is_saved_is_seen_marked_and_scrolled_to(page: Page, issue: Path) -> None:
    letter = page.frame_locator("#letter")
    line = line_of(issue, "Talks go on **next week**")

    save(issue, "Talks go on **next week**", "Parleys go on **next week**")

    expect(letter.get_by_text("Parleys go on")).to_be_visible()
    expect(page.locator("body")).to_have_attribute("data-marked", str(line))
    expect(letter.get_by_text("Parleys go on")).to_be_in_viewport()


def test_the_place_that_is_looked_at_stays(page: Page, issue: Path) -> None:
    letter, stage = page.frame_locator("#letter"), page.locator("#view")
    place = letter.get_by_text("Talks go on")
    place.scroll_into_view_if_needed()
    before = stage.evaluate("stage => stage.scrollTop")
    assert before > 0

    save(issue, "with a mediator from Osterby", "with the mediator from Osterby")

    expect(letter.get_by_text("with the mediator from Osterby")).to_be_visible()
    assert abs(stage.evaluate("stage => stage.scrollTop") - before) <= 2


def test_twenty_quick_saves_end_in_the_last(page: Page, issue: Path) -> None:
    text = issue.read_text(encoding="utf-8")
    for number in range(1, 21):
        issue.write_text(text.replace("Dear {{", f"Dear {number:02} {{{{", 1), encoding="utf-8")

    expect(page.frame_locator("#letter").get_by_text("Dear 20 reader")).to_be_visible()


def test_a_mistake_keeps_the_last_good_letter_and_says_where(page: Page, issue: Path) -> None:
    letter = page.frame_locator("#letter")
    line = line_of(issue, ":::note")

    save(issue, ":::note", ":::nota")

    overlay = page.locator("#errors .overlay")
    expect(overlay).to_contain_text("there is no :::nota")
    expect(overlay).to_contain_text(f"issues/{ISSUE}/issue.md:{line}:1")
    expect(overlay).to_contain_text("did you mean 'note'?")
    expect(letter.get_by_text("Dear reader,")).to_be_visible()

    save(issue, ":::nota", ":::note")

    expect(overlay).to_have_count(0)


def test_a_broken_site_file_keeps_the_letter_too(page: Page, running: Running) -> None:
    site = running.folder / "newsletter.toml"
    before = site.read_text(encoding="utf-8")
    try:
        site.write_text(before.replace("[newsletter]", "[newsletter", 1), encoding="utf-8")
        expect(page.locator("#errors .overlay")).to_contain_text("newsletter.toml:")
        expect(page.frame_locator("#letter").get_by_text("Dear reader,")).to_be_visible()
    finally:
        site.write_text(before, encoding="utf-8")
    expect(page.locator("#errors .overlay")).to_have_count(0)


def test_a_template_and_a_picture_trigger_too(page: Page, running: Running) -> None:
    shown = page.locator("body").get_attribute("data-shown")

    (running.folder / "email_templates" / "new.css").write_text("/* */", encoding="utf-8")

    expect(page.locator("body")).not_to_have_attribute("data-shown", str(shown))


@pytest.mark.parametrize(
    ("words", "inside"),
    [
        ("Crane crews at the Lindö", "text=Crane crews at"),  # a paragraph
        ("## Dockers Pause Work", "h2:has-text('Dockers Pause Work')"),
        ("> We were asked to train", "text=We were asked to train"),  # a quote
        ("The port authority counts six", "text=The port authority counts six"),  # a note
        ("| Per empty 40-foot box", "td:text-is('Sea freight home')"),  # a table's later row
        ("![Two gantry cranes", "img[alt^='Two gantry']"),
        ("Refrigerated boxes, but only", "text=Refrigerated boxes"),  # an item
        ("(*The Quay Gazette*", "text=The Quay Gazette"),  # a citation stands on its line
        ("Order the options paper", "a:text-is('Order the options paper')"),  # a button
        ("title: Harbour Watch", "h1"),
    ],
)
def test_a_click_on_the_letter_opens_its_line(
    read_page: Page, running: Running, issue: Path, words: str, inside: str
) -> None:
    line = line_of(issue, words)
    opened = running.folder.parent / f"opened-{line}"
    opened.unlink(missing_ok=True)

    with read_page.expect_response("**/open") as answer:
        read_page.frame_locator("#letter").locator(inside).first.click()

    assert answer.value.status == 204
    until = time.monotonic() + 30
    while not opened.exists():  # the editor is a process of its own
        assert time.monotonic() < until, f"line {line} was not opened"


def test_views_schemes_and_help_are_a_key_away(page: Page) -> None:
    for key, view in (("2", "inbox"), ("3", "text"), ("5", "checks"), ("7", "grid")):
        page.keyboard.press(key)
        expect(page.locator("#view")).to_have_attribute("data-view", view)
        assert query_of(page) == {"view": [view]}
    page.keyboard.press("1")
    expect(page.locator("#view")).to_have_attribute("data-view", "preview")

    page.keyboard.press("d")
    expect(page.locator("#view")).to_have_attribute("data-scheme", "dark")
    assert query_of(page) == {"scheme": ["dark"]}
    paper = "el => getComputedStyle(el).backgroundColor"
    ground = page.frame_locator("#letter").locator("body")
    expect(ground).to_have_css("background-color", "rgb(27, 26, 24)")
    assert ground.evaluate(paper) == "rgb(27, 26, 24)"

    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()


def test_arrows_lead_to_the_issues_beside(page: Page) -> None:
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/issues/2026-015**")
    page.wait_for_selector("body[data-shown]")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/issues/{ISSUE}**")


def test_the_handle_at_the_edge_works_by_keys_and_by_hand(page: Page) -> None:
    handle = page.locator("#handle")
    handle.focus()
    page.keyboard.press("PageDown")
    expect(page.locator("#letter")).to_have_attribute("width", "590")
    page.wait_for_url("**?width=590")

    box = page.locator("#handle").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 8, box["y"] + 200)
    page.mouse.down()
    # A hand moves in steps, and a busy page sees them one after the other.
    page.mouse.move(box["x"] - 42, box["y"] + 200, steps=5)
    page.mouse.up()
    expect(page.locator("#letter")).to_have_attribute("width", "490")
    page.wait_for_url("**?width=490")


def test_the_reader_is_chosen_by_persona_and_a_stranger_is_told(page: Page) -> None:
    letter, who = page.frame_locator("#letter"), page.locator("#who")
    who.fill("board-member")
    who.press("Enter")
    expect(letter.get_by_text("Guten Tag, Amira,")).to_be_visible()

    who.fill("nobody-of-that-name")
    who.press("Enter")
    expect(page.locator("#errors")).to_contain_text("there is no persona 'nobody-of-that-name'")
    page.get_by_role("link", name="Nobody in particular").click()
    expect(letter.get_by_text("Dear reader,")).to_be_visible()
    expect(page.locator("#errors .overlay")).to_have_count(0)


def test_the_source_is_searched_where_it_stands(page: Page) -> None:
    page.keyboard.press("4")
    page.locator("#search").wait_for()
    page.keyboard.press("/")
    page.keyboard.type('role="article"')
    expect(page.locator("#hits")).to_have_text("1 of 1")


def test_a_finding_leads_to_the_letter(page: Page, issue: Path) -> None:
    save(issue, "There was no banner and no march.", "There was no banner and and no march.")
    item = page.locator("#found li", has_text="stands here twice").first
    item.locator(".said").click()
    expect(page.locator("body")).to_have_attribute(
        "data-marked", str(line_of(issue, "banner and and"))
    )


def test_a_choice_is_not_lost_to_a_letter_that_comes_later(tab: Page, running: Running) -> None:
    held: list[Route] = []
    holding = True

    def hold(route: Route) -> None:
        if holding and "/letter.html" in route.request.url:
            held.append(route)
        else:
            route.fallback()

    tab.route("**/letter.html*", hold)
    tab.goto(f"{running.origin}/issues/2026-014", wait_until="commit")
    tab.wait_for_selector("body[data-shown]")
    with tab.expect_response("**/state.json?scheme=dark"):
        tab.keyboard.press("d")
    expect(tab.get_by_role("link", name="Dark")).to_have_attribute("aria-current", "true")
    holding = False
    for one in held:
        one.fallback()

    dark = "rgb(27, 26, 24)"
    expect(tab.frame_locator("#letter").locator("body")).to_have_css("background-color", dark)


def test_an_issue_that_is_gone_leads_back_to_the_list(tab: Page, running: Running) -> None:
    folder = running.folder / "issues" / "2026-099"
    folder.mkdir()
    (folder / "issue.md").write_text(
        "---\ntitle: Brief\ndate: 2026-12-01\n---\n\nShort.\n", encoding="utf-8"
    )
    tab.goto(f"{running.origin}/issues/2026-099")
    tab.wait_for_selector("body[data-shown]")

    (folder / "issue.md").unlink()

    expect(tab.get_by_role("alert")).to_contain_text("2026-099")
    expect(tab).to_have_url(f"{running.origin}/")
    tab.reload()
    expect(tab.get_by_role("link", name="Harbour Watch").first).to_be_visible()
    expect(tab.get_by_role("alert")).to_have_count(0)


def test_without_scripts_links_and_forms_do_it(browser: Browser, running: Running) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(running.address)
    page.get_by_role("link", name="Dark").click()
    page.get_by_label("Reading as").fill("board-member")
    page.get_by_role("button", name="Show").click()
    assert query_of(page)["scheme"] == ["dark"]
    assert query_of(page)["who"] == ["board-member"]
    expect(page.frame_locator("#letter").get_by_text("Guten Tag, Amira,")).to_be_visible()
    page.get_by_role("link", name="Checks", exact=True).click()
    expect(page.locator("#view")).to_contain_text("check")
    context.close()


def test_every_control_has_a_name_and_every_id_is_one(page: Page) -> None:
    for key in "12345678":
        page.keyboard.press(key)
        expect(page.locator(f'.tabs [data-key="{key}"]')).to_have_attribute("aria-current", "page")
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select")]
              .filter(e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length))
              .map(e => e.outerHTML.slice(0, 90))"""
        )
        assert nameless == []
        twice = page.evaluate(
            """() => { const all = [...document.querySelectorAll("[id]")].map(e => e.id);
              return all.filter((id, n) => all.indexOf(id) !== n); }"""
        )
        assert twice == []


@pytest.mark.parametrize("view", ["preview", "inbox", "source", "checks", "grid"])
def test_nothing_is_cut_off_at_1024_pixels(tab: Page, running: Running, view: str) -> None:
    tab.set_viewport_size({"width": 1024, "height": 768})
    tab.goto(f"{running.origin}/issues/{ISSUE}?view={view}")
    tab.wait_for_selector("body[data-shown]")
    wide = tab.evaluate(
        """() => [...document.querySelectorAll(".bar, .head, .tools, .side, .foot")]
          .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className)"""
    )
    assert wide == []
    expect(tab.locator("#found")).to_be_hidden()
    if view != "checks":
        tab.keyboard.press("f")
        expect(tab.locator("#found")).to_be_visible()


def test_a_server_that_comes_back_is_found_again(
    browser: Browser, running: Running, nursery: Nursery, tmp_path: Path
) -> None:
    shutil.copytree(running.folder, tmp_path / "site")
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    with previewing(nursery, tmp_path / "site", ISSUE) as first:
        port = int(first.origin.rpartition(":")[2])
        page.goto(first.address)
        page.wait_for_selector("body[data-shown]")
        code, said = first.stop()
    assert code == 0
    assert "Traceback" not in said
    expect(page.locator("body")).to_have_attribute("data-link", "lost")
    save(tmp_path / "site" / "issues" / ISSUE / "issue.md", "Dear {{", "Welcome back {{")
    with previewing(nursery, tmp_path / "site", ISSUE, port=port):
        expect(page.frame_locator("#letter").get_by_text("Welcome back reader")).to_be_visible()
        expect(page.locator("body")).to_have_attribute("data-link", "live")
        context.close()
