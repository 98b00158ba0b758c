"""Light and dark: both authored, both readable, and neither leaks into the other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from composer.model.issue import Issue
from composer.model.settings import Palette
from tests.browser import letters, pages, scripts
from tests.browser.colours import contrast, rgb
from tests.browser.conftest import Show

pytestmark = pytest.mark.browser

PALETTE = Palette()
LIGHT = {rgb(PALETTE.ink), rgb(PALETTE.muted), rgb(PALETTE.accent), rgb(PALETTE.paper)}
DARK = {
    rgb(PALETTE.dark_ink),
    rgb(PALETTE.dark_muted),
    rgb(PALETTE.dark_accent),
    rgb(PALETTE.dark_paper),
}
EVERY = pytest.mark.parametrize("make", letters.ALL)
DRAWN = pytest.mark.parametrize("template", pages.BUILT_IN)
Make = Callable[[], Issue]


def colours(page: Page) -> tuple[set[str], set[str]]:
    """Those of all words, and those under them."""
    texts = page.evaluate(scripts.TEXTS)
    return {t["colour"] for t in texts}, {t["ground"] for t in texts}


def test_contrast_is_computed_as_the_guidelines_do() -> None:
    assert contrast("rgb(0, 0, 0)", "rgb(255, 255, 255)") == pytest.approx(21)
    assert contrast("rgb(119, 119, 119)", "rgb(255, 255, 255)") == pytest.approx(4.48, abs=0.01)


@DRAWN
@EVERY
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_word_can_be_read_against_its_ground(
    show: Show, make: Make, dark: bool, template: str
) -> None:
    with show(pages.page_of(make(), pages.drawn_by(template)), dark=dark) as page:
        texts = page.evaluate(scripts.TEXTS)
        assert len(texts) > 5
        assert [t for t in texts if contrast(t["colour"], t["ground"]) < 4.5] == []


@DRAWN
@EVERY
def test_dark_is_the_authored_palette_and_nothing_of_the_light_one(
    show: Show, make: Make, template: str
) -> None:
    html = pages.page_of(make(), pages.drawn_by(template))
    with show(html, dark=True) as page:
        words, grounds = colours(page)
        assert words <= DARK
        assert grounds <= {rgb(PALETTE.dark_paper), rgb(PALETTE.dark_accent)}
    with show(html) as page:
        words, grounds = colours(page)
        assert words <= LIGHT
        assert grounds <= {rgb(PALETTE.paper), rgb(PALETTE.accent)}


def test_hairlines_turn_dark_and_pictures_get_one_of_their_own(show: Show) -> None:
    lines = {
        ".hairline": "border-top-color",
        "td.aside": "border-left-color",
        "table.data td": "border-bottom-color",
        "pre": "border-top-color",
        "img": "border-top-color",
    }
    html = pages.page_of(letters.briefing())
    with show(html, dark=True) as dark, show(html) as light:
        for selector, declared in lines.items():
            assert dark.evaluate(scripts.STYLE, [selector, declared]) == rgb(PALETTE.dark_rule)
        assert dark.evaluate(scripts.STYLE, ["img", "border-top-width"]) == "1px"
        assert light.evaluate(scripts.STYLE, ["img", "border-top-width"]) == "0px"


@DRAWN
def test_outlook_on_the_web_gets_the_same_dark_by_its_own_marks(show: Show, template: str) -> None:
    html = pages.page_of(letters.briefing(), pages.drawn_by(template)).replace(
        "<html ", '<html data-ogsc="" data-ogsb="" '
    )
    with show(html) as page:
        words, grounds = colours(page)
        assert words <= DARK
        assert grounds <= {rgb(PALETTE.dark_paper), rgb(PALETTE.dark_accent)}


@DRAWN
def test_a_client_that_asks_learns_that_both_schemes_are_ours(show: Show, template: str) -> None:
    with show(pages.page_of(letters.short(), pages.drawn_by(template))) as page:
        for name in ("color-scheme", "supported-color-schemes"):
            meta = page.locator(f'head > meta[name="{name}"]')
            assert meta.get_attribute("content") == "light dark"
        assert page.evaluate(scripts.STYLE, [":root", "color-scheme"]) == "light dark"


@DRAWN
def test_a_dark_window_without_sheets_stays_light_and_readable(show: Show, template: str) -> None:
    html = pages.without_sheets(pages.page_of(letters.briefing(), pages.drawn_by(template)))
    with show(html, dark=True) as page:
        words, grounds = colours(page)
        assert words <= LIGHT
        assert grounds <= {rgb(PALETTE.paper), rgb(PALETTE.accent)}


@DRAWN
def test_a_site_with_its_own_palette_sees_no_other_colour(show: Show, template: str) -> None:
    own = Palette(
        ink="#101010", paper="#fafafa", accent="#7a1f3d", muted="#555555", rule="#cccccc",
        dark_ink="#eeeeee", dark_paper="#151515", dark_accent="#ff9db8", dark_muted="#aaaaaa",
        dark_rule="#444444",
    )  # fmt: skip
    html = pages.page_of(letters.briefing(), pages.newsletter(own, template))
    for colour in vars(PALETTE) if hasattr(PALETTE, "__dict__") else PALETTE.__slots__:
        assert getattr(PALETTE, colour) not in html
    with show(html, dark=True) as page:
        assert rgb(own.dark_paper) in colours(page)[1]


@DRAWN
def test_paper_is_light_even_where_the_screen_is_dark(show: Show, template: str) -> None:
    with show(pages.page_of(letters.briefing(), pages.drawn_by(template)), dark=True) as page:
        page.emulate_media(media="print")
        words, grounds = colours(page)
        page.emulate_media(media="screen")
    assert words <= LIGHT
    assert grounds <= {rgb(PALETTE.paper), rgb(PALETTE.accent)}
