from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.model.edition import EditionKey, Slot
from composer.model.issue import (
    Block,
    Button,
    CodeBlock,
    Divider,
    Image,
    Issue,
    ItemList,
    LineBreak,
    Note,
    Quote,
    Subheading,
    Table,
    Text,
)
from composer.rendering.choose import choose
from composer.rendering.encoders import fill
from composer.rendering.scope import Scope
from composer.rendering.sentinels import Sentinels
from composer.rendering.text import Form, text_of
from composer.rendering.text.wrap import COLUMNS, width, wrap
from tests.unit.rendering.samples import (
    AT,
    BOARD,
    EVERYTHING,
    NEWSLETTER,
    VALUES,
    cell,
    image,
    issue,
    link,
    paragraph,
    personal,
    section,
    words,
)

LETTERS = st.characters(exclude_categories=["C", "Z"])
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=30), max_size=40)


def _page(*blocks: Block, **changes: object) -> str:
    made = replace(issue(*blocks), **changes)  # type: ignore[arg-type]  # fields of Issue
    sentinels = Sentinels(repr(made))
    text = text_of(Scope(made, NEWSLETTER, sentinels))
    parts = sentinels.cut(text)
    return "".join(f"{{{p.name}}}" if isinstance(p, Slot) else p for p in parts)


def _body(*blocks: Block) -> str:
    """What stands between masthead and footer."""
    return _page(*blocks).split("\n\n", 1)[1].rsplit("\n\n\n---", 1)[0]


# --- lines ----------------------------------------------------------------------------


@given(WORDS, st.integers(4, 80))
def test_no_line_is_wider_than_asked_unless_one_word_is(many: list[str], columns: int) -> None:
    for line in wrap(" ".join(many), columns):
        assert width(line) <= columns or " " not in line


@given(WORDS, st.integers(1, 80))
def test_wrapping_loses_and_breaks_nothing(many: list[str], columns: int) -> None:
    lines = wrap(" ".join(many), columns)

    assert "".join("".join(lines).split()) == "".join("".join(many).split())
    if "".join(many).isascii():
        assert " ".join(lines).split() == " ".join(many).split()


@given(WORDS)
def test_a_line_is_as_full_as_it_can_be(many: list[str]) -> None:
    ascii_words = [w for w in many if w.isascii()]
    lines = wrap(" ".join(ascii_words), 40)

    for line, after in pairwise(lines):
        assert len(line) + 1 + len(after.split(" ")[0]) > 40


def _measured(piece: str) -> int:
    """Not `width` itself, which wrapping recognises."""
    return width(piece)


@given(st.text("ab é“ \u00a0", max_size=120), st.integers(1, 30))
def test_the_short_way_of_wrapping_makes_the_same_lines(text: str, columns: int) -> None:
    assert wrap(text, columns) == wrap(text, columns, _measured)


def test_a_url_is_never_broken() -> None:
    url = "https://a.example/" + "long-path/" * 12

    assert wrap(f"see {url} there", 40) == ["see", url, "there"]


def test_a_no_break_space_is_no_place_to_break() -> None:
    assert wrap("aaa 12\u00a0km", 8) == ["aaa", "12\u00a0km"]


def test_a_break_of_the_author_stays() -> None:
    assert wrap("one two\nthree", 40) == ["one two", "three"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("東京", 4),
        ("ｱ", 1),
        ("Ａ", 2),
        ("e\u0301", 1),
        ("שָׁלוֹם", 4),
        ("สวัสดี", 4),
        ("a\u200bb", 2),
        ("한국", 4),
        ("é", 1),
        ("–", 1),
    ],
)
def test_width_counts_columns_and_not_code_points(text: str, columns: int) -> None:
    assert width(text) == columns


def test_chinese_breaks_between_letters_but_not_before_a_full_stop() -> None:
    text = "港口的工人在星期二停止了九个小时的工作。"

    lines = wrap(text, 38)

    assert lines == ["港口的工人在星期二停止了九个小时的工", "作。"]
    assert all(width(line) <= 38 for line in lines)


def test_chinese_amid_latin_keeps_the_latin_words_whole() -> None:
    assert wrap("東港 harbour 東京港", 14) == ["東港 harbour", "東京港"]


# --- blocks ---------------------------------------------------------------------------


def test_a_heading_is_underlined_as_far_as_it_goes() -> None:
    made = (section("Tide tables"), section("東港"))

    text = _page(sections=made)

    assert "\n\n\nTide tables\n-----------\n" in text
    assert "\n\n\n東港\n----\n" in text


def test_links_are_listed_at_the_end_of_their_section_under_their_numbers() -> None:
    first = section(
        "A",
        paragraph(
            "See ", link("https://a.example/", "this"), " and ", link("https://b.example/", "that")
        ),
        paragraph("And ", link("https://a.example/", "this again"), "."),
    )
    second = section("B", paragraph(link("https://c.example/", "more", title="a title")))

    text = _page(sections=(first, second))

    assert (
        "See this [1] and that [2]\n\nAnd this again [1].\n\n"
        "[1] https://a.example/\n[2] https://b.example/\n"
    ) in text
    assert "more (a title) [3]\n\n[3] https://c.example/\n" in text


