"""What is told of two renditions: sections, words, links, pictures, headers and markup."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from composer.sending.sample import SAMPLE_TOKEN
from composer.snapshots.change import Change, Kind
from composer.snapshots.compare import Seen, compare
from composer.snapshots.layout import laid_out
from composer.snapshots.page import FOOTER, OPENING, page_of
from composer.snapshots.words import words_of

HTML = f"""<!DOCTYPE html>
<html><head><title>No. 14</title><style>p {{ margin: 0; }}</style></head>
<body><div style="display:none">Nine idle hours.&#847;&#8204;&nbsp;&#847;&#8204;</div><div>
<!--[if mso]><table><tr><td>only Outlook reads this</td></tr></table><![endif]-->
<h1>Harbour Watch</h1><p style="color:#111">Dear reader,</p>
<div><p aria-hidden="true">1</p><h2>Dockers Pause Work</h2>
<p>Crane crews stopped for nine hours.</p>
<p>Read <a href="https://portal.example/14">your <b>por</b>tal page</a>.</p>
<img src="cid:one@news.example.org" alt="Two cranes"></div>
<div><h2>A Loud Tariff</h2><p>Ministers call it a nudge.</p></div>
<div><p>12 Quay Street</p><a href="https://news.example.org/u/{SAMPLE_TOKEN}">Unsubscribe</a></div>
</div></body></html>"""
TEXT = f"""Harbour Watch
=============
Dear reader,

1. Dockers Pause Work
---------------------

Crane crews stopped for nine
hours.

Read your portal page [1].

    [1] https://portal.example/14


2. A Loud Tariff
----------------

Ministers call it a nudge.


------------------------------------------------------------------------
12 Quay Street

