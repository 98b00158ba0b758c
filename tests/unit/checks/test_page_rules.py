"""What readers get: each rule over the page finds what it is for, and leaves good pages alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.checks.cascade import looks_of, rows_of
from composer.checks.colours import BLACK, WHITE, colour_of, contrast, hexed, nearest_passing
from composer.checks.css import declarations_of, rules_of
from composer.checks.examined import Examined, SiteSeen, look_with
from composer.checks.page import Page
from composer.checks.rules import ISSUE_RULES, SITE_RULES
from composer.checks.tags import misnested, tags_of
from composer.model.edition import EditionKey
from composer.model.finding import Severity
from composer.model.settings import Palette
from tests.unit.checks.samples import (
    EDITION,
    HEAD,
    NEWSLETTER,
    SETTINGS,
    examined,
    html_with,
    page_with,
)


def codes(seen: Examined) -> set[str]:
    return {finding.code for finding in look_with(ISSUE_RULES, seen)}


def whole(html: str) -> Examined:
    return examined(edition=replace(EDITION, html=(html, *EDITION.html[1:])))


PAGE = EDITION.html[0]
assert isinstance(PAGE, str)

BAD: list[tuple[str, Examined]] = [
    ("html/doctype", whole(PAGE.removeprefix("<!DOCTYPE html>"))),
    ("html/charset", whole(PAGE.replace('charset="utf-8"', 'charset="iso-8859-1"'))),
    ("html/charset", whole(PAGE.replace('<meta charset="utf-8">', ""))),
    ("html/viewport", whole(PAGE.replace('name="viewport"', 'name="view"'))),
    ("html/wellformed", page_with("<p>Hello</p></b>")),
    ("html/wellformed", page_with("<p>Hello<b>,</p>")),
    ("html/wellformed", page_with('<p id="a" id="b">Hello</p>')),
    ("html/wellformed", page_with("<li>Hello</li>")),
    ("html/wellformed", page_with("<p><table role=none><tr><td>Hello</td></tr></table></p>")),
    ("html/forbidden", page_with("<p>Hello</p><iframe></iframe>")),
    ("html/forbidden", page_with("<p>Hello</p>", head='<meta http-equiv="Refresh" content="1">')),
    ("html/forbidden", page_with("<p>Hello</p>", head='<link rel="stylesheet" href="/a.css">')),
    ("html/forbidden", page_with('<p><a href=" java\tscript:x()">Hello</a></p>')),
    ("html/forbidden", page_with('<p\nONCLICK = "x()">Hello</p>')),
    ("html/forbidden", page_with('<p title="a"onload=x()>Hello</p>')),
    ("html/remote-style", page_with(head="<style>@import '//example.net/a.css';</style>")),
    ("html/comment-balance", page_with("<p>Hello</p><!--[if mso]><p>Outlook</p>-->")),
    ("html/comment-balance", page_with("<p>Hello</p><!--[if mso]><!--[if mso]>x<![endif]-->")),
    (
        "css/media-lost",
        examined(
            edition=replace(EDITION, mjml="<mj-style>@media print { a { color: red } }</mj-style>")
        ),
    ),
    ("css/invalid", page_with('<p style="\\ncolor:red">Hello</p>')),
    ("css/invalid", page_with('<p style="color:">Hello</p>')),
    ("css/invalid", page_with(head="<style>@media print { p { colour: red } }</style>")),
    ("css/width-overflow", page_with('<p style="min-width:700px">Hello</p>')),
    ("outlook/background-image", page_with('<table role="none" background="https://a.example/b">')),
    ("outlook/conditional", page_with("<p>Hello</p><!--[if mso]><v:rect><![endif]-->")),
    ("outlook/max-width", page_with('<img src="cid:a" alt="" style="max-width:300px">')),
    ("size/message", replace(examined(), messages={EDITION.key: b"x" * 500_001})),
    ("size/text", page_with(said="Hello " * 20_000)),
    ("text/line-length", page_with(said="Hello " * 14)),
    ("text/parity", page_with("<h2>Hello, Varsund</h2>")),
    ("text/parity", page_with('<p><a href="mailto:a@example.net">Hello</a></p>')),
    ("text/parity", page_with(said="Hello\n\nNobody ever told the others about this one")),
    ("text/trailing-spaces", page_with(said="Hello \n")),
    ("text/unprintable", page_with(said="Hel\x07lo")),
    ("a11y/img-alt", page_with('<p>Hello<img src="https://example.org/a.png"></p>')),
    ("a11y/heading-order", page_with("<h2></h2><p>Hello</p>")),
    ("a11y/contrast", page_with('<p style="color:rgb(150, 150, 150)">Hello</p>')),
    ("a11y/contrast", page_with('<div style="background:#666666">Hello</div>')),
    (
        "a11y/contrast",
        page_with('<table role="none" bgcolor="navy"><tr><td>Hello</td></tr></table>'),
    ),
]


@pytest.mark.parametrize(("code", "seen"), BAD, ids=[f"{n}-{c}" for n, (c, _) in enumerate(BAD)])
def test_a_rule_over_the_page_finds_what_it_is_for(code: str, seen: Examined) -> None:
    assert code in codes(seen)


@pytest.mark.parametrize(
    "body",
    [
        "<p>Hello",
        "<ul><li>Hello<li>you</ul>",
        "<p>Hello<!--[if mso]></p><![endif]--></p>",
        "<!--[if mso | IE]><table><tr><td><![endif]--><p>Hello</p><!--[if mso]></td><![endif]-->",
        "<!--[if !mso]><!--><p>Hello</p><!--<![endif]-->",
        '<p>Hello</p><p style="display:none;color:#fff">Hidden</p>',
        '<div style="background-image:url(cid:a);color:#fff">Hello</div>',
        '<div style="background:linear-gradient(red, blue);color:red">Hello</div>',
        '<div style="background:no-such-colour;color:#fff">Hello</div>',
        '<h1 style="display:none">Hello</h1>'.replace("h1", "p"),
        '<p style="color:#767676">Hello</p>',
        '<p style="color:#949494;font-size:24px">Hello</p>',
        '<p style="color:#949494;font-size:14pt;font-weight:bold">Hello</p>',
        '<p>Hello <a href="mailto:desk@example.org">desk@example.org</a></p>',
        '<!--[if mso]><table width="9"><![endif]--><div style="max-width:9px">Hello</div>',
        '<div style="max-width:0px;max-height:0;overflow:hidden">&#847;</div><p>Hello</p>',
        "<p>Hel<b>lo</b></p>",
        '<p style="mso-line-height-rule:exactly;-webkit-hyphens:none">Hello</p>',
    ],
)
def test_what_is_usual_or_cannot_be_known_is_left_alone(body: str) -> None:
    found = codes(page_with(body)) - {"a11y/table-role"}

    assert not {code.partition("/")[0] for code in found} & {"html", "a11y", "css"}
    assert "outlook/max-width" not in found


def test_a_page_of_two_subjects_is_looked_at_once() -> None:
    twin = replace(EDITION, key=EditionKey("en", "b"), subject=("Another",))
    seen = replace(examined(), editions=[EDITION, twin])

    assert len(seen.pages) == 1


def test_a_fault_stands_where_its_sign_is_written_and_else_in_the_template() -> None:
    seen = replace(
        examined(),
        source="---\n---\n## One {#one}\n",
        template=Path("email_templates/own.mjml.j2"),
        template_source="<mjml>\n  <mj-head>\n",
    )

    assert seen.where("{#one}")[1].line == 3
    path, at = seen.where("<mj-head>")
    assert (path, at.line, at.column) == (seen.template, 2, 3)
    assert replace(seen, template=Path("/elsewhere/monitor.mjml.j2")).where("<mj-head>")[0] is None


DARK = (
    "<style>@media (prefers-color-scheme: dark) {"
    " body { background-color: #1b1a18 !important; } .note { color: %s !important; } }</style>"
)


def test_dark_rules_apply_by_selector_and_only_on_dark_screens() -> None:
    html = html_with('<p class="note" style="color:#1d1b18">Hello</p>', head=DARK % "#ece7dd")
    page = Page.of(replace(EDITION, html=html), NEWSLETTER.base_url)
    (note,) = page.tree.find_class("note")

    assert hexed(page.light[note].colour or BLACK) == "#1d1b18"
    assert hexed(page.dark[note].colour or BLACK) == "#ece7dd"
    assert hexed(page.dark[note].ground or WHITE) == "#1b1a18"
    assert page.light[note].ground == WHITE


def test_a_dark_rule_without_important_loses_against_the_inline_style() -> None:
    head = (DARK % "#ece7dd").replace(" !important", "")
    html = html_with('<p class="note" style="color:#1d1b18">Hello</p>', head=head)
    page = Page.of(replace(EDITION, html=html), NEWSLETTER.base_url)
    (note,) = page.tree.find_class("note")

    assert hexed(looks_of(rows_of(page.tree), page.dark_rules)[note].colour or WHITE) == "#1d1b18"


RGB = st.tuples(*[st.integers(0, 255)] * 3).map(lambda c: (*map(float, c), 1.0))


@given(RGB, RGB)
def test_contrast_is_the_same_both_ways_and_between_1_and_21(one: object, other: object) -> None:
    ratio = contrast(one, other)

    assert ratio == contrast(other, one)
    assert 1 <= ratio <= 21.0001


def test_black_on_white_is_21_and_the_greys_of_the_guidelines_are_right() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast((119, 119, 119, 1), WHITE) == pytest.approx(4.48, abs=0.01)


@given(RGB, RGB, st.sampled_from([3.0, 4.5]))
def test_the_colour_that_is_proposed_passes(text: object, ground: object, need: float) -> None:
    better = colour_of(nearest_passing(text, ground, need))  # type: ignore[arg-type]

    assert better is not None
    assert contrast(better, ground) >= need


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("#FFF", "#ffffff"),
        ("navy", "#000080"),
        ("rgb(1, 2, 3)", "#010203"),
        ("rgba(1 2 3 / 50%)", "#010203"),
        ("rgb(100%, 0%, 0%)", "#ff0000"),
        ("#11223380", "#112233"),
    ],
)
def test_colours_are_read_in_every_usual_way(written: str, seen: str) -> None:
    colour = colour_of(written)

    assert colour is not None
    assert hexed(colour) == seen


@pytest.mark.parametrize(
    "written", ["", "inherit", "var(--ink)", "rgb(1, 2)", "rgb(a, b, c)", "#12"]
)
def test_what_is_no_colour_is_none(written: str) -> None:
    assert colour_of(written) is None


@given(st.text(alphabet="abc:;!{}()'\"/*@ \n#.-"))
def test_any_sheet_and_any_style_can_be_read(css: str) -> None:
    declarations_of(css)
    rules_of(css)


@given(st.text(alphabet="<>/abp tdr='\"!-[]", max_size=80))
def test_any_html_can_be_looked_at(html: str) -> None:
    list(misnested(tags_of(html)))


def test_rules_keep_the_at_rules_that_they_stand_in() -> None:
    sheet = "a { x: 1 } @media screen { @supports (b: c) { .d { e: f !important } } } g { h: ';' }"

    assert [(r.at, r.selector) for r in rules_of(sheet)] == [
        ((), "a"),
        (("@media screen", "@supports (b: c)"), ".d"),
        ((), "g"),
    ]
    assert rules_of(sheet)[1].declarations[0].important


@pytest.mark.parametrize("quote", ["'", '"'])
def test_the_fix_of_a_theme_is_a_colour_that_passes(quote: str) -> None:
    newsletter = replace(NEWSLETTER, palette=Palette(muted="#999999"))
    source = f"[theme]\nmuted = {quote}#999999{quote}\n"
    seen = SiteSeen(replace(SETTINGS, newsletter=newsletter), Path("newsletter.toml"), source)

    (finding,) = look_with(SITE_RULES, seen)

    assert (finding.code, finding.line, finding.column) == ("theme/contrast", 2, 10)
    assert finding.fix is not None
    assert finding.fix.old == "#999999"
    better = colour_of(finding.fix.new)
    paper = colour_of(Palette().paper)
    assert better is not None
    assert paper is not None
    assert contrast(better, paper) >= 4.5


def test_our_own_palette_can_be_read() -> None:
    seen = SiteSeen(SETTINGS, Path("newsletter.toml"), "")

    assert look_with(SITE_RULES, seen) == ()
    assert HEAD


def test_a_message_of_ten_megabytes_is_an_error_and_a_shorter_line_is_a_warning() -> None:
    big = replace(examined(), messages={EDITION.key: b"x" * 10_000_001})
    (size,) = [f for f in look_with(ISSUE_RULES, big) if f.code == "size/message"]
    (line,) = [
        f for f in look_with(ISSUE_RULES, page_with(said="é" * 500)) if f.code == "text/line-length"
    ]

    assert (size.severity, line.severity) == (Severity.ERROR, Severity.ERROR)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Dear Ana, the port <em>waits</em>.</p>", "Dear Ana, the\nport waits."),
        ("<blockquote><p>We wait.</p><p>Ane Dahl</p></blockquote>", "> We wait.\n>\n> Ane Dahl"),
        ('<p>See <a href="https://a.example/b?c=1&amp;d=2">it</a>.</p>', "See it [1].\n\n[1] https://a.example/b?c=1&d=2"),
        ("<ul><li>One<ul><li>Two</li></ul></li></ul>", "- One\n  - Two"),
        ("<p>Café\u0301 and caf\u00e9</p>", "Caf\u00e9\u0301 and cafe\u0301"),
        ("<p>A, B and C</p>", "A\nB and C"),
        ("<p>&#847;&zwnj;&nbsp;</p><p>Hello</p>", "Hello"),
    ],
)  # fmt: skip
def test_one_letter_in_two_forms_says_the_same(html: str, text: str) -> None:
    assert "text/parity" not in codes(page_with(html, said=text))
