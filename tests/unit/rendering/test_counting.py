"""Counted links: which become slots, and that nothing else of a letter changes."""

from __future__ import annotations

from dataclasses import replace
from html import escape, unescape

from hypothesis import given
from hypothesis import strategies as st

from composer.model.clicks import LINK_SLOT, link_of, targets_of
from composer.model.edition import Context, Edition, Parts, Slot
from composer.rendering.compile import compile_edition
from composer.rendering.counting import redirect_target, with_counted_links
from composer.rendering.encoders import fill
from composer.rendering.templates import Templates
from tests.unit.providers.letters import EDITION
from tests.unit.rendering.samples import BOARD, EVERYTHING, NEWSLETTER

BASE = "https://news.example.org"
WEB = f"{BASE}/archive/2026-014"
NAME = Slot("subscriber.city", Context.URL_PART, "Varsund")
LEAVE = Slot("unsubscribe_url", Context.URL)


def counted(*html: str | Slot) -> Edition:
    return with_counted_links(replace(EDITION, html=html), BASE, WEB)


def links(parts: Parts) -> list[str]:
    return [
        part.default or "" for part in parts if isinstance(part, Slot) and LINK_SLOT in part.name
    ]


def test_plain_links_are_counted_and_each_target_has_one_name() -> None:
    made = counted(
        '<p><a class="x" href="https://a.example/?a=1&amp;b=2#c" title="t">one</a>',
        NAME,
        "<A HREF='http://b.example'>two</A> <map><area href=\"https://a.example/?a=1&amp;b=2#c\">",
    )

    first, second = "https://a.example/?a=1&b=2#c", "http://b.example"
    assert links(made.html) == [first, second, first]
    assert targets_of(made) == {link_of(first): first, link_of(second): second}
    assert [part for part in made.html if isinstance(part, str)] == [
        '<p><a class="x" href="',
        '" title="t">one</a>',
        "<A HREF='",
        "'>two</A> <map><area href=\"",
        '">',
    ]


def test_what_is_not_a_plain_link_of_the_letter_is_left_alone() -> None:
    whole: tuple[str | Slot, ...] = (
        '<a href="#dockers">down</a><a href="mailto:a@b.example">mail</a><a href="tel:+1">call</a>',
        f'<a href="{WEB}">web</a><a href="{WEB}/#top">web</a>',
        f'<a href="{BASE}/subscribe">join</a><a href="{BASE}/c/1-2-3">round</a>',
        '<a href="https://port.example/?city=',
        NAME,
        '">of one reader</a><a href="',
        LEAVE,
        '">leave</a><a name="https://a.example">anchor</a>',
        '<img src="https://pic.example/a.png"><link href="https://font.example/a.css">',
        '<!--[if mso]><a href="https://outlook.example">x</a><![endif]-->',
        "<style>a[href='https://css.example'] { color: red }</style>",
        '&lt;a href="https://words.example"&gt;',
        '<a href="https://ana:secret@host.example/">x</a><a href="https://bücher.example/">x</a>',
        '<a href="https://[::1/">x</a><a href="https:///nowhere">x</a>',
        f'<a href="https://long.example/{"x" * 1000}">x</a><a href="https://a.example/{{b}}">x</a>',
    )
    edition = replace(EDITION, html=whole)

    assert with_counted_links(edition, BASE, WEB) is edition


def test_a_page_whose_address_begins_like_the_letters_own_is_counted() -> None:
    assert links(counted(f'<a href="{WEB}b">another</a>').html) == [f"{WEB}b"]


def test_the_digest_says_whether_links_are_counted_and_where_they_lead() -> None:
    one, two = (f'<a href="https://{name}.example">x</a>' for name in "ab")
    digests = {
        counted(one).digest,
        counted(two).digest,
        replace(EDITION, html=(one,)).digest,
        replace(EDITION, html=(two,)).digest,
    }
    assert len(digests) == 4


def test_a_whole_letter_reads_as_before_and_its_text_is_the_same() -> None:
    plain = compile_edition(EVERYTHING, NEWSLETTER, Templates.of_site(None), BOARD)

    made = with_counted_links(plain, NEWSLETTER.base_url, f"{NEWSLETTER.base_url}/archive/x")

    values = {slot.name: "https://x.example" for slot in plain.slots if slot.default is None}
    assert len(targets_of(made)) >= 2
    assert fill(made.html, values) == fill(plain.html, values)
    assert (made.text, made.subject, made.images) == (plain.text, plain.subject, plain.images)


pieces = st.one_of(
    st.sampled_from(
        [
            '<a href="https://a.example/x?y=1&amp;z=2">',
            "<a href='http://b.example'>",
            '<a href="#x">',
            "</a>",
            "<!-- ",
            " -->",
            "<",
            '"',
            "<style>",
            "</style>",
            NAME,
            LEAVE,
            "<p title='",
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
)


@given(st.lists(pieces, max_size=14))
def test_whatever_the_html_is_nothing_but_links_is_touched(html: list[str | Slot]) -> None:
    made = counted(*html)

    flat = "".join(p if isinstance(p, str) else f"\0{p.name}\0" for p in html)
    back = "".join(
        p
        if isinstance(p, str)
        else escape(p.default or "")
        if p.name.startswith(LINK_SLOT)
        else f"\0{p.name}\0"
        for p in made.html
    )
    assert back == flat


urls = st.from_regex(r"https?://[a-z0-9.-]{1,12}(:[0-9]{2,4})?(/[!-~é§ж]{0,20})?", fullmatch=True)


@given(urls)
def test_a_target_survives_the_html_and_the_header(target: str) -> None:
    made = counted(f'<a href="{escape(target)}">x</a>')
    if links(made.html):
        assert links(made.html) == [target]
        assert fill(made.html, {}) == f'<a href="{escape(target)}">x</a>'
        header = redirect_target(target)
        assert header.isascii()
        assert header.isprintable()
        assert not target.isascii() or header == target
    else:
        assert fill(made.html, {}) == f'<a href="{escape(target)}">x</a>'
        assert unescape(escape(target)) == target