@pytest.mark.parametrize(
    ("target", "label", "expected"),
    [
        ("https://a.example/", "https://a.example/", "https://a.example/"),
        ("mailto:a@example.org", "a@example.org", "a@example.org"),
        ("mailto:a@example.org", "us", "us [1]\n\n[1] mailto:a@example.org"),
        ("tel:+4712", "+4712", "+4712"),
        ("#tide", "above", "above"),
        ("https://a.example/", "", "https://a.example/"),
    ],
)
def test_a_link_that_says_its_target_needs_no_number(
    target: str, label: str, expected: str
) -> None:
    assert _body(paragraph(link(target, label))) == expected


def test_lists_hang() -> None:
    long = "word " * 20
    inner = ItemList(((paragraph("in"),),), None, AT)
    made = ItemList(((paragraph(long),), (paragraph("b"), inner)), 9, AT)

    assert _body(made).split("\n") == [
        "9.  " + " ".join(["word"] * 13),
        "    " + " ".join(["word"] * 7),
        "10. b",
        "    - in",
    ]


def test_a_list_of_whole_texts_has_air_between_its_items() -> None:
    made = ItemList(
        ((paragraph("a"), paragraph("b")), (paragraph("c"),)),
        None,
        AT,
    )

    assert _body(made) == "- a\n\n  b\n\n- c"


def test_quotes_and_notes_are_set_in() -> None:
    quote = Quote((paragraph("a"), Quote((paragraph("b"),), AT)), AT)
    note = Note((paragraph("c"), paragraph("d")), AT)

    assert _body(quote) == "> a\n>\n> > b"
    assert _body(note) == "    Editors’ note:\n    c\n\n    d"


def test_a_small_table_is_aligned() -> None:
    made = Table(
        (cell("Port"), cell("Ships"), cell("")),
        ((cell("東港"), cell("9"), cell("mid")), (cell("Sól"), cell("1,203"), cell("b"))),
        ("", "", "center"),
        AT,
    )

    assert _body(made).split("\n") == [
        "Port  Ships",
        "----  -----  ---",
        "東港      9  mid",
        "Sól   1,203   b",
    ]


def test_a_wide_table_is_told_row_by_row() -> None:
    made = Table(
        (cell("Port"), cell("Report")),
        ((cell("A"), cell("word " * 20)), (cell("B"), cell(link("https://a.example/", "x")))),
        ("", ""),
        AT,
    )

    assert _body(made).split("\n") == [
        "Port: A",
        "Report: " + " ".join(["word"] * 12),
        "  " + " ".join(["word"] * 8),
        "",
        "Port: B",
        "Report: x [1]",
        "",
        "[1] https://a.example/",
    ]


def test_a_table_without_rows_shows_its_header() -> None:
    made = Table((cell("Port"), cell("Ships")), (), ("", "right"), AT)

    assert _body(made) == "Port  Ships\n----  -----"


def test_pictures_say_what_they_show() -> None:
    linked = Image("i", None, ("Cranes",), "", None, ("https://a.example/",), AT)

    assert _body(image(caption="On Tuesday")) == "[Image: Two idle cranes]\nOn Tuesday"
    assert _body(linked) == "[Image: Cranes] [1]\n\n[1] https://a.example/"
    assert _body(paragraph("a"), image(alt="")) == "a"
    assert _body(image(alt="", caption="c")) == "[Image]\nc"


def test_buttons_and_rules_and_subheadings_are_said() -> None:
    button = Button(words("Read it"), ("https://a.example/?x=", personal("id", "0")), AT)

    assert _body(button) == "Read it: https://a.example/?x={subscriber.id}"
    assert _body(paragraph("a"), Divider(AT), paragraph("b")) == "a\n\n* * *\n\nb"
    assert _body(Subheading(3, words("Costs"), AT)) == "Costs\n~~~~~"


def test_code_keeps_its_spaces_and_goes_on_further_in() -> None:
    made = CodeBlock("if x:\n\tgo()  # now\n\nlong " + "word " * 15 + "\n", AT)

    assert _body(made).split("\n") == [
        "    if x:",
        "        go()  # now",
        "",
        "    long " + " ".join(["word"] * 12),
        "        " + " ".join(["word"] * 3),
    ]


def test_a_break_in_a_paragraph_is_a_new_line() -> None:
    assert _body(paragraph("12 Quay Street", LineBreak(), "Port Example")) == (
        "12 Quay Street\nPort Example"
    )


