"""The readers' pages in a browser: with and without scripts, light and dark, narrow and wide,
from left to right and from right to left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from composer.web.public.door import public_app
from composer.web.public.guard import Flood
from composer.web.public.shelf import Shelf
from tests.browser.colours import contrast
from tests.servers.public import on_a_port
from tests.unit.public.sites import PUBLIC, TOML, House, with_issues

pytestmark = pytest.mark.browser

#: What is wrong with a page, as a reader would notice; empty when nothing is.
LOOK = """() => {
  const found = [], ink = getComputedStyle(document.body).color;
  const say = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 90)}`);
  if (document.documentElement.scrollWidth > innerWidth) found.push('wider than the window');
  if (document.querySelectorAll('h1').length !== 1) found.push('not one h1');
  for (const field of document.querySelectorAll('input:not([type=hidden]), select'))
    if (!field.labels.length) say('no label', field);
  for (const button of document.querySelectorAll('main button, main .button, summary'))
    if (button.getBoundingClientRect().height < 44) say('small', button);
  for (const group of document.querySelectorAll('fieldset'))
    if (!group.querySelector('legend')) say('no legend', group);
  for (const image of document.images)
    if (!image.alt || (image.complete && !image.naturalWidth)) say('picture', image);
  const paper = getComputedStyle(document.documentElement).backgroundColor;
  const pairs = [...document.querySelectorAll('h1,h2,p,a,button,label,legend,summary,li,.hint')]
    .filter((e) => e.getClientRects().length && e.textContent.trim())
    .map((e) => {
      const style = getComputedStyle(e), own = style.backgroundColor;
      return [style.color, own === 'rgba(0, 0, 0, 0)' ? paper : own];
    });
  return {found, ink, paper, pairs: [...new Set(pairs.map(String))],
          dir: document.documentElement.dir, lang: document.documentElement.lang};
}"""


@dataclass
class Pages:
    """A site on a port. `paths` are its screens, each as a reader reaches it."""

    house: House
    address: str
    paths: dict[str, str]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    folder = with_issues(tmp_path_factory.mktemp("pages") / "site")
    (folder / "logo.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40">'
        '<rect width="120" height="40" fill="#0b5a75"/></svg>'
    )
    toml = TOML + PUBLIC + '[public]\nlogo = "logo.svg"\nvisitor_limit = 1000\n'
    house = House.at(folder, toml)
    Shelf(house.front.site).refresh()
    token = house.join(topics="energy")
    gone = house.join("gone@example.net")
    house.front.site.database.leaving.leave(gone, "page", house.front.stamp)
    house.ask("bo@example.net")
    (mail,) = house.mails()
    paths = {
        "join": "/subscribe",
        "confirm": house.link(mail),
        "leave": f"/u/{token}",
        "preferences": f"/preferences/{token}",
        "preferences of who left": f"/preferences/{gone}",
        "missing": "/nothing-here",
        "archive": "/archive/",
        "issue": "/archive/2026-014/",
        "category": "/archive/category/ports-and-shipping/",
        "archive for members": f"/read/{token}/archive/",
        "issue for members": f"/read/{token}/archive/2026-015/",
    }
    with on_a_port(public_app(house.front, flood=Flood(most=10**9))) as address:
        yield Pages(house, address, paths)


@contextmanager
def opened(browser: Browser, *, script: bool) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=script, locale="en-US")
    yield context.new_page()
    assert context.cookies() == []
    context.close()


@pytest.fixture(scope="module")
def scripted(browser: Browser) -> Iterator[Page]:
    with opened(browser, script=True) as page:
        yield page


@pytest.fixture(scope="module")
def plain(browser: Browser) -> Iterator[Page]:
    """A page in a browser without scripts."""
    with opened(browser, script=False) as page:
        yield page


def look_as(page: Page, *, dark: bool = False, width: int = 1280) -> None:
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_viewport_size({"width": width, "height": 800})


def is_fine(page: Page, where: str) -> dict[str, object]:
    """Look at a page as `LOOK` does, also where its own scripts are off."""
    seen: dict[str, object] = page.evaluate(LOOK)
    assert seen["found"] == [], where
    for pair in seen["pairs"]:  # type: ignore[attr-defined]  # a list of texts
        one, other = re.findall(r"rgba?\([^)]*\)", pair)
        assert contrast(one, other) >= 4.5, f"{where}: {pair}"
    return seen


@pytest.mark.parametrize("kind", ["scripted", "plain"])
def test_every_page_is_fit_to_be_read(
    request: pytest.FixtureRequest, pages: Pages, kind: str
) -> None:
    page: Page = request.getfixturevalue(kind)
    elsewhere: list[str] = []

    def ask(asked: Request) -> None:
        if not asked.url.startswith((pages.address, "data:")):
            elsewhere.append(asked.url)

    complaints: list[str] = []

    def complain(said: ConsoleMessage) -> None:
        if said.type == "error" and "404" not in said.text:
            complaints.append(said.text)

    page.on("request", ask)
    page.on("console", complain)
    for name, lang in product(pages.paths, ("en", "ar")):
        # What a page is loaded in changes with its language; it is looked at in everything.
        looks = sorted(product((False, True), (320, 1024)), reverse=lang == "ar")
        look_as(page, dark=looks[0][0], width=looks[0][1])
        page.goto(f"{pages.address}{pages.paths[name]}?lang={lang}")
        for dark, width in looks:
            look_as(page, dark=dark, width=width)
            where = f"{name}, {width}, {lang}, {'dark' if dark else 'light'}"
            seen = is_fine(page, where)
            if "/archive/" not in pages.paths[name]:
                assert (seen["lang"], seen["dir"]) == (lang, "rtl" if lang == "ar" else "ltr"), (
                    where
                )
            assert (seen["ink"] == "rgb(236, 231, 221)") is dark, where
    assert elsewhere == []
    assert complaints == []
    page.remove_listener("request", ask)
    page.remove_listener("console", complain)


def test_a_reader_without_scripts_joins(plain: Page, pages: Pages) -> None:
    house = pages.house
    look_as(plain)
    plain.goto(f"{pages.address}/subscribe")
    plain.get_by_label("Email address").fill("cy@example.net")
    plain.get_by_label("Trade policy").check()
    house.clock.at += timedelta(seconds=5)
    plain.get_by_role("button", name="Subscribe").click()
    assert plain.get_by_role("heading", name="Look into your inbox").is_visible()
    is_fine(plain, "sent")

    (mail,) = house.mails()
    plain.goto(f"{pages.address}{house.link(mail)}")
    plain.get_by_role("button", name="Yes, subscribe").click()
    assert plain.get_by_role("heading", name="You are subscribed").is_visible()
    is_fine(plain, "joined")
    plain.get_by_role("link", name="Preferences").click()
    assert plain.get_by_label("Trade policy").is_checked()


def test_a_reader_without_scripts_chooses(plain: Page, pages: Pages) -> None:
    token = pages.house.join("dan@example.net", topics="policy")
    plain.goto(f"{pages.address}/preferences/{token}")
    plain.get_by_label("Trade policy").uncheck()
    plain.get_by_label("For 30 days").check()
    plain.get_by_role("button", name="Save").click()
    assert plain.get_by_text("Saved.").is_visible()
    assert not plain.get_by_label("Trade policy").is_checked()
    is_fine(plain, "saved")
    plain.get_by_text("Your data", exact=True).click()
    plain.get_by_label("Type your email address").first.fill("bo@example.net")
    plain.get_by_role("button", name="Download my data").click()
    assert plain.get_by_text("belong to another address").is_visible()


def test_a_reader_without_scripts_leaves_and_comes_back(plain: Page, pages: Pages) -> None:
    token = pages.house.join("fay@example.net")
    plain.goto(f"{pages.address}/preferences/{token}")
    plain.get_by_role("link", name="Unsubscribe").click()
    plain.get_by_role("button", name="Unsubscribe").click()
    assert plain.get_by_role("heading", name="You are unsubscribed").is_visible()
    is_fine(plain, "left")
    plain.get_by_label("Too many letters").check()
    plain.get_by_role("button", name="Send").click()
    assert plain.get_by_text("Thank you for telling us.").is_visible()
    plain.get_by_role("button", name="Undo").click()
    assert plain.get_by_role("heading", name="You are subscribed again").is_visible()
    assert pages.house.suppressed("fay@example.net") == ""


def test_a_wrong_address_is_said_where_it_was_written(scripted: Page, pages: Pages) -> None:
    page = scripted
    look_as(page, dark=True)
    page.goto(f"{pages.address}/subscribe")
    page.evaluate("document.querySelector('form').noValidate = true")
    page.get_by_label("Email address").fill("cy at example")
    page.get_by_role("button", name="Subscribe").click()
    field = page.get_by_label("Email address")
    assert field.get_attribute("aria-invalid") == "true"
    assert page.get_by_role("alert").is_visible()
    assert field.input_value() == "cy at example"
    is_fine(page, "wrong")


def test_a_browser_solves_the_puzzle_by_itself(scripted: Page, plain: Page, tmp_path: Path) -> None:
    house = House.at(tmp_path / "site", TOML + PUBLIC + '[public]\naltcha = "always"\n')
    with on_a_port(public_app(house.front)) as address:
        page = scripted
        look_as(page)
        page.goto(f"{address}/subscribe")
        page.get_by_text("Done. You can subscribe now.").wait_for(timeout=60_000)
        is_fine(page, "puzzle")
        page.get_by_label("Email address").fill("dee@example.net")
        house.clock.at += timedelta(seconds=5)
        page.get_by_role("button", name="Subscribe").click()
        assert page.get_by_role("heading", name="Look into your inbox").is_visible()
        assert len(house.mails()) == 1

        plain.goto(f"{address}/subscribe")
        assert plain.get_by_text("editors@news.example.org").is_visible()


def test_a_confirmation_mail_is_fit_to_be_read(scripted: Page, pages: Pages) -> None:
    pages.house.ask("eve@example.net", lang="ar")
    (mail,) = pages.house.mails()
    body = mail.get_body(("html",))
    assert body is not None
    page = scripted
    page.goto("about:blank")  # what is put into a page of ours, its policy is about
    for dark, width in product((False, True), (320, 1024)):
        look_as(page, dark=dark, width=width)
        page.set_content(body.get_content())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        link, name = page.locator("a.button"), "نعم، أريد الاشتراك"
        assert link.inner_text() == name
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        colours = link.evaluate(
            "(e) => [getComputedStyle(e).color, getComputedStyle(e.parentElement).backgroundColor]"
        )
        assert contrast(*colours) >= 4.5
