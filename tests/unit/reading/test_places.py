"""Line and column are right wherever something stands, and nothing makes reading fall over."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.model.issue import Expression, Issue, Link
from composer.reading.issue_file import Reading, inspect_issue
from tests.unit.reading.samples import HEAD, VOCABULARY, inspect, places
from tests.unit.reading.test_issue_file import FULL

FIELD = "{{ subscriber.nope }}"
LINK = "[x](ftp://x)"


@pytest.mark.parametrize("wrong", [FIELD, LINK])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("one\ntwo ", " three"),
        ("one  \n   two ", ""),
        ("雨が é̀ 😀 ", ""),
        ("- one\n\n  - two\n\n    three\n    four ", ""),
        ("1. > - ", ""),
        ("> one\n> two ", "\n> three"),
        ("> one\nlazy ", ""),
        ("-\tone\n\ttwo ", ""),
        (":::note\n> - one\n>   two ", "\n:::"),
        ("| a | b |\n|---|---|\n| ", " | two |"),
        ("| a | b |\n|---|---|\n| one \\| `\\|` two | é ", " |"),
        ("> | a | b |\n> |---|---|\n> | ", " | two |"),
        ("- | a ", " | b |\n  |---|---|\n  | c | d |"),
        ("a | b\n--|--\none | ", ""),
        ("## ", " ##"),
        ("### one ", ""),
        ("> ### one ", " {#not-an-id} ##"),
        ("**bold *both ", "* end**"),
        ("[words \\[", "](ftp://example.org)"),
        ("one (", ") two"),
        ("one \\* &amp; `co\nde` ", ""),
        ("text <!-- dropped --> ", " (*Post*, May 1, 2024)"),
    ],
)
def test_a_finding_stands_where_the_mistake_does(
    before: str, after: str, wrong: str, tmp_path: Path
) -> None:
    text = before + wrong + after
    expected = (
        HEAD.count("\n") + before.count("\n") + 1,
        len(before) - (before.rfind("\n") + 1) + 1,
    )

    assert expected in places(inspect(tmp_path, text))


def everything_in(value: object) -> Iterator[Expression | Link]:
    """Every expression and link of an issue, however deep."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Expression | Link):
            yield value
        if isinstance(value, tuple | list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
        elif dataclasses.is_dataclass(value):
            waiting += [getattr(value, field.name) for field in dataclasses.fields(value)]


def check_places(issue: Issue, text: str) -> int:
    lines = text.split("\n")
    found = list(everything_in(issue))
    for thing in found:
        rest = lines[thing.at.line - 1][thing.at.column - 1 :]
        assert rest.startswith("{{" if isinstance(thing, Expression) else ("[", "<"))
        if isinstance(thing, Expression):
            assert thing.name in rest.partition("}}")[0]
    return len(found)


PIECES = st.sampled_from(
    [
        "word",
        "ünïcödé 雨 😀",
        "{{ subscriber.role }}",
        '{{ subscriber.company | default("a | b\\" }}") }}',
        "[link](https://example.org/{{ subscriber.role }})",
        "[*wi\nde*](https://example.org)",
        "<https://example.org>",
        "**bold {{ issue.number }}**",
        "`code {{ no }}`",
        "\\*",
        "\\|",
        "&amp;",
        "*",
        "`",
        "(*Post*, May 1, 2024)",
        "\n",
        "\n\n",
        "\n> ",
        "\n- ",
        "\n  ",
        "\n1. ",
        "\n    ",
        "\t",
        "\n:::note\n",
        "\n:::\n",
        "\n:::only segment=board\n",
        "\n## ",
        "\n### ",
        "\n\n| a | b |\n|---|---|\n| ",
        " | ",
        "\n---\n",
        "\n```\n",
        "<!-- no -->",
        "![a](https://example.org/a.png)",
        "{.button}",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=25).map(" ".join))
def test_every_expression_and_link_stands_where_it_says(text: str) -> None:
    reading = inspect_text(HEAD + text)

    if reading.issue is not None:
        check_places(reading.issue, HEAD + text)
    check_findings(reading, HEAD + text)


def test_the_property_above_looks_at_something() -> None:
    text = FULL.replace("![Two idle cranes](images/cranes.png", "![x](https://example.org/x.png")
    issue = inspect_text(text).issue

    assert issue is not None
    assert check_places(issue, text) == 4


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.text("#-:`*_[](){}<>!|\\\n \t{%\"'&;=.+0123456789abc\u202e雨")))
def test_any_text_is_an_issue_or_has_findings(text: str) -> None:
    for whole in (text, f"---\n{text}\n---\nText.\n", HEAD + text):
        check_findings(inspect_text(whole), whole)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_issue_is_an_issue_or_has_findings(data: st.DataObject) -> None:
    text = FULL
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(start + data.draw(st.integers(0, 30)), len(text))
        text = text[:start] + data.draw(st.text(max_size=5) | PIECES) + text[end:]

    check_findings(inspect_text(text), text)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_an_issue_or_have_findings(data: bytes) -> None:
    for whole in (data, HEAD.encode() + data):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "issue.md"
            path.write_bytes(whole)
            reading = inspect_issue(path, VOCABULARY)

        assert (reading.issue is None) == any(f.severity == "error" for f in reading.findings)


def inspect_text(text: str) -> Reading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "issue.md"
        path.write_bytes(text.encode("utf-8", "replace"))
        return inspect_issue(path, VOCABULARY)


def check_findings(reading: Reading, text: str) -> None:
    """There is an issue or an error, and every finding stands inside the file."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert (reading.issue is None) == any(f.severity == "error" for f in reading.findings)
    for finding in reading.findings:
        assert 1 <= finding.line <= len(lines)
        assert 1 <= finding.column <= len(lines[finding.line - 1]) + 1


def test_a_mistake_that_yaml_places_behind_a_line_is_told_inside_it() -> None:
    for start in range(4, FULL.index("\n---\n", 4)):
        text = FULL[:start] + "\n" + FULL[start + 30 :]
        check_findings(inspect_text(text), text)