def test_a_slot_counts_as_its_default_or_as_twelve_columns() -> None:
    filler = "x" * 58
    short, unknown = personal("a", "ab"), personal("b")

    assert _body(paragraph(f"{filler} ", short, " tail")).count("\n") == 0
    assert _body(paragraph(f"{filler} ", unknown, " tail")).count("\n") == 1


# --- the page -------------------------------------------------------------------------


def test_contents_are_listed_from_three_sections_on() -> None:
    three = tuple(section(f"Part {n}") for n in "abc")

    assert "In this issue\n\n1. Part a\n2. Part b\n3. Part c\n" in _page(sections=three)
    assert "\n1. Part a\n---------\n" in _page(sections=three)
    assert "In this issue" not in _page(sections=three[:2])


def test_the_masthead_names_the_newsletter_once() -> None:
    assert _page().startswith(
        "Harbour Watch No. 1\n===================\nNo. 1 · November 20, 2026\n"
    )
    other = _page(title="A Quiet Strike", number="", authors=(), categories=("Ports", "Sea"))
    assert other.startswith(
        "Harbour Watch\n=============\nA Quiet Strike\n"
        "November 20, 2026\nCategories: Ports; Sea\n\n"
    )


def test_the_footer_says_who_why_and_how_to_leave() -> None:
    assert _page().endswith(
        f"\n\n\n{'-' * 72}\nYou get this because you subscribed to Harbour Watch.\n\n"
        "© 2026 The Harbour Desk\n12 Quay Street, Port Example\n\n"
        "Read on the web: https://news.example.org/archive/2026-001\n"
        "Preferences: {preferences_url}\nUnsubscribe: {unsubscribe_url}\n"
    )


def _whole() -> str:
    sentinels = Sentinels("x")
    text = text_of(Scope(choose(EVERYTHING, BOARD), NEWSLETTER, sentinels))
    return fill(sentinels.cut(text), VALUES)


def test_the_page_is_clean() -> None:
    text = _whole()

    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\r" not in text
    assert "\t" not in text
    assert all(line == line.rstrip() for line in text.split("\n"))
    assert "\n\n\n\n" not in text


TEXTS = st.text(st.characters(exclude_categories=["C"]), max_size=120).map(
    lambda text: text.replace("\u2028", " ").replace("\u2029", " ")
)


def _blocks() -> st.SearchStrategy[Block]:
    simple = st.one_of(
        st.builds(paragraph, TEXTS),
        st.builds(lambda t: Subheading(3, (Text(t),), AT), TEXTS),
        st.builds(lambda t: CodeBlock(t, AT), TEXTS),
        st.builds(lambda t: image(alt=t, caption=t), TEXTS),
        st.builds(lambda t: Button((Text(t),), ("https://a.example/",), AT), TEXTS),
        st.builds(
            lambda t: Table((cell(t), cell("b")), ((cell("a"), cell(t)),), ("", "right"), AT), TEXTS
        ),
    )
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            st.builds(lambda b: Quote(tuple(b), AT), st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda b: Note(tuple(b), AT), st.lists(inner, min_size=1, max_size=3)),
            st.builds(
                lambda b: ItemList((tuple(b), tuple(b)), 1, AT),
                st.lists(inner, min_size=1, max_size=3),
            ),
        ),
        max_leaves=6,
    )


@given(st.lists(_blocks(), min_size=1, max_size=4))
def test_any_issue_makes_a_clean_page_within_its_columns(blocks: list[Block]) -> None:
    text = _page(*blocks)

    for line in text.split("\n"):
        words_of_line = line.lstrip(" >-0123456789.").split(" ")
        assert width(line) <= COLUMNS or len([w for w in words_of_line if w]) == 1
        assert not line.endswith((" ", "\t"))


def as_letter(made: Issue) -> str:
    key = EditionKey(made.locale, "", ())
    return text_of(Scope(choose(made, key), NEWSLETTER, Sentinels("letter")), Form.LETTER)


def test_a_letter_is_signed_below_its_words_and_above_its_postscript() -> None:
    sections = tuple(section(f"Part {n}", paragraph(f"Words {n}.")) for n in range(1, 4))
    last = section("Part 4", paragraph("Warm wishes,"), paragraph("P. S. The tram is dry."))
    made = issue(paragraph("Dear all,"), sections=(*sections, last))

    body = as_letter(replace(made, authors=("Mira Okafor", "Jonas Lind")))

    assert "Warm wishes,\n\nMira Okafor\nJonas Lind\n\nP. S. The tram is dry.\n" in body
    assert body.count("Mira Okafor") == 1
    assert "Part 4\n------\n" in body
    assert not re.search(r"^\d+\. ", body, re.MULTILINE)


def test_a_letter_without_sections_and_authors_is_signed_by_the_house() -> None:
    made = replace(issue(paragraph("Hello."), paragraph("PS: And more.")), authors=())

    house = NEWSLETTER.publisher or NEWSLETTER.name
    assert f"Hello.\n\n{house}\n\nPS: And more.\n" in as_letter(made)
