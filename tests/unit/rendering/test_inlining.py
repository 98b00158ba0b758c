"""What premailer by itself would drop, fetch or rewrite, and what must come through."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from composer.errors import Place, TemplateError
from composer.rendering.inlining import inline
from composer.rendering.stylesheets import inlinable, narrowed

PLACE = Place(Path("letter.mjml.j2"))


def _page(body: str, css: str = "", head: str = "") -> str:
    sheet = f'<style type="text/css">{css}</style>' if css else ""
    return (
        f"<!DOCTYPE html>\n<html><head><title>t</title>{head}{sheet}</head>"
        f"<body>{body}</body></html>"
    )


def _inline(body: str, css: str = "", head: str = "") -> str:
    return inline(_page(body, css, head), PLACE)


def test_rules_are_written_into_the_elements() -> None:
    html = _inline('<p class="a">x</p><div class="a"></div>', ".a { color: red } p { margin: 0 }")

    assert '<p class="a" style="margin:0; color:red">x</p>' in html
    assert '<div class="a" style="color:red"></div>' in html


def test_the_doctype_stays() -> None:
    assert _inline("x").startswith("<!DOCTYPE html>\n")


SHEETS = {
    "important in media": "@media (max-width:400px) { .k { color: #00f !important } }",
    "dark mode": "@media (prefers-color-scheme: dark) { body { color: #fff !important } }",
    "hover": "a:hover { color: red }",
    "font face": "@font-face { font-family: A; src: local(A) }",
    "supports": "@supports (display: grid) { .k { display: grid } }",
    "keyframes": "@keyframes k { from { top: 0 } to { top: 1px } }",
    "layer": "@layer a { .k { color: rgb(1 2 3 / 50%) } }",
    "outlook.com": "[data-ogsc] .k { color: #fff !important } u + .k { filter: alpha(x) }",
    "outlook": "#outlook a { padding: 0; }",
    "nested braces in a string": '@media print { .k:after { content: "}" } } .k { top: 0 }',
    "comment": "/* a } b { */ .k { color: #ffffff; padding: 0px }",
}


@pytest.mark.parametrize("css", SHEETS.values(), ids=SHEETS.keys())
def test_a_sheet_stays_byte_for_byte(css: str) -> None:
    html = _inline('<p class="k">x</p>', css)

    assert f'<style type="text/css">{css}</style>' in html


def test_a_sheet_for_some_screens_is_neither_inlined_nor_marked() -> None:
    sheet = '<style media="screen and (max-width:1px)">.k { color: red }</style>'

    html = _inline('<p class="k">x</p>', head=sheet)

    assert sheet in html
    assert '<p class="k">x</p>' in html


@pytest.mark.parametrize("media", ["all", "screen"])
def test_a_sheet_for_every_screen_is_inlined(media: str) -> None:
    html = _inline('<p class="k">x</p>', head=f'<style media="{media}">.k {{ top: 0 }}</style>')

    assert '<p class="k" style="top:0">' in html
    assert "data-premailer" not in html


def test_the_text_data_premailer_is_only_text() -> None:
    assert ' data-premailer="ignore" ' in _inline('<p>a data-premailer="ignore" b</p>')


def test_importance_decides_while_inlining_and_stays_in_the_sheet() -> None:
    """Inline `!important` would defeat every dark rule of the sheet."""
    css = ".a { color: red !important } p.a { color: blue }"

    html = _inline('<p class="a">x</p>', css)

    assert '<p class="a" style="color:red">' in html
    assert css in html


def test_specificity_and_order_decide() -> None:
    css = "#i { top: 1px } .a.b { top: 2px } .a { top: 3px; left: 1px } .b { left: 2px }"

    assert 'style="top:1px; left:2px"' in _inline('<p id="i" class="a b">x</p>', css)


def test_what_an_element_says_itself_wins() -> None:
    html = _inline('<p class="a" style="color:green">x</p>', ".a { color: red; top: 0 }")

    assert 'style="color:green; top:0"' in html


def test_attributes_are_not_overwritten_by_styles() -> None:
    html = _inline('<img class="a" src="cid:a" alt="" width="560">', ".a { width: 100% }")

    assert 'width="560"' in html
    assert "width:100%" in html


def test_conditions_for_outlook_are_left_alone() -> None:
    condition = '<!--[if mso]><style>.a { color: red }</style><i class="a">&nbsp;</i><![endif]-->'

    html = _inline(f'{condition}<p class="a">x</p>', "p { top: 0 }")

    assert condition in html
    assert '<p class="a" style="top:0">' in html


def test_a_style_is_in_double_quotes() -> None:
    html = _inline("<p>style='a'</p>", "p { font-family: 'Times New Roman', \"B\" }")

    assert """<p style="font-family:'Times New Roman', 'B'">style='a'</p>""" in html


def test_unknown_properties_pass_and_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    css = "p { mso-line-height-rule: exactly; -webkit-text-size-adjust: 100% }"
    with caplog.at_level(logging.DEBUG):
        html = _inline("<p>x</p>", css)

    assert 'style="mso-line-height-rule:exactly; -webkit-text-size-adjust:100%"' in html
    assert not caplog.records


@pytest.mark.parametrize(
    ("written", "inlined"),
    [
        ("rgb(0 0 150 / 3%)", "rgba(0, 0, 150, 0.03)"),
        ("RGBA( 0 0 150/.5 )", "rgba(0, 0, 150, 0.5)"),
        ("hsl(20 50% 40% / 1)", "hsla(20, 50%, 40%, 1)"),
    ],
)
def test_a_colour_of_css_4_is_written_so_that_older_clients_know_it(
    written: str, inlined: str
) -> None:
    sheet = f"p {{ box-shadow: 0 2px 0 {written} }}"
    html = _inline(f'<p>x</p><b style="color: {written}">y</b>', sheet)

    assert f'<p style="box-shadow:0 2px 0 {inlined}">' in html
    assert f'<b style="color: {inlined}">' in html
    assert sheet in html


@pytest.mark.parametrize(
    ("body", "css"),
    [
        ("<p>x</p>", "p { color: oklch(60% 0.1 50 / 50%) }"),
        ("<p>x</p>", "p { filter: progid:X.Y(a='b') }"),
        ('<p style="color: {{ c }}">x</p>', ""),
        ('<p style="a b">x</p>', ""),
    ],
)
def test_css_that_would_be_lost_is_an_error_each_time(body: str, css: str) -> None:
    for _ in range(2):
        with pytest.raises(TemplateError, match="CSS that cannot be read") as caught:
            _inline(body, css)
        assert caught.value.place == PLACE


@pytest.mark.parametrize(
    "css",
    [
        "@import url(http://127.0.0.1:9/a.css);",
        "@import 'file:///etc/passwd';",
        "@IMPORT url(a.css) screen; p { top: 0 }",
        "p { top: 0 } @/**/import url(a.css);",
        "@\\69mport url(a.css);",
        "@\\000069 mport url(a.css);",
        "<!-- @import url(a.css); -->",
        "@media screen { @import url(a.css); }",
    ],
)
def test_a_sheet_that_imports_another_is_refused(css: str) -> None:
    for head in (f"<style>{css}</style>", f'<style media="print">{css}</style>'):
        with pytest.raises(TemplateError, match="uses @import"):
            _inline("x", head=head)


@pytest.mark.parametrize(
    "element",
    [
        '<link rel="stylesheet" href="file:///etc/passwd">',
        '<LINK rel=stylesheet href="http://127.0.0.1:9/">',
        '<link rel="icon" href="https://a.example/i.png">',
        "<script>x()</script>",
        '<iframe src="https://a.example"></iframe>',
        '<base href="https://a.example">',
        "<form></form>",
    ],
)
def test_what_loads_or_runs_something_is_refused(element: str) -> None:
    with pytest.raises(TemplateError, match="it loads and runs nothing"):
        _inline(element)


def test_a_word_that_looks_like_a_tag_is_no_tag() -> None:
    assert "&lt;script&gt;" in _inline("&lt;script&gt; <!--[if mso]><link><![endif]-->")


@pytest.mark.parametrize("css", ["p { top: 0", "p { top: 0 } }", "@media x { p { top: 0 }"])
def test_braces_that_do_not_match_are_an_error(css: str) -> None:
    with pytest.raises(TemplateError, match="braces"):
        _inline("<p>x</p>", css)


def test_depth_that_the_parser_would_cut_off_is_an_error() -> None:
    deep = "<div>" * 300 + "x" + "</div>" * 300

    with pytest.raises(TemplateError, match="more than 240 deep"):
        _inline(f"{deep}<p>the end</p>")


def test_nothing_is_cut_off_just_below_that_depth() -> None:
    deep = "<div>" * 235 + "x" + "</div>" * 235

    assert _inline(f"{deep}<p>the end</p>").count("<div>") == 235


def test_text_and_entities_come_through() -> None:
    html = _inline("<p>a &amp; b &lt; c\u00a0d é ❤️ 東</p>")

    assert "a &amp; b &lt; c" in html
    assert "d é ❤️ 東" in html.replace("&nbsp;", "\u00a0")


def test_the_reset_of_ancient_clients_is_not_written_on_every_cell() -> None:
    assert not inlinable("#outlook a { padding: 0; } table, td { border-collapse: collapse }")


def test_a_rule_is_narrowed_to_the_elements_that_have_its_class() -> None:
    rules = [((0,), ".a", "x"), ((1,), ".a > .b", "y"), ((2,), ".none", "z"), ((3,), "[o] p", "v")]

    made = narrowed(rules, '<p class="a b"><td align="x" class="b">')

    assert made == [
        ((0,), "p.a", "x"),
        ((1,), "p.a > p.b", "y"),
        ((1,), "p.a > td.b", "y"),
    ]
