"""What assistive technology, Outlook and Gmail meet: headings, roles, comments, bytes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from composer.model.issue import Issue
from composer.rendering.templates import Templates
from tests.browser import letters, pages, scripts
from tests.browser.conftest import Show

pytestmark = pytest.mark.browser

EVERY = pytest.mark.parametrize("make", letters.ALL)
DRAWN = pytest.mark.parametrize("template", pages.BUILT_IN)
Make = Callable[[], Issue]


@DRAWN
@EVERY
def test_headings_begin_at_one_and_skip_no_level(show: Show, make: Make, template: str) -> None:
    letter = make()
    with show(pages.page_of(letter, pages.drawn_by(template))) as page:
        headings = page.evaluate(scripts.HEADINGS)
    levels = [level for level, _ in headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert levels.count(2) == len(letter.sections)
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all(words for _, words in headings)


@DRAWN
@EVERY
def test_every_table_is_layout_or_has_headings(show: Show, make: Make, template: str) -> None:
    with show(pages.page_of(make(), pages.drawn_by(template))) as page:
        for name, role, headings in page.evaluate(scripts.TABLES):
            assert (role == "presentation") != (headings > 0), (name, role, headings)


@DRAWN
@EVERY
def test_the_document_says_its_language_direction_and_title(
    show: Show, make: Make, template: str
) -> None:
    letter = make()
    direction = "rtl" if letter.locale == "ar" else "ltr"
    with show(pages.page_of(letter, pages.drawn_by(template))) as page:
        assert page.title() == letter.title
        article = page.locator("body > div[role=article]")
        assert article.get_attribute("aria-roledescription") == "email"
        assert article.get_attribute("aria-label") == letter.title
        for element in (page.locator("html"), article):
            assert element.get_attribute("lang") == letter.locale
            assert element.get_attribute("dir") == direction


def test_contents_lead_to_sections_and_their_numbers_stand_there_too(show: Show) -> None:
    letter = letters.briefing()
    with show(pages.page_of(letter)) as page:
        links = page.locator("ol.contents a")
        targets = [link.get_attribute("href") for link in links.all()]
        assert targets == [f"#{section.id}" for section in letter.sections]
        for number, target in enumerate(targets, start=1):
            heading = page.locator(f"h2{target}")
            assert heading.inner_text() == links.nth(number - 1).inner_text()
            above = heading.locator("xpath=preceding-sibling::p[1]")
            assert above.inner_text() == str(number)
            assert above.get_attribute("aria-hidden") == "true"


def test_one_section_needs_no_contents_and_no_number(show: Show) -> None:
    with show(pages.page_of(letters.short())) as page:
        assert page.locator("ol").count() == 0
        assert page.locator("h2").locator("xpath=preceding-sibling::*").count() == 0


@pytest.mark.parametrize(
    ("make", "name", "heading"),
    [
        (letters.briefing, 0, "Harbour Watch"),
        (letters.endless, 1, "Thirty Reports from the Coast"),
        (letters.short, 0, "Harbour Watch No. 14"),
    ],
)
def test_name_and_title_are_never_said_twice(
    show: Show, make: Make, name: int, heading: str
) -> None:
    with show(pages.page_of(make())) as page:
        assert page.locator("h1").inner_text() == heading
        assert page.locator("p.name").count() == name


@DRAWN
def test_the_footer_says_who_why_where_and_how_to_leave(show: Show, template: str) -> None:
    with show(pages.page_of(letters.short(), pages.drawn_by(template))) as page:
        footer = page.locator("td", has=page.locator("p.fine")).last
        words = footer.inner_text()
        for said in ("Harbour Watch", "You get this because", "12 Quay Street", "© 2026"):
            assert said in words
        links = {a.inner_text(): a.get_attribute("href") for a in footer.locator("a").all()}
        assert links == {
            "Preferences": pages.VALUES["preferences_url"],
            "Unsubscribe": pages.VALUES["unsubscribe_url"],
            "Read on the web": "https://news.example.org/archive/2026-014",
        }


@DRAWN
def test_an_inbox_shows_the_preheader_and_nothing_of_the_letter(show: Show, template: str) -> None:
    with show(pages.page_of(letters.briefing(), pages.drawn_by(template))) as page:
        first = page.locator("body > div").first
        assert not first.is_visible()
        words = first.text_content() or ""
        said, padding = words[:58], words[58:]
        assert said == "Three ports, one tariff, and a ferry line nobody expected."
        # Inboxes show up to about 140 characters of what comes first.
        assert len(padding) >= 200
        assert set(padding) <= set("\u034f\u200c\u00a0 ")


@DRAWN
def test_without_a_preheader_nothing_is_hidden(show: Show, template: str) -> None:
    with show(pages.page_of(letters.short(), pages.drawn_by(template))) as page:
        assert page.locator("body > div").count() == 1


class Balance(HTMLParser):
    """Fails where a table's elements do not close in the order in which they opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.widths: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"table", "tbody", "thead", "tr", "td", "th", "div"}:
            self.open.append(tag)
        style = dict(attrs).get("style") or ""
        if tag == "td" and (width := re.search(r"\bwidth:(\d+)px", style)):
            self.widths.append(width[1])

    def handle_endtag(self, tag: str) -> None:
        if tag in {"table", "tbody", "thead", "tr", "td", "th", "div"}:
            assert self.open.pop() == tag


