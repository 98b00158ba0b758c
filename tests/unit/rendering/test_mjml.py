from __future__ import annotations

from pathlib import Path

import pytest

from composer.errors import Place, TemplateError
from composer.rendering.attributes import safe_attributes
from composer.rendering.comments import Comments
from composer.rendering.guards import depth_of, first_mismatch, refuse_huge
from composer.rendering.mjml import compile_mjml

PLACE = Place(Path("letter.mjml.j2"))


def _whole(body: str, head: str = "") -> str:
    return (
        f"<mjml><mj-head>{head}</mj-head>\n<mj-body><mj-section><mj-column>\n{body}\n"
        "</mj-column></mj-section></mj-body></mjml>"
    )


def _compile(mjml: str, files: dict[str, str] | None = None) -> str:
    return compile_mjml(mjml, (files or {}).get, PLACE)


def test_the_doctype_is_in_the_capitals_that_the_inliner_keeps() -> None:
    assert _compile(_whole("<mj-text>x</mj-text>")).startswith("<!DOCTYPE html>")


def test_a_font_by_its_name_loads_nothing() -> None:
    html = _compile(_whole('<mj-text font-family="Ubuntu, Roboto, Open Sans">x</mj-text>'))

    assert "fonts.googleapis" not in html
    assert "<link" not in html
    assert "@import" not in html


def test_the_same_source_makes_the_same_bytes() -> None:
    carousel = '<mj-carousel><mj-carousel-image src="cid:a" alt="" /></mj-carousel>'

    assert _compile(_whole(carousel)) == _compile(_whole(carousel))


@pytest.mark.parametrize(
    ("mjml", "words"),
    [
        (_whole("<mj-text>a < b</mj-text>"), "line 3 of what the template makes: <mj-text>a < b"),
        (_whole("<mj-text><p>a</mj-text>"), "</mj-text> comes before <p> of line 3 is closed"),
        ("<mjml>\n<mj-body>\n<mj-section>", "<mj-section> is never closed (line 3"),
        ("<mjml>\n<mj-foo/>\n</mjml>", "unexpected element (line 2 of what the template makes: <m"),
        (_whole("", head="<!-- é -->\n<mj-html-attributes></mj-html-attributes>"), "(line 2"),
        ("", "this is not MJML"),
        ("hello", "this is not MJML"),
        (_whole("<mj-text>a</mj-text></mj-text>"), "</mj-text> comes before <mj-column> of line 2"),
        (_whole("<mj-foo>x</mj-foo>"), "MJML knows no <mj-foo>"),
        (_whole("<mj-include path='x'/>"), "there is no file 'x' in email_templates/"),
    ],
)
def test_what_is_not_mjml_is_an_error_with_its_line(mjml: str, words: str) -> None:
    with pytest.raises(TemplateError) as caught:
        _compile(mjml)

    assert words in str(caught.value)
    assert caught.value.place == PLACE


@pytest.mark.parametrize(
    ("mjml", "hint"),
    [
        ("<?xml version='1.0'?><mjml></mjml>", "begin with <mjml>"),
        ("<!DOCTYPE mjml><mjml></mjml>", "begin with <mjml>"),
        (_whole("<mj-text><![CDATA[x]]></mj-text>"), "instead of CDATA"),
        (_whole("", head="<mj-html-attributes></mj-html-attributes>"), "is not supported"),
        (
            '<mjml><mj-raw position="file-start">x</mj-raw><mj-body></mj-body></mjml>',
            "file-start is not supported",
        ),
    ],
)
def test_what_this_compiler_lacks_is_named(mjml: str, hint: str) -> None:
    with pytest.raises(TemplateError) as caught:
        _compile(mjml)

    assert hint in caught.value.hint


def test_a_misspelt_element_is_named_with_the_one_that_was_meant() -> None:
    with pytest.raises(TemplateError, match="MJML knows no <mj-buton>") as caught:
        _compile(_whole("<mj-buton>x</mj-buton>"))

    assert caught.value.hint == "did you mean <mj-button>?"