Unsubscribe: https://news.example.org/u/{SAMPLE_TOKEN}
"""
HEADERS = "From: desk@news.example.org\nSubject: A quiet strike\nPrecedence: list\n"
SEEN = Seen(laid_out(HTML), TEXT, HEADERS, len(HTML.encode()), "as it is")


def changed(old: str, new: str, *, headers: bool = False) -> list[Change]:
    """What is told when `old` becomes `new` wherever it stands."""
    assert old in HTML + TEXT + HEADERS
    after = replace(
        SEEN,
        html=laid_out(HTML.replace(old, new)),
        txt=TEXT.replace(old, new),
        headers=HEADERS.replace(old, new) if headers else HEADERS,
    )
    return list(compare("x", SEEN, after).changes)


def test_a_rendition_does_not_differ_from_itself() -> None:
    assert not compare("x", SEEN, SEEN)


def test_a_word_is_told_once_with_its_section() -> None:
    (change,) = changed("nine", "ten")

    assert (change.kind, change.section) == (Kind.WORDS, "Dockers Pause Work")
    assert (change.before, change.after) == ("nine", "ten")
    assert change.lead == "Crane crews stopped for"


def test_a_word_of_a_heading_is_told_under_the_new_heading() -> None:
    changes = changed("A Loud Tariff", "A Quiet Tariff")

    assert [(c.section, c.before, c.after) for c in changes] == [
        ("A Quiet Tariff", "Loud", "Quiet")
    ]


def test_the_footer_is_no_part_of_the_last_section() -> None:
    (change,) = changed("12 Quay Street", "14 Quay Street")

    assert change.section == FOOTER


def test_a_link_that_leads_elsewhere_is_told_with_its_text() -> None:
    (change,) = changed("portal.example/14", "portal.example/15")

    assert change.kind is Kind.LINK
    assert change.label == "your portal page"
    assert (change.before[-3:], change.after[-3:]) == ("/14", "/15")


def test_a_picture_and_its_alternative_text_are_told() -> None:
    (picture,) = changed("cid:one@", "cid:two@")
    (alt,) = changed('alt="Two cranes"', 'alt="Three cranes"')

    assert (picture.kind, picture.label) == (Kind.IMAGE, "Two cranes")
    assert (alt.kind, alt.before, alt.after) == (Kind.ALT, "Two cranes", "Three cranes")


def test_what_the_inbox_shows_is_told() -> None:
    (subject,) = changed("A quiet strike", "A long strike – ça va", headers=True)
    (preheader,) = changed("Nine idle hours.", "Ten idle hours.")
    (header,) = changed("Precedence: list", "Precedence: bulk", headers=True)

    assert (subject.kind, subject.after) == (Kind.SUBJECT, "A long strike – ça va")
    assert (preheader.kind, preheader.before) == (Kind.PREHEADER, "Nine idle hours.")
    assert (header.kind, header.label, header.after) == (Kind.HEADER, "Precedence", "bulk")


def test_sections_that_come_go_and_move_are_told_as_such() -> None:
    second = "<div><h2>A Loud Tariff</h2><p>Ministers call it a nudge.</p></div>\n"
    first = HTML[HTML.index("<div><p aria") : HTML.index(second)]
    gone = compare("x", SEEN, replace(SEEN, html=laid_out(HTML.replace(second, ""))))
    came = compare("x", replace(SEEN, html=laid_out(HTML.replace(second, ""))), SEEN)
    moved = compare("x", SEEN, replace(SEEN, html=laid_out(
        HTML.replace(first + second, second + first)
    )))  # fmt: skip

    assert [(c.kind, c.section) for c in gone.changes] == [(Kind.SECTION_REMOVED, "A Loud Tariff")]
    assert gone.changes[0].before == "A Loud Tariff Ministers call it a nudge."
    assert [(c.kind, c.section) for c in came.changes] == [(Kind.SECTION_ADDED, "A Loud Tariff")]
    assert [c.kind for c in moved.changes] == [Kind.SECTION_MOVED]


def test_a_colour_is_told_as_markup_with_its_place() -> None:
    (change,) = changed("color:#111", "color:#222")

    assert (change.kind, change.count) == (Kind.MARKUP, 1)
    assert "#111" in change.before
    assert "#222" in change.after


def test_a_style_that_changed_beside_a_word_is_told_too() -> None:
    after = HTML.replace("nine", "ten").replace("margin: 0", "margin: 9px")
    found = compare("x", SEEN, replace(SEEN, html=laid_out(after)))

    assert [c.kind for c in found.changes] == [Kind.WORDS, Kind.MARKUP]


def test_blanks_that_nobody_sees_are_told_all_the_same() -> None:
    found = compare("x", SEEN, replace(SEEN, stamp="other bytes"))

    assert [c.after for c in found.changes] == ["only blanks between words or tags"]


def test_words_of_the_text_alone_are_told_and_line_breaks_too() -> None:
    words = compare("x", SEEN, replace(SEEN, txt=TEXT.replace("nudge", "toll")))
    breaks = compare("x", SEEN, replace(SEEN, txt=TEXT.replace("nine\nhours", "nine hours")))

    (word,) = words.changes
    assert (word.kind, word.section, word.after) == (Kind.TEXT, "A Loud Tariff", "toll.")
    assert [c.kind for c in breaks.changes] == [Kind.TEXT_LINES]


def test_sections_have_the_words_that_readers_see_and_no_others() -> None:
    page = page_of(HTML, footer_mark=SAMPLE_TOKEN)

    assert page.preheader == "Nine idle hours."
    headings = [part.heading for part in page.parts]
    assert headings == ["Harbour Watch", "Dockers Pause Work", "A Loud Tariff", FOOTER]
    assert page.parts[1].words[:4] == ("1", "Dockers", "Pause", "Work")
    assert "Outlook" not in {word for part in page.parts for word in part.words}
    assert page_of("<p>Hello</p>", footer_mark="x").parts[0].heading == OPENING


WORD = st.sampled_from(["nine", "hours", "crane", "tariff", "the", "of", "&amp;", "Lindö"])
PARAGRAPHS = st.lists(st.lists(WORD, min_size=1, max_size=8).map(" ".join), max_size=4)
LETTERS = st.lists(st.tuples(st.sampled_from("ABCD"), PARAGRAPHS), max_size=4)


def letter(sections: list[tuple[str, list[str]]]) -> str:
    parts = (f"<h2>{name}</h2>" + "".join(f"<p>{p}</p>" for p in body) for name, body in sections)
    return f"<html><body>{''.join(parts)}</body></html>"


@given(LETTERS, LETTERS)
def test_every_word_that_came_or_went_is_told(
    old: list[tuple[str, list[str]]], new: list[tuple[str, list[str]]]
) -> None:
    before, after = (Seen(laid_out(letter(side)), "", "") for side in (old, new))

    found = compare("x", before, after)

    assert bool(found) == (before != after)
    told = [change for change in found.changes if change.kind is not Kind.MARKUP]
    gone = Counter(word for change in told for word in words_of(change.before))
    came = Counter(word for change in told for word in words_of(change.after))
    was, now = (
        Counter(word for part in page_of(s.html, footer_mark="-").parts for word in part.words)
        for s in (before, after)
    )
    assert was - now <= gone
    assert now - was <= came


@given(st.text(max_size=200))
def test_any_text_at_all_can_be_compared(text: str) -> None:
    side = Seen(laid_out(text), text, "Subject: x\n")

    assert not compare("x", side, side)
    assert bool(compare("x", SEEN, side))


@given(st.text("<>/ab=\"' !-[]h1td\n", max_size=60))
def test_laying_out_adds_only_line_breaks(html: str) -> None:
    assert laid_out(html).replace("\n", "") == html.replace("\n", "")
    assert laid_out(laid_out(html)) == laid_out(html)
