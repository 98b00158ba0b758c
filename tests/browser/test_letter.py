"""The personal letter: it ends with a name, and a postscript comes after that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.browser import letters, pages, scripts
from tests.browser.conftest import Show

pytestmark = pytest.mark.browser

LETTER = pages.drawn_by("letter")


def test_it_has_no_contents_no_rules_and_no_numbers(show: Show) -> None:
    with show(pages.page_of(letters.briefing(), LETTER)) as page:
        assert page.locator(".contents, .hairline").count() == 0
        assert page.locator("h2").first.inner_text() == "Dockers Pause Work at Two Terminals"
        assert page.evaluate(scripts.BOX, "div.letter")["width"] == 560


def test_it_is_signed_by_those_who_wrote_it_or_else_by_the_house(show: Show) -> None:
    for letter, name in (
        (letters.briefing(), "Mira Okafor\nJonas Lind"),
        (letters.short(), "The Harbour Desk"),
    ):
        with show(pages.page_of(letter, LETTER)) as page:
            assert page.locator(".signature").inner_text() == name


@pytest.mark.parametrize("mark", ["P.S.", "PS:", "P. S.", "p.s."])
def test_a_postscript_stands_below_the_name(show: Show, mark: str) -> None:
    words = (letters.p("Goodbye."), letters.p(f"{mark} The soup is on us."), letters.p("Come."))
    for letter in (
        letters.issue(introduction=words),
        letters.issue(letters.section(1, "First", letters.p()), letters.section(2, "Last", *words)),
    ):
        with show(pages.page_of(letter, LETTER)) as page:
            after = page.locator(".signature ~ *").all_inner_texts()
            assert after == [f"{mark} The soup is on us.", "Come."]


def test_without_sections_and_without_words_it_still_is_a_letter(show: Show) -> None:
    with show(pages.page_of(replace(letters.issue(), introduction=()), LETTER)) as page:
        assert page.locator("h1").count() == 1
        assert page.locator(".signature").count() == 1
