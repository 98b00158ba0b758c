from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.checks.mjml_source import Problem, is_sound, problems
from composer.checks.mjml_source.schema import schema
from composer.errors import TemplateError
from composer.rendering.templates import Templates

HEAD = "<mjml><mj-head><mj-title>A</mj-title></mj-head><mj-body>\n"
TAIL = "\n</mj-body></mjml>\n"
FILES = {
    "whole.mjml": "<mj-text>a</mj-text>",
    "top.j2": "<mj-section><mj-column>",
    "end.j2": "</mj-column></mj-section>",
    "itself.j2": '{% include "itself.j2" %}',
}


def read(name: str) -> str | None:
    if ".." in name:
        raise TemplateError("outside")
    return FILES.get(name)


def found(text: str) -> list[Problem]:
    return list(problems(text, read))


def column(inside: str) -> str:
    """`inside` on a line of its own, the third, in a column."""
    return f"{HEAD}<mj-section><mj-column>\n{inside}\n</mj-column></mj-section>{TAIL}"


def place(text: str, mark: str) -> tuple[int, int]:
    at = text.index(mark)
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


@pytest.mark.parametrize(
    ("inside", "mark", "code", "hint"),
    [
        ("<mj-texte>a</mj-texte>", "<mj-texte", "mjml/unknown-tag", "did you mean 'mj-text'?"),
        ('<mj-text colour="red">a</mj-text>', "colour", "mjml/unknown-attribute", "'color'"),
        ('<mj-text src="a">a</mj-text>', "src", "mjml/unknown-attribute", "has one"),
        ('<mj-text color="redd">a</mj-text>', "redd", "mjml/attribute-value", "'red'"),
        ('<mj-text color="ff0000">a</mj-text>', "ff0", "mjml/attribute-value", "write #ff0000"),
        ('<mj-text padding="10">a</mj-text>', '10"', "mjml/attribute-value", "write 10px"),
        ('<mj-text padding="0 5">a</mj-text>', "0 5", "mjml/attribute-value", "write 0 5px"),
        ('<mj-text font-size="1em">a</mj-text>', "1em", "mjml/attribute-value", "with px"),
        (
            '<mj-text padding="1px 1px 1px 1px 1px">a</mj-text>',
            "1px",
            "mjml/attribute-value",
            "write 1 to 4",
        ),
        (
            '<mj-text align="middle">a</mj-text>',
            "middle",
            "mjml/attribute-value",
            "left, right, center, justify",
        ),
        (
            '<mj-image src="a" alt="" fluid-on-mobile="yes" />',
            "yes",
            "mjml/attribute-value",
            "true or false",
        ),
        ("<mj-section></mj-section>", "<mj-section></", "mjml/nesting", "mj-body, mj-wrapper"),
        ("<div>a</div>", "<div", "mjml/nesting", "mj-text"),
        ("words", "words", "mjml/nesting", "mj-text"),
        ("<mj-text><mj-button>a</mj-button></mj-text>", "<mj-button", "mjml/nesting", "mj-column"),
        ("<mj-text><p><mj-spacer/></p></mj-text>", "<mj-spacer", "mjml/nesting", "HTML"),
        ("<mj-text>a", "<mj-text", "mjml/unclosed", "write </mj-text>"),
        ("<mj-text><p>a</mj-text>", "<p>", "mjml/unclosed", "write </p>"),
        ("<mj-text>a</p></mj-text>", "</p>", "mjml/stray-end", "</mj-text>"),
        (
            '<mj-text color="red" align="left" color="blue">a</mj-text>',
            'color="blue"',
            "mjml/duplicate-attribute",
            "one of them",
        ),
        ("<mj-text color=red>a</mj-text>", "color=", "mjml/syntax", 'color="…"'),
        ("<mj-text>a < b</mj-text>", "< b", "mjml/syntax", "&lt;"),
        (
            '<mj-text color="red>a</mj-text><mj-text align="left">b</mj-text>',
            "<mj-text",
            "mjml/syntax",
            "quotation mark",
        ),
        (
            '<mj-text color="red>a</mj-text>\n<mj-text align="left>b</mj-text>',
            'color="red>',
            "mjml/syntax",
            "quotation mark",
        ),
        ("<mj-text>a</mj-text><!-- b", "<!--", "mjml/syntax", "-->"),
        ("<mj-text><![CDATA[a]]></mj-text>", "<![C", "mjml/unsupported", "&lt;"),
        ("<!doctype html>", "<!doc", "mjml/unsupported", "<mjml>"),
        ('<?xml version="1.0"?>', "<?xml", "mjml/unsupported", "<mjml>"),
        ('<mj-raw position="file-start"></mj-raw>', "position", "mjml/unsupported", "mj-head"),
        ('<mj-include path="nowhere.mjml" />', "nowhere", "mjml/include-missing", ""),
        ('<mj-include path="../secret" />', "../secret", "mjml/include-outside", "one another"),
        ('<mj-include path="https://x.example/a" />', "https", "mjml/include-outside", ""),
        ("<mj-include />", "<mj-include", "mjml/include-missing", "path"),
    ],
)
def test_a_mistake_is_told_where_it_stands(inside: str, mark: str, code: str, hint: str) -> None:
    text = column(inside)

    first = found(text)[0]

    assert (first.code, (first.line, first.column)) == (code, place(text, mark))
    assert hint in first.hint


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ('<mj-font name="A" href="https://fonts.example/a.css" />', "mjml/web-font"),
        ("<mj-style>@import url(https://fonts.example/a.css);</mj-style>", "mjml/web-font"),
        (
            '<mj-style>@font-face { src: url("https://fonts.example/a.woff2") }</mj-style>',
            "mjml/web-font",
        ),
        ("<mj-html-attributes></mj-html-attributes>", "mjml/unsupported"),
        ("<mj-text>a</mj-text>", "mjml/nesting"),
        ('<mj-attributes><mj-all colour="red" /></mj-attributes>', "mjml/unknown-attribute"),
    ],
)
def test_a_mistake_in_the_head_is_told(inside: str, code: str) -> None:
    text = HEAD.replace("</mj-head>", f"\n{inside}</mj-head>") + TAIL

    assert [problem.code for problem in found(text)] == [code]


