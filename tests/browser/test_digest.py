"""The round-up: a picture beside its words where there is room, above them where there is none."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser import letters, pages, scripts
from tests.browser.conftest import Show

pytestmark = pytest.mark.browser

DIGEST = pages.drawn_by("digest")

#: `[picture, words]` of every story that begins with a picture.
PAIRS = """() => [...document.querySelectorAll('.pair')].map((pair) =>
  ['.picture', '.words'].map((s) => {
    const box = pair.querySelector(s).getBoundingClientRect();
    return { left: box.left, right: box.right, top: box.top, bottom: box.bottom };
  }))"""


def pairs(page: Page) -> list[list[dict[str, float]]]:
    found: list[list[dict[str, float]]] = page.evaluate(PAIRS)
    assert len(found) == 5
    return found


@pytest.mark.parametrize("width", [480, 600, 1024])
def test_where_there_is_room_the_words_stand_beside_the_picture(show: Show, width: int) -> None:
    with show(pages.page_of(letters.stories(), DIGEST), width=width) as page:
        for picture, words in pairs(page):
            assert words["left"] == pytest.approx(picture["right"] + 24)
            assert abs(words["top"] - picture["top"]) < 10


@pytest.mark.parametrize("width", [320, 375, 479])
def test_on_a_phone_they_stand_below_it_and_both_have_the_measure(show: Show, width: int) -> None:
    with show(pages.page_of(letters.stories(), DIGEST), width=width) as page:
        for picture, words in pairs(page):
            assert words["top"] >= picture["bottom"]
            assert (picture["left"], picture["right"]) == (24, width - 24)
            assert (words["left"], words["right"]) == (24, width - 24)
        widths = page.evaluate(
            "() => [...document.querySelectorAll('.picture img')].map(i => i.width)"
        )
        assert widths == [width - 48, width - 48, 96, width - 48, width - 48]


def test_inline_styles_alone_keep_them_side_by_side(show: Show) -> None:
    html = pages.without_sheets(pages.page_of(letters.stories(), DIGEST))
    with show(html, width=640) as page:
        for picture, words in pairs(page):
            assert words["left"] == pytest.approx(picture["right"] + 24)
    with show(html, width=320) as page:
        for picture, words in pairs(page):
            assert words["top"] >= picture["bottom"]


def test_read_from_right_to_left_the_picture_is_on_the_right(show: Show) -> None:
    with show(pages.page_of(letters.stories("ar"), DIGEST), width=600) as page:
        for picture, words in pairs(page):
            assert words["right"] == pytest.approx(picture["left"] - 24)


def test_what_wants_the_whole_measure_stands_below_both(show: Show) -> None:
    with show(pages.page_of(letters.stories(), DIGEST), width=600) as page:
        table = page.evaluate(scripts.BOX, "table.data")
        assert (table["left"], table["right"]) == (24, 576)
        assert page.locator(".words table.data").count() == 0
        assert page.locator(".words ul").count() == 1
        assert page.locator(".words .press").count() == 1


def test_outlook_gets_two_cells_that_are_the_measure_together() -> None:
    html = pages.page_of(letters.stories(), DIGEST)
    cells = re.findall(r"<!--\[if mso\]>[^!]*<td width=\"(\d+)\"[^>]*><!\[endif\]-->", html)
    assert cells == ["216", "336"] * 5


def test_with_pictures_off_the_words_stay_where_they_are(show: Show) -> None:
    html = pages.without_pictures(pages.page_of(letters.stories(), DIGEST))
    with show(html, width=600) as page:
        for picture, words in pairs(page):
            assert words["left"] == pytest.approx(picture["right"] + 24)
