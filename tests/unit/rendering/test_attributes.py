"""The traps of mjml-python's attributes: each would reach a reader without the pass."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import Place
from composer.rendering.attributes import safe_attributes
from composer.rendering.inlining import inline
from composer.rendering.mjml import compile_mjml

PLACE = Place(Path("letter.mjml.j2"))


class _Attributes(HTMLParser):
    def __init__(self, html: str, tag: str) -> None:
        super().__init__()
        self._tag = tag
        self.found: list[dict[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == self._tag:
            self.found.append({name: value or "" for name, value in attrs})


def _html(body: str, head: str = "") -> str:
    mjml = (
        f"<mjml><mj-head>{head}</mj-head><mj-body><mj-section><mj-column>{body}"
        "</mj-column></mj-section></mj-body></mjml>"
    )
    return inline(compile_mjml(safe_attributes(mjml), lambda _: None, PLACE), PLACE)


TROUBLE = {
    "quotation mark": 'a" onerror=1',
    "apostrophe": "it's",
    "backslash": "C:\\ships",
    "no-break space": "12\u00a0km",
    "joined emoji": "👩‍👧 ❤️",
    "non-joiner": "می‌خواهم",
    "combining accent": "Zoe\u0308",
    "Thai": "สวัสดี",
    "Arabic": "مرحبا",
    "Hebrew marks": "שָׁלוֹם",
    "thin space": "1\u20091",
    "direction mark": "a\u200eb",
    "byte order mark": "a\ufeffb",
    "angle brackets": "a > b < c",
    "ampersand": "R&D",
}


@pytest.mark.parametrize("value", TROUBLE.values(), ids=TROUBLE.keys())
def test_an_attribute_says_what_was_written(value: str) -> None:
    written = value.replace("&", "&amp;").replace('"', "&#34;").replace("<", "&lt;")

    html = _html(
        f'<mj-image src="cid:a" alt="{written}" title="{written}" />'
        f'<mj-text><a href="https://a.example" title="{written}">x</a></mj-text>'
    )

    image = _Attributes(html, "img").found[0]
    assert (image["alt"], image["title"]) == (value, value)
    assert _Attributes(html, "a").found[0]["title"] == value


@given(st.text(st.characters(exclude_categories=["C"]), max_size=30))
def test_any_text_survives_in_an_attribute(value: str) -> None:
    value = value.replace("\u2028", "").replace("\u2029", "")
    written = "".join(f"&#{ord(c)};" if c in "\"'<>&" else c for c in value)

    image = _Attributes(_html(f'<mj-image src="cid:a" alt="{written}" />'), "img").found[0]

    assert image["alt"] == value


def test_a_quotation_mark_in_single_quotes_does_not_end_the_attribute() -> None:
    image = _Attributes(_html("""<mj-image src="cid:a" alt='a" onerror=1' />"""), "img").found[0]

    assert image["alt"] == 'a" onerror=1'
    assert "onerror" not in image


def test_a_style_over_several_lines_keeps_its_properties() -> None:
    html = _html('<mj-text><p style="\n  color: #ff0000;\n\tmargin: 0">x</p></mj-text>')

    style = _Attributes(html, "p").found[0]["style"]
    assert "\\n" not in style
    assert style.split() == ["color:", "#ff0000;", "margin:", "0"]


def test_a_title_with_quotation_marks_does_not_break_its_label() -> None:
    title = 'The "Bear" \\ Søndag ❤️'
    html = _html("<mj-text>x</mj-text>", head=f"<mj-title>{title}</mj-title>")

    labels = [d["aria-label"] for d in _Attributes(html, "div").found if "aria-label" in d]
    assert labels == [title]
    assert f"<title>{title}</title>" in html


@pytest.mark.parametrize(
    "picture",
    [
        '<mj-image src="cid:a" />',
        '<mj-text><img src="cid:a"></mj-text>',
        '<mj-text><img src="cid:a" /></mj-text>',
        '<mj-social><mj-social-element name="github" src="https://a.example/i.png" /></mj-social>',
    ],
)
def test_a_picture_without_words_says_so(picture: str) -> None:
    images = _Attributes(_html(picture), "img").found

    assert images
    assert all(image["alt"] == "" for image in images)


def test_words_for_a_picture_are_kept() -> None:
    assert 'alt="Cranes"' in safe_attributes('<mj-image alt="Cranes" src="x"/>')
    assert safe_attributes('<img data-alt="x" src="y">').startswith('<img alt=""')


def test_css_gets_back_the_quotes_that_autoescape_took() -> None:
    html = _html(
        '<mj-text><p class="a">x</p></mj-text>',
        head="<mj-style>.a { font-family: &#39;A B&#39;, &#34;C&#34; } td &gt; i { top: 0 }"
        "</mj-style>",
    )

    assert ".a { font-family: 'A B', \"C\" } td > i { top: 0 }" in html
    assert """<p class="a" style="font-family:'A B', 'C'">""" in html


def test_elements_of_the_head_may_share_a_line() -> None:
    attributes = (
        '<mj-attributes> <mj-all padding="0" /> <mj-text color="#111111" /> </mj-attributes>'
    )
    html = _html("<mj-text>x</mj-text>", head=f" <mj-title>T</mj-title> {attributes} ")

    assert "<title>T</title>" in html
    assert "color:#111111" in html


@pytest.mark.parametrize("blanks", ["\t\n", " \r\n\t", "\r\n", "  <!-- note -->\t\n", "\n \n"])
def test_lines_of_the_head_may_end_in_blanks(blanks: str) -> None:
    defaults = f'<mj-attributes>{blanks}<mj-all color="#111111" />{blanks}</mj-attributes>'

    html = _html("<mj-text>x</mj-text>", head=f"{blanks}{defaults}{blanks}")

    assert "color:#111111" in html


@pytest.mark.parametrize(
    ("sheet", "shown"),
    [
        ("/* for <p> and </b>, <html> too */ p { top: 0 }", "p { top: 0 }"),
        ("@media (width < 600px) { p { top: 0 } }", "@media (width < 600px) { p { top: 0 } }"),
        ("@media (width<=9px) { p { top: 0 } }", "@media (width<=9px) { p { top: 0 } }"),
        ('p::before { content: "<b>" }', 'p::before { content: "<b>" }'),
    ],
)
def test_a_sheet_may_hold_what_looks_like_a_tag(sheet: str, shown: str) -> None:
    html = _html("<mj-text><p>x</p></mj-text>", head=f"<mj-style>{sheet}</mj-style>")

    assert shown in html
    assert "less-than" not in html


def test_the_end_of_a_sheet_may_have_blanks_in_it() -> None:
    html = _html(
        "<mj-text><p>x</p></mj-text>",
        head="<mj-style\n>p { top: 0 }</mj-style\n  ><mj-title\n>A</mj-title\n>",
    )

    assert '<p style="top:0">x</p>' in html
    assert 'aria-label="A"' in html


def test_what_comes_back_in_a_sheet_does_not_end_it() -> None:
    html = _html("", head="<mj-style>a { top: 0 } /*less-than*//style></mj-style>")

    assert "a { top: 0 } /*less-than*//style></style>" in html


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<a>One</a>\n  <a>Two</a>", "One Two"),
        ("<a><b>One</b>\n</a>Two", "One Two"),
        ("<i>One</i>\r\n<b>Two</b>", "One Two"),
        ("<i>One</i>\n<!-- and --><b>Two</b>", "One Two"),
        ("<i>One</i><b>Two</b>", "OneTwo"),
    ],
)
def test_words_on_two_lines_are_two_words(written: str, read: str) -> None:
    body = re.sub(r"<!--.*?-->", "", _html(f"<mj-text>{written}</mj-text>"))

    paragraph = re.search(r"<div style=\"[^\"]*font-family[^>]*>(.*?)</div>", body, re.DOTALL)

    assert paragraph is not None
    assert " ".join(re.sub(r"<[^>]*>", "", paragraph[1]).split()) == read


def test_blanks_between_blocks_do_not_lengthen_the_letter() -> None:
    mjml = "<mj-text>\n<p>\n<b>x</b>\n</p>\n<p>y</p>\n</mj-text>"

    assert safe_attributes(mjml) == mjml


def test_an_icon_with_nothing_but_blanks_has_no_cell_for_words() -> None:
    def social(words: str) -> str:
        link = 'name="facebook" href="https://example.org/"'
        return _html(
            f"<mj-social><mj-social-element {link}>{words}</mj-social-element></mj-social>"
        )

    assert social(" \n ") == social("")


def test_css_cannot_end_its_own_sheet() -> None:
    html = _html("", head="<mj-style>a { top: 0 } &lt;/style&gt;&lt;b&gt;</mj-style>")

    assert "a { top: 0 } &lt;/style>&lt;b></style>" in html


def test_what_needs_nothing_is_left_as_it_was() -> None:
    mjml = '<mj-body width="600px"><mj-raw><!--[if mso]><i a="b"><![endif]--></mj-raw></mj-body>'

    assert safe_attributes(mjml) == mjml