@pytest.mark.parametrize(
    "inside",
    [
        '<mj-text color="{{ newsletter.palette.ink }}" padding="{{ a }}px 0">a</mj-text>',
        '<mj-text align="{% if rtl %}right{% else %}left{% endif %}">a</mj-text>',
        '<mj-text {% if a %}align="left"{% else %}align="right"{% endif %}>a</mj-text>',
        "<mj-text><h{{ level }}>a</h{{ level }}></mj-text>",
        "<mj-text><{% if a %}ol{% else %}ul{% endif %}></{{ a }}></mj-text>",
        '<mj-text>{{ "</p>" | safe }}{# <mj-foo> #}</mj-text>',
        "<mj-text>{% raw %}{{ a }}{% endraw %}</mj-text>",
        '{% if a %}<mj-text align="left">{% else %}<mj-text>{% endif %}a</mj-text>',
        "{% for a in b %}<mj-text>a</mj-text>{% else %}<mj-divider />{% endfor %}",
        "{% if a %}</mj-column></mj-section><mj-section><mj-column>{% endif %}",
        "{% macro a() %}<mj-section>{% endmacro %}<mj-text>a</mj-text>",
        "{% macro a() %}<td>{% endmacro %}<mj-table><tr>{{ a() }}b</td></tr></mj-table>",
        '{% include "end.j2" %}{% include "top.j2" %}',
        '{% include "whole.mjml" %}{{ words }}',
        '{% include "blocks/" ~ kind ~ ".j2" %}',
        '<mj-include path="./whole.mjml" />',
        '<mj-include path="{{ a }}" />',
        "<mj-text>a<br>b<hr/><img src='a' alt='b > c'></mj-text>",
        "<mj-raw><!--[if mso]><table><tr><td><![endif]--></mj-raw>",
        '<mj-table><tr><td width="1">a</td></tr></mj-table>',
        '<mj-text line-height="1.5" letter-spacing="-0.5px" css-class="a" mj-class="b">a</mj-text>',
    ],
)
def test_what_jinja_decides_is_left_to_jinja(inside: str) -> None:
    assert found(column(inside)) == []


def test_elements_that_two_conditions_open_and_close_are_believed() -> None:
    text = (
        f"{HEAD}{{% if a %}}<mj-wrapper>{{% endif %}}<mj-section></mj-section>"
        f"{{% if a %}}</mj-wrapper>{{% endif %}}{TAIL}"
    )

    assert found(text) == []
    assert [p.code for p in found(text.replace("</mj-body>", ""))] == ["mjml/unclosed"]