@DRAWN
@EVERY
def test_outlook_on_windows_gets_whole_tables_of_a_fixed_width(make: Make, template: str) -> None:
    html = pages.page_of(make(), pages.drawn_by(template))
    assert html.count("<!--[if ") == len(re.findall(r"<!(?:--)?\[endif\]-->", html))
    for_word = re.sub(r"<!--\[if [^!\]]*\]>(.*?)<!\[endif\]-->", r"\1", html, flags=re.DOTALL)
    assert "mso-line-height-rule: exactly" in for_word
    balance = Balance()
    balance.feed(for_word[for_word.index("<body") :])
    assert balance.open == []
    assert balance.widths == [str(pages.MEASURES[template])]


@DRAWN
@EVERY
def test_it_is_far_from_where_gmail_cuts_letters_off(make: Make, template: str) -> None:
    # Gmail cuts at about 102 kB; links of every reader's own come on top.
    assert len(pages.page_of(make(), pages.drawn_by(template), pictures=False).encode()) < 60_000


def test_a_paragraph_costs_hardly_more_than_its_words() -> None:
    words = "A paragraph of its own."
    one, two = (
        len(pages.page_of(letters.issue(letters.section(1, "A", *[letters.p(words)] * count))))
        for count in (2, 3)
    )
    assert two - one - len(words) < 48


def test_a_site_may_draw_one_kind_of_block_anew_and_keep_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "email_templates" / "monitor" / "blocks"
    folder.mkdir(parents=True)
    (folder / "quote.j2").write_text("<p>Somebody said: {{ block.blocks[0].html }}</p>\n")
    html = pages.rendered(letters.briefing(), pages.NEWSLETTER, Templates.of_site(tmp_path))
    assert "Somebody said: We did not strike." in html
    assert "<blockquote" not in html
    assert "<h2" in html


def test_the_examples_of_the_guide_work_as_they_stand(tmp_path: Path) -> None:
    guide = Path(__file__).parents[2] / "docs" / "how-to" / "make-a-template.md"
    quote, plain = re.findall(r"```jinja\n(.*?)```", guide.read_text("utf-8"), flags=re.DOTALL)
    folder = tmp_path / "email_templates"
    (folder / "common" / "blocks").mkdir(parents=True)
    (folder / "plain.mjml.j2").write_text(plain)
    (folder / "common" / "blocks" / "quote.j2").write_text(quote)
    html = pages.rendered(
        letters.briefing(),
        replace(pages.NEWSLETTER, template="plain"),
        Templates.of_site(tmp_path),
    )
    assert "Dockers Pause Work" in html
    assert re.search(r'<td class="aside"[^>]*>\s*<p[^>]*>We did not strike', html)
