"""The letter in windows of every width, in both directions, and with its style sheet taken away."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from composer.model.issue import Issue
from tests.browser import letters, pages, scripts
from tests.browser.conftest import Show

pytestmark = pytest.mark.browser

EVERY = pytest.mark.parametrize("make", letters.ALL)
DRAWN = pytest.mark.parametrize("template", pages.BUILT_IN)
Make = Callable[[], Issue]


@DRAWN
@EVERY
@pytest.mark.parametrize("bare", [False, True], ids=["styled", "without sheets"])
def test_nothing_is_wider_than_the_window(
    show: Show, make: Make, bare: bool, template: str
) -> None:
    html = pages.page_of(make(), pages.drawn_by(template))
    with show(pages.without_sheets(html) if bare else html) as page:
        for width in (320, 375, 600, 1024):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(scripts.OVERFLOW) <= 0, width


@DRAWN
@EVERY
def test_inline_styles_alone_keep_it_a_column_in_the_middle(
    show: Show, make: Make, template: str
) -> None:
    html = pages.without_sheets(pages.page_of(make(), pages.drawn_by(template)))
    with show(html, width=1024) as page:
        box = page.evaluate(scripts.BOX, "div.letter")
        assert box["width"] == pages.MEASURES[template] + 48
        assert box["left"] == pytest.approx(1024 - box["right"])


@DRAWN
def test_inline_styles_alone_set_every_word_as_the_sheet_does(show: Show, template: str) -> None:
    html = pages.page_of(letters.briefing(), pages.drawn_by(template))
    with show(html) as styled, show(pages.without_sheets(html)) as bare:
        texts = styled.evaluate(scripts.TEXTS)
        assert len(texts) > 50
        assert bare.evaluate(scripts.TEXTS) == texts


def test_the_margins_are_those_of_a_phone_and_of_a_desk(show: Show) -> None:
    html = pages.page_of(letters.briefing())
    for width, margin in ((320, 24), (479, 24), (600, 32)):
        with show(html, width=width) as page:
            box = page.evaluate(scripts.BOX, "h2")
            assert (box["left"], width - box["right"]) == (margin, margin)


@DRAWN
@pytest.mark.parametrize("width", [320, 600])
def test_a_button_is_big_enough_for_a_thumb_and_all_of_it_is_the_link(
    show: Show, width: int, template: str
) -> None:
    for make in (letters.briefing, letters.arabic, letters.unbroken):
        with show(pages.page_of(make(), pages.drawn_by(template)), width=width) as page:
            cell = page.evaluate(scripts.BOX, "td.fill")
            link = page.evaluate(scripts.BOX, "td.fill a")
            assert link["height"] >= 44
            assert link == pytest.approx(cell, abs=1)


@DRAWN
def test_a_wide_table_scrolls_by_itself_and_can_be_reached_from_the_keyboard(
    show: Show, template: str
) -> None:
    with show(pages.page_of(letters.unbroken(), pages.drawn_by(template)), width=320) as page:
        assert page.evaluate(scripts.HIDDEN) > 100
        page.locator(".scroll").first.focus()
        assert page.evaluate("() => document.activeElement.className") == "scroll"


@DRAWN
def test_a_small_table_fits_a_phone_and_its_figures_stand_at_the_edge(
    show: Show, template: str
) -> None:
    with show(pages.page_of(letters.briefing(), pages.drawn_by(template)), width=320) as page:
        table = page.evaluate(scripts.BOX, "table.data")
        assert table["width"] == 320 - 2 * 24
        assert page.evaluate(scripts.STYLE, ["table.data td:last-child", "text-align"]) == "right"
        assert page.evaluate(scripts.STYLE, ["table.data td:last-child", "padding-right"]) == "0px"
        assert page.evaluate(scripts.STYLE, ["table.data td:last-child", "white-space"]) == "nowrap"
        numerals = page.evaluate(scripts.STYLE, ["table.data td", "font-variant-numeric"])
        assert numerals == "tabular-nums"


def test_a_column_of_figures_that_nobody_aligned_is_aligned_with_its_heading(show: Show) -> None:
    with show(pages.page_of(letters.unbroken())) as page:
        for cell in ("th:nth-child(2)", "td:nth-child(2)"):
            assert page.evaluate(scripts.STYLE, [f"table.data {cell}", "text-align"]) == "right"


def test_pictures_fill_the_measure_unless_the_author_made_them_smaller(show: Show) -> None:
    with show(pages.page_of(letters.unbroken()), width=600) as page:
        widths = page.evaluate("() => [...document.images].map((i) => [i.width, i.height])")
        assert widths == [[536, 268], [180, 90]]


@DRAWN
def test_with_pictures_off_the_alt_text_is_set_and_nothing_is_pushed_aside(
    show: Show, template: str
) -> None:
    html = pages.without_pictures(pages.page_of(letters.unbroken(), pages.drawn_by(template)))
    with show(html, width=320) as page:
        assert page.evaluate(scripts.OVERFLOW) <= 0
        for declared, expected in (("font-size", "15px"), ("font-style", "italic")):
            assert page.evaluate(scripts.STYLE, ["img", declared]) == expected


@pytest.mark.parametrize(
    ("make", "start", "end"),
    [(letters.briefing, "left", "right"), (letters.arabic, "right", "left")],
)
@pytest.mark.parametrize("bare", [False, True], ids=["styled", "without sheets"])
def test_sides_follow_the_direction_of_reading(
    show: Show, make: Make, start: str, end: str, bare: bool
) -> None:
    html = pages.page_of(make())
    with show(pages.without_sheets(html) if bare else html) as page:

        def style(selector: str, declared: str) -> object:
            return page.evaluate(scripts.STYLE, [selector, declared])

        assert style("td.aside", f"border-{start}-width") == "2px"
        assert style("td.aside", f"border-{end}-width") == "0px"
        assert style("td.aside", f"padding-{start}") == "18px"
        assert style("ul", f"margin-{start}") == "24px"
        assert style("blockquote", f"margin-{start}") == "24px"
        assert style("h2", "text-align") == start
        assert style("p", "text-align") == start
        heading = page.evaluate(scripts.BOX, "h2")
        words = page.evaluate(scripts.INK, "h2")
        assert words[start] == pytest.approx(heading[start], abs=1)


def test_a_script_whose_letters_join_is_not_letterspaced(show: Show) -> None:
    for make, expected in ((letters.briefing, "1px"), (letters.arabic, "normal")):
        with show(pages.page_of(make())) as page:
            assert page.evaluate(scripts.STYLE, [".label", "letter-spacing"]) == expected


@DRAWN
@pytest.mark.parametrize("bare", [False, True], ids=["styled", "without sheets"])
def test_no_line_ends_or_begins_with_a_mark_left_over_between_links(
    show: Show, template: str, bare: bool
) -> None:
    html = pages.page_of(letters.briefing(), pages.drawn_by(template))
    with show(pages.without_sheets(html) if bare else html, width=320) as page:
        for line in page.locator("p.fine").all_inner_texts():
            assert not set(line) & set("·|•")


@DRAWN
def test_nothing_is_fetched(show: Show, template: str) -> None:
    html = pages.page_of(letters.briefing(), pages.drawn_by(template))
    with show("<p>") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.set_content(html, wait_until="networkidle")
        assert [url for url in asked if not url.startswith("data:")] == []