@pytest.mark.parametrize("text", ["", "<mj-section><mj-column>", "</mj-column>", *FILES.values()])
def test_a_partial_may_be_half_of_something(text: str) -> None:
    assert found(text) == []


def test_a_partial_is_still_one_text() -> None:
    assert [p.code for p in found("<mj-column><mj-text>a</mj-column>")] == ["mjml/unclosed"]
    assert [p.code for p in found("<mj-column></mj-section>")] == ["mjml/stray-end"]


def test_what_we_ship_has_no_mistake() -> None:
    templates = Templates.of_site(None)
    folder = templates.folders[-1]
    files = [path for path in folder.rglob("*") if path.is_file()]

    assert files
    for path in files:
        assert list(problems(path.read_text(), templates.read)) == [], path


def test_the_table_knows_every_component_of_mjml_5() -> None:
    known = schema()

    assert known.version.startswith("5.")
    assert len(known.attributes) == 31 + 6
    assert known.parents("mj-text") == ("mj-column", "mj-hero")
    assert known.attributes["mj-text"]["padding"] == "unit(px,%){1,4}"


def test_the_table_is_small_enough_to_ship() -> None:
    table = Path(schema.__wrapped__.__code__.co_filename).parents[1] / "tables" / "mjml.json"

    assert table.stat().st_size < 32_000


PIECES = [
    *("<mj-text>", "</mj-text>", "<mj-section ", "a='b'", '"', "'", ">", "<", "/>", "words"),
    *("{% if a %}", "{% else %}", "{% endif %}", "{{ a }}", "{#", "#}", "{%", "%}", "{{", "}}"),
    *("{% for a in b %}", "{% endfor %}", "{% macro a() %}", "{% endmacro %}", "\n", "<!--", "-->"),
    *("<mj-style>", "</mj-style>", '{% include "top.j2" %}', "{% raw %}", "{% endraw %}", "é"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_every_text_is_read_to_its_end_and_every_place_is_in_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    lines = text.split("\n")

    for problem in found(text):
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1


@pytest.mark.parametrize(
    "text",
    [
        "<a" * 100_000,
        "<a " + "x" * 200_000,
        "<a b='" * 50_000,
        "{{" * 100_000,
        "{% if a %}<p>" * 20_000,
        "<mj-style>" * 20_000,
        "{% if a %}<p>{% endif %}" * 10_000,
        "<!--" * 50_000,
    ],
)
def test_hostile_texts_come_to_an_end(text: str) -> None:
    assert len(found(f"<mjml>{text}")) <= 200


PIECES = [
    "<mjml>", "</mjml>", "<mj-body>", "</mj-body>", "<mj-section>", "</mj-section>",
    '<mj-column width="50%">', '<mj-column width="50">', "</mj-column>", "<mj-text>", "</mj-text>",
    '<mj-text color="redd">', '<mj-text colour="red">', "<mj-divider />", '<mj-image src="a" />',
    "<mj-texte>", "</mj-texte>", "<p>", "</p>", "a", " ", "\n", "<!-- a -->", "<!-- a", "{{ a }}",
    "{% if a %}", "<mj-raw>", "</mj-raw>", "<mj-style>p { color: red }</mj-style>", "< 3", '"',
]  # fmt: skip
CODES = {"mjml/unknown-attribute", "mjml/attribute-value", "mjml/nesting"}


@given(st.lists(st.sampled_from(PIECES), max_size=6), st.integers(0, 2))
def test_what_a_quick_look_holds_for_sound_has_no_mistake(pieces: list[str], where: int) -> None:
    inside = "".join(pieces)
    text = (f"{HEAD}{inside}{TAIL}", column(inside), inside)[where]

    assert not (is_sound(text) and CODES & {problem.code for problem in found(text)})


@pytest.mark.parametrize("inside", ["<mj-text>a <b>b</b></mj-text>", "<!-- a --><mj-divider />"])
def test_a_quick_look_knows_what_is_sound(inside: str) -> None:
    assert is_sound(column(inside))


@pytest.mark.parametrize(
    "inside", ['<mj-text colour="red">a</mj-text>', "<mj-section></mj-section>", "a", "<p>a</p>"]
)
def test_a_quick_look_leaves_what_is_wrong_to_the_long_one(inside: str) -> None:
    assert not is_sound(column(inside))
