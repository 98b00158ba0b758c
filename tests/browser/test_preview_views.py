"""Every view of the preview and every control of it, with a list, a mailing and a history."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.servers.forked import Nursery
from tests.servers.previewing import ROOT, Running, newsletter, previewing

pytestmark = pytest.mark.browser

ISSUE = "2026-014"
PATIENCE_MS = 60_000
READER = "ana.diaz@example.org"  # of the board, on the list


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Running]:
    """The sample, committed, approved and sent; then two words of the issue were changed."""
    site = tmp_path_factory.mktemp("views") / "site"
    site.mkdir()
    for name in ("issues/2026-014", "issues/2026-015", "email_templates"):
        shutil.copytree(ROOT / name, site / name)
    shutil.copy(ROOT / "newsletter.toml", site)
    newsletter(nursery, site, "subscribers", "import", str(ROOT / "subscribers.example.csv"))
    newsletter(nursery, site, "send", ISSUE, "--segment", "board", "--confirm", "board 4")
    who = ("-c", "user.name=Mira", "-c", "user.email=mira@example.org")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "The sample"]):
        subprocess.run(["git", *who, *words], cwd=site, check=True)  # noqa: S603, S607 - our words
    path = site / "issues" / ISSUE / "issue.md"
    text = path.read_text("utf-8").replace("no banner", "one banner")
    path.write_text(text.replace("our arithmetic]", "here]"), "utf-8")
    with previewing(nursery, site, ISSUE, environ={"NEWSLETTER_EDITOR": "true"}) as running:
        yield running


@pytest.fixture(scope="module")
def page(browser: Browser, running: Running) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=running.origin)
    expect.set_options(timeout=PATIENCE_MS)
    page = context.new_page()
    page.goto(running.address)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: wrong.append(asked.url) if _is_abroad(asked.url) else None)
    yield page
    context.close()
    assert wrong == []


def _is_abroad(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "data:", "about:"))


@pytest.fixture
def look(page: Page, running: Running) -> Page:
    """The issue in its first view, nothing chosen."""
    page.goto(f"{running.origin}/issues/{ISSUE}")
    page.wait_for_selector("body[data-shown]")
    return page


def state(page: Page) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(page.url).query))


def choose(page: Page, group: str, name: str) -> None:
    page.get_by_role("group", name=group).get_by_role("link", name=name, exact=True).click()


def test_widths_schemes_images_styles_and_zoom_are_seen_and_are_in_the_address(
    look: Page,
) -> None:
    frame, letter = look.locator("#letter"), look.frame_locator("#letter")
    choose(look, "Width", "320")
    expect(frame).to_have_attribute("width", "320")
    look.locator("#width").fill("512")
    look.locator("#width").press("Enter")
    expect(frame).to_have_attribute("width", "512")

    choose(look, "Scheme", "Dark")
    expect(letter.locator("body")).to_have_css("background-color", "rgb(27, 26, 24)")
    choose(look, "Scheme", "Forced")
    expect(letter.locator("html")).to_have_css("filter", "invert(1) hue-rotate(180deg)")
    choose(look, "Scheme", "Light")
    expect(letter.locator("html")).to_have_css("filter", "none")

    expect(letter.locator("img[src]")).not_to_have_count(0)
    look.keyboard.press("i")
    expect(letter.locator("img[src]")).to_have_count(0)
    sheets = letter.locator("style:not(#preview-own)")
    many = sheets.count()
    choose(look, "What is shown", "Styles on")
    expect(sheets).to_have_count(1)  # ours, which holds the scheme
    assert many > 1
    choose(look, "What is shown", "Remote off")
    look.get_by_role("link", name="Larger").click()
    expect(look.locator("#view")).to_have_attribute("data-zoom", "125")

    expect(look.get_by_role("link", name="Zoom 125 %")).to_be_visible()
    said = {"width": "512", "images": "off", "style": "off", "remote": "on", "zoom": "125"}
    assert state(look) == said
    look.reload()
    look.wait_for_selector("body[data-shown]")
    expect(frame).to_have_attribute("width", "512")
    expect(letter.locator("img[src]")).to_have_count(0)


def test_what_is_chosen_before_the_page_is_drawn_anew_is_all_kept(look: Page) -> None:
    frame, letter = look.locator("#letter"), look.frame_locator("#letter")
    choose(look, "Scheme", "Forced")
    expect(letter.locator("html")).to_have_css("filter", "invert(1) hue-rotate(180deg)")
    held: list[Route] = []
    holding = True

    def hold(route: Route) -> None:
        """No answer comes while all of these are chosen."""
        if holding:
            held.append(route)
        else:
            route.continue_()

    look.route("**/state.json*", hold)
    choose(look, "Scheme", "Light")
    look.keyboard.press("i")
    choose(look, "What is shown", "Remote off")
    choose(look, "What is shown", "Styles on")
    choose(look, "What is shown", "Styles on")  # twice is as it was
    look.get_by_label("Segment").select_option("board")
    look.locator("#width").fill("512")
    look.locator("#width").press("Enter")
    look.get_by_role("link", name="Larger").click()
    holding = False
    for one in held:
        one.continue_()
    said = {"images": "off", "remote": "on", "segment": "board", "width": "512", "zoom": "125"}
    expect(look.locator("#view")).to_have_attribute("data-zoom", "125")
    assert state(look) == said
    expect(letter.locator("html")).to_have_css("filter", "none")
    expect(letter.locator("img[src]")).to_have_count(0)
    expect(frame).to_have_attribute("width", "512")
    expect(look.get_by_label("Segment")).to_have_value("board")


def test_the_inbox_cuts_as_clients_cut(look: Page) -> None:
    look.keyboard.press("2")
    inboxes = look.locator(".client")
    for name in ("Gmail, desktop", "Gmail, phone", "Apple Mail, phone", "Outlook, desktop"):
        expect(inboxes.filter(has=look.get_by_role("heading", name=name))).to_have_count(1)
    phone = inboxes.filter(has_text="Gmail, phone")
    expect(phone.locator(".own .subject")).to_have_text("Harbour Watch 14: a quiet strike and a…")
    expect(phone.locator("del").first).to_have_text(" loud tariff")
    expect(phone.locator("li")).to_have_count(3)
    seen = look.locator(".client .own .sender").all_inner_texts()
    assert set(seen) == {"Harbour Watch"}


#: The size beside the source is that of the source which is shown.
_MEASURED = """() => {
  const shown = document.querySelector("#source"), told = document.querySelector("#tools");
  const bytes = new TextEncoder().encode(shown ? shown.innerText : "").length;
  return told !== null && told.innerText.includes(bytes.toLocaleString("en"));
}"""


def test_the_source_is_shown_in_each_form_measured_and_copied(look: Page) -> None:
    look.keyboard.press("4")
    source = look.locator("#source")
    for form, words in (
        ("HTML", "<!DOCTYPE html>"),
        ("MJML", "<mjml"),
        ("Message", "multipart/alternative"),
        ("Headers", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
    ):
        choose(look, "Source", form)
        # What one form begins with may stand in the one before, too: wait for both together.
        look.wait_for_function(_MEASURED)
        expect(source).to_contain_text(words)
    look.get_by_role("button", name="Copy").click()
    expect(look.get_by_role("button", name="Copied")).to_be_visible()
    copied = look.evaluate("navigator.clipboard.readText()")
    assert copied == source.inner_text()


def test_checks_are_grouped_and_show_their_place_in_the_letter_of_its_language(
    look: Page, running: Running
) -> None:
    path = running.folder / "issues" / ISSUE
    line = _line(path / "issue.md", "[here](")
    look.keyboard.press("5")
    links = look.locator(".group").filter(has=look.get_by_role("heading", name="Links"))
    found = links.locator("li", has_text="link/text")
    expect(found.locator(".edit")).to_contain_text(f"issues/{ISSUE}/issue.md:{line}:")
    with look.expect_response("**/open") as opened:
        found.locator(".edit").click()
    assert opened.value.status == 204
    look.keyboard.press("1")
    expect(look.locator("body")).to_have_attribute("data-marked", str(line))
    look.keyboard.press("5")
    found.get_by_role("link", name="show in the letter").click()
    expect(look.locator("body")).to_have_attribute("data-marked", str(line))

    # What is wrong in the translation is shown in the translation.
    german = path / "issue.de.md"
    before = german.read_text("utf-8")
    german.write_text(before.replace("https://museum", "http://museum"), "utf-8")
    try:
        item = look.locator("#found li", has_text="http://museum.example").first
        item.locator(".said").click()
        expect(look.locator("body")).to_have_attribute(
            "data-marked", str(_line(german, "http://museum"))
        )
        expect(look.frame_locator("#letter").locator('a[href^="http://museum"]')).to_be_visible()
        assert state(look)["locale"] == "de"
    finally:
        german.write_text(before, "utf-8")


def _line(path: Path, words: str) -> int:
    lines = path.read_text("utf-8").splitlines()
    return next(n for n, line in enumerate(lines, start=1) if words in line)


@pytest.mark.parametrize(
    ("view", "words", "others"),
    [
        ("preview", "your portal page", "Order the options paper"),
        ("text", "your portal page", "Order the options paper"),
        ("links", "your portal page", "Order the options paper"),
        ("source", "your portal page", "Order the options paper"),
    ],
)
def test_the_reader_that_is_chosen_reads_every_view(
    page: Page, running: Running, view: str, words: str, others: str
) -> None:
    """The board has a paragraph of its own, and not the button of the others."""
    page.goto(f"{running.origin}/issues/{ISSUE}?view={view}&locale=en")
    page.wait_for_selector("body[data-shown]")
    place = page.frame_locator("#letter").locator("body") if view == "preview" else None
    place = place or page.locator("#view")
    expect(place).to_contain_text(others)
    expect(place).not_to_contain_text(words)
    who = page.get_by_label("Reading as")
    who.fill(READER[:6])
    expect(page.locator(f'#readers option[value="{READER}"]')).to_have_count(1)
    who.fill(READER)
    who.press("Enter")
    expect(place).to_contain_text(words)
    expect(place).not_to_contain_text(others)
    assert state(page)["who"] == READER
    expect(page.locator("#outline")).not_to_contain_text("Before You Go")


def test_segment_language_and_variant_are_chosen_by_themselves(look: Page) -> None:
    letter = look.frame_locator("#letter")
    look.get_by_label("Segment").select_option("board")
    expect(letter.get_by_text("your portal page")).to_be_visible()
    look.get_by_label("Locale").select_option("de")
    expect(letter.get_by_text("Guten Tag")).to_be_visible()
    look.get_by_label("Variant").select_option("b")
    expect(look.locator("#inboxrow")).to_contain_text("Neun stille Stunden")
    assert state(look) == {"segment": "board", "locale": "de", "variant": "b"}


def test_the_grid_has_every_persona_and_the_reader_and_a_click_opens_one(
    page: Page, running: Running
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{running.origin}/issues/{ISSUE}?view=grid&who={READER}")
    page.wait_for_selector("body[data-shown]")
    headings = page.locator(".gridview h3").all_inner_texts()
    assert headings[:2] == [READER, "Nobody in particular"]
    assert {"no-name", "long-name", "board-member", "rtl"} < set(headings)
    section = page.locator(".gridview section").first
    expect(section.locator("iframe")).to_have_count(8)
    small = section.locator("iframe").first.content_frame
    expect(small.get_by_text("your portal page")).to_be_attached()
    letters = [url for url in asked if "/letter.html" in url]
    assert len(letters) == len(set(letters)) >= 8, "each is loaded once"
    section.get_by_role("link", name="375 px, dark").click()
    expect(page.locator("#letter")).to_have_attribute("width", "375")
    assert state(page) == {"who": READER, "width": "375", "scheme": "dark"}


@pytest.mark.parametrize(
    ("against", "since"),
    [("Approved", "what was approved"), ("Commit", "HEAD ("), ("Sent", "sent to board on")],
)
def test_an_issue_is_compared_in_words_in_source_and_in_pictures(
    look: Page, against: str, since: str
) -> None:
    look.keyboard.press("8")
    choose(look, "Against", against)
    view = look.locator("#view")
    expect(view).to_contain_text(since)
    expect(view.locator(".telling ins").filter(has_text=re.compile("^one$"))).not_to_have_count(0)
    choose(look, "What", "Text")
    expect(view.locator(".lines ins", has_text="one banner")).to_have_count(1)
    choose(look, "What", "Picture")
    for side, words in (("then", "no banner"), ("now", "one banner")):
        inside = view.frame_locator(f"iframe.{side}")
        expect(inside.get_by_text(words)).to_be_attached()
    choose(look, "How", "Over")
    look.locator("#wipe").fill("20")
    expect(view.locator(".upper")).to_have_css("opacity", "0.2")
    choose(look, "How", "Difference")
    expect(view.locator(".upper")).to_have_css("mix-blend-mode", "difference")


def test_a_picture_and_a_template_that_change_are_seen(look: Page, running: Running) -> None:
    letter = look.frame_locator("#letter")
    image = letter.locator("img").first
    before = image.get_attribute("src")
    other = running.folder / "issues" / "2026-015" / "images" / "waiting.png"
    own = running.folder / "issues" / ISSUE / "images" / "cranes.png"
    kept = own.read_bytes()
    own.write_bytes(other.read_bytes())
    try:
        expect(image).not_to_have_attribute("src", str(before))
    finally:
        own.write_bytes(kept)
    expect(image).to_have_attribute("src", str(before))

    template = next(
        path for path in (running.folder / "email_templates").glob("monitor*.j2") if path.is_file()
    )
    text = template.read_text("utf-8")
    template.write_text("{% broken %}" + text, "utf-8")
    try:
        expect(look.locator("#errors .overlay")).to_contain_text(f"email_templates/{template.name}")
        expect(letter.get_by_text("Dear reader,")).to_be_visible()
    finally:
        template.write_text(text, "utf-8")
    expect(look.locator("#errors .overlay")).to_have_count(0)


def test_the_app_has_two_faces_and_keeps_the_one_that_was_chosen(look: Page) -> None:
    ground = look.locator("body")
    look.emulate_media(color_scheme="light")
    expect(ground).to_have_css("background-color", "rgb(250, 250, 248)")
    look.emulate_media(color_scheme="dark")
    expect(ground).to_have_css("background-color", "rgb(27, 28, 31)")
    button = look.get_by_role("button", name="Theme")
    button.click()
    expect(ground).to_have_css("background-color", "rgb(250, 250, 248)")
    look.reload()
    expect(ground).to_have_css("background-color", "rgb(250, 250, 248)")
    button.click()
    button.click()
    expect(look.locator("#theme-name")).to_have_text("system")
    look.emulate_media(color_scheme="light")


def test_the_list_of_issues_tells_how_far_each_is(look: Page, running: Running) -> None:
    look.get_by_role("navigation", name="Rooms").get_by_role("link", name="Issues").click()
    sent = look.locator(".covers li", has_text="No. 14")
    expect(sent.locator(".status")).to_have_text("sent")
    expect(sent.get_by_role("link", name="board: Done")).to_be_visible()
    expect(sent.locator(".counts")).to_contain_text("warning")
    expect(look.locator(".covers li", has_text="No. 15").locator(".status")).to_have_text("draft")
    cover = sent.locator("iframe").content_frame
    expect(cover.get_by_text("Dear reader,")).to_be_attached()

    sent.get_by_role("link", name="board: Done").click()
    expect(look.locator("#state")).to_have_text("done")
    look.get_by_role("link", name="Report").click()
    expect(look.locator("#proof")).to_contain_text("the books balance")
    expect(look.get_by_role("navigation", name="Rooms").locator("[aria-current]")).to_have_text(
        "Mailings"
    )


def test_a_subscriber_who_comes_to_the_list_is_known_without_a_save(
    look: Page, running: Running, nursery: Nursery, tmp_path: Path
) -> None:
    who = look.get_by_label("Reading as")
    who.fill("new.reader@example.net")
    who.press("Enter")
    expect(look.locator("#errors")).to_contain_text("new.reader@example.net")
    more = tmp_path / "more.csv"
    more.write_text("email,first_name\nnew.reader@example.net,Nova\n", "utf-8")
    newsletter(nursery, running.folder, "subscribers", "import", str(more))

    # As when the editor comes back from the terminal. What the list said is kept for a quarter of
    # a second: nobody is back so soon, but a forked import is.
    back = "document.dispatchEvent(new Event('visibilitychange'))"
    look.evaluate(f"setInterval(() => {back}, 500)")

    expect(look.frame_locator("#letter").get_by_text("Dear Nova,")).to_be_visible()
