from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import ComposerError
from composer.model.edition import Context, Slot
from composer.rendering.encoders import clean, encode, fill

ANYTHING = st.text(st.characters(), max_size=60)
OWN = {Context.URL, Context.TEXT_URL}
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(ANYTHING)
def test_a_value_in_html_is_text_and_nothing_else(value: str) -> None:
    page = _Page(f"<p>{encode(value, Context.HTML)}</p>")

    assert page.tags == [("p", {})]
    assert page.text == clean(value)


@given(ANYTHING)
def test_a_value_in_an_attribute_stays_in_it_whatever_the_quotes(value: str) -> None:
    encoded = encode(value, Context.ATTRIBUTE)

    for quote in "\"'":
        page = _Page(f"<img alt={quote}{encoded}{quote}>")
        assert page.tags == [("img", {"alt": clean(value)})]


@given(ANYTHING)
def test_a_value_in_a_url_stays_in_its_query_value(value: str) -> None:
    url = unescape(f"https://a.example/x?who={encode(value, Context.URL_PART)}&b=1#c")

    assert parse_qs(urlsplit(url).query, keep_blank_values=True)["who"] == [clean(value)]
    assert urlsplit(url).fragment == "c"


@given(ANYTHING, st.sampled_from([c for c in Context if c not in OWN]))
def test_no_control_direction_mark_or_line_end_gets_through(value: str, context: Context) -> None:
    assert not UNSEEN.search(encode(value, context))


@given(ANYTHING, st.sampled_from(sorted(OWN)))
def test_a_whole_url_is_ours_or_refused(value: str, context: Context) -> None:
    try:
        encoded = encode(value, context)
    except ComposerError:
        return
    assert urlsplit(value).scheme in {"https", "http", "mailto"}
    assert unescape(encoded) == value


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//evil.example/",
        "/u/1",
        'https://a.example/"onclick="x',
        "https://a.example/ b",
        "https://[::1",
        "",
    ],
)
def test_a_url_that_is_not_ours_is_refused(url: str) -> None:
    for context in OWN:
        with pytest.raises(ComposerError, match="not a URL that may stand in a message"):
            encode(url, context)


def test_our_own_urls_are_written_for_an_attribute_or_as_they_are() -> None:
    url = "https://news.example.org/u/a?b=1&c=2"

    assert encode(url, Context.URL) == "https://news.example.org/u/a?b=1&amp;c=2"
    assert encode(url, Context.TEXT_URL) == url


def test_a_header_is_one_line_with_single_spaces() -> None:
    value = " Ana\r\nBcc: x@example.org\0\u202e \t b\u2028c "

    assert encode(value, Context.HEADER) == "Ana Bcc: x@example.org b c"


def test_names_keep_their_letters_and_their_own_marks() -> None:
    for name in ("Zoë O’Brien", "محمد", "ישראל", "नेहा‍", "王小明", "a\u200fb", "👩‍👧"):
        assert encode(name, Context.TEXT) == name


PARTS = (
    "Dear ",
    Slot("subscriber.name", Context.HTML, "reader"),
    '<a href="',
    Slot("unsubscribe_url", Context.URL),
    '">',
)


def test_filling_uses_the_value_else_the_default() -> None:
    own = {"unsubscribe_url": "https://a.example/u"}

    assert fill(PARTS, own | {"subscriber.name": "A<b>"}).startswith("Dear A&lt;b&gt;<a")
    assert fill(PARTS, own).startswith("Dear reader<a")
    assert fill(PARTS, own | {"subscriber.name": ""}).startswith("Dear reader<a")


def test_a_slot_with_neither_value_nor_default_is_an_error_and_never_a_hole() -> None:
    with pytest.raises(ComposerError, match="no value for 'unsubscribe_url', and no default"):
        fill(PARTS, {"subscriber.name": "Ana"})


def test_a_default_is_encoded_as_a_value_is() -> None:
    assert fill((Slot("subscriber.x", Context.HTML, "<i>"),), {}) == "&lt;i&gt;"


def test_a_default_of_nothing_is_a_choice() -> None:
    assert fill(("a", Slot("subscriber.x", Context.HTML, ""), "b"), {}) == "ab"