@pytest.mark.parametrize("tag", ["mj-wrapper", "div", "table"])
def test_what_is_too_deep_is_refused_and_does_not_crash(tag: str) -> None:
    deep = f"<{tag}>" * 30_000 + f"</{tag}>" * 30_000

    with pytest.raises(TemplateError, match="more than 500 deep"):
        _compile(_whole(deep))


def test_what_is_deep_but_within_the_guard_compiles() -> None:
    deep = "<div>" * 400 + "x" + "</div>" * 400

    assert _compile(_whole(f"<mj-text>{deep}</mj-text>")).count("<div>") == 400


def test_what_is_too_long_is_refused() -> None:
    with pytest.raises(TemplateError, match="characters of MJML"):
        refuse_huge("x" * 4_000_001, PLACE)


def test_depth_counts_no_element_without_content() -> None:
    assert depth_of("<a><br><img src='>'><b/><c></c></a><d></d>") == 2


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<a>\n<b></b></a>", None),
        ("<a>\n<b></a>", (2, "</a> comes before <b> of line 2 is closed")),
        ("<a>\n</a></b>", (2, "</b> closes nothing")),
        ("<a>\n\n<b>", (3, "<b> is never closed")),
        ("<a>\n<!-- </a>", (2, "a comment is never closed")),
        ("<!--\n<b> --><a></a>\n3 < 4", (3, "a < that is no tag must be written &lt;")),
    ],
)
def test_a_mismatch_is_found_where_it_is(markup: str, expected: tuple[int, str] | None) -> None:
    assert first_mismatch(markup) == expected


def test_an_included_file_passes_the_attribute_pass_too() -> None:
    files = {"part.mjml": '<mj-image src="cid:a" title="a\\b é" />'}

    html = _compile(_whole('<mj-include path="./part.mjml" />'), files)

    assert 'title="a&#92;b &#233;"' in html
    assert 'alt=""' in html


def test_an_included_sheet_is_left_as_it_is() -> None:
    files = {"a.css": ".a > b { content: '\\201C' }"}

    html = _compile(_whole("x", head='<mj-include path="a.css" type="css" />'), files)

    assert ".a > b { content: '\\201C' }" in html


def test_a_file_that_includes_itself_is_an_error() -> None:
    files = {"a.mjml": "<mj-wrapper><mj-include path='a.mjml' /></mj-wrapper>"}

    with pytest.raises(TemplateError, match="loads more than 100 files"):
        _compile("<mjml><mj-body><mj-include path='a.mjml' /></mj-body></mjml>", files)


def test_an_error_in_an_included_file_names_the_file() -> None:
    with pytest.raises(TemplateError, match=r"file 'a\.mjml' is not MJML: unexpected"):
        _compile(_whole("<mj-include path='a.mjml' />"), {"a.mjml": "<mjml></mjml>"})


ENDLESS = {
    "a tag": "<mj-text " + "x" * 50_000,
    "a tag with a value": "<mj-text " + "a='b' " * 10_000 + '"',
    "attributes": "<mj-text " + "a " * 50_000 + ">",
    "one name": "<mj-text " + "x" * 50_000 + ">",
    "tags": "<a " * 50_000,
    "values": "<a '<b \"" * 20_000,
    "comments": "<!--" * 50_000,
    "sheets": "<mj-style>" * 20_000,
    "titles": "<mj-title>" * 20_000,
    "heads": "<mj-head>" * 20_000,
    "blanks in a value": '<mj-text a="' + " " * 100_000 + 'é">',
}


@pytest.mark.parametrize("what", ENDLESS)
def test_what_never_ends_is_read_in_one_go(what: str) -> None:
    """Before, some of these took twice as long for each character more."""
    mjml = ENDLESS[what]

    assert first_mismatch(safe_attributes(mjml)) is not None
    assert Comments().hide(mjml)
    assert depth_of(mjml) >= 0
