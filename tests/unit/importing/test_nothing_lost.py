"""Every word of the source is in the issue, or in what the import says it left out."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from composer.model.issue import Code, Emphasis, Inline, Link, Paragraph, Strong, Text
from composer.reading.importing.capitals import is_capitals
from composer.reading.importing.escape import clean
from composer.reading.importing.imported import Imported
from composer.reading.importing.old_issue import Kind, import_issue
from composer.reading.issue_file import Vocabulary, inspect_issue

TODAY = date(2026, 11, 23)

CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
MARKS = """
Varsund NATO 1. - * ** _ __ # ## > ::: :::note ``` ~~~ | |-| --- === [x] [x]: [x](y) ![x]
<b> </b> <!-- &amp; &#65; {{ }} {% {# {.button} {#id} \\ \\* *italic* _italic_ **bold**
https://quay.example/a_b (*Gazette*, x@y.example ' ’ “quoted” 2025) é 瀬戸口 نور
[EDITORS' NOTE: ] © No. 5 1) +
"""
WORDS = st.one_of(
    st.sampled_from(MARKS.split()),
    st.text(CHARACTERS, min_size=1, max_size=8),
)
LINES = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)
BLOCKS = st.one_of(
    st.lists(LINES, min_size=1, max_size=3).map("\n".join),
    st.sampled_from(
        [
            "HARBOUR INSTITUTE",
            "Harbour Bulletin No. 417",
            "March 7, 2025 Ana Diaz, Bo Ek and Carla Holm",
            "Related Categories: Ports; Energy, and Such; NATO",
            "A HEADING IN CAPITALS: NATO'S LNG",
            "It rained. (*The Quay Gazette*, March 5, 2025)",
            "[EDITORS’ NOTE: It *did* rain.]",
            "© 2025 - Harbour Institute",
        ]
    ),
)
ISSUES = st.lists(BLOCKS, min_size=1, max_size=8).map("\n\n".join)


def words(text: str) -> Counter[str]:
    """Runs of letters and digits, without their case and without what nobody sees."""
    plain, _ = clean(text)
    return Counter(word.casefold() for word in re.findall(r"[^\W_]+", plain))


def all_of(made: Imported) -> Counter[str]:
    markdown = re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", made.markdown)
    yaml = re.sub(r"\\U([0-9A-F]{8})", lambda m: chr(int(m[1], 16)), markdown)
    return words(yaml) + words(" ".join(entry.text for entry in made.left_out))


@given(ISSUES)
@example("[EDITORS' NOTE: a [b] c]")
@example("A\n=\n\n| a |\n|-|\n| b |")
def test_no_word_of_a_plain_text_issue_is_lost(text: str) -> None:
    made = import_issue(text, kind="text", today=TODAY)

    assert not words(text) - all_of(made)


@settings(max_examples=60)
@given(ISSUES)
def test_the_reader_accepts_what_was_imported_and_sees_no_mark_in_it(text: str) -> None:
    made = import_issue(text, kind="text", today=TODAY)

    with TemporaryDirectory() as folder:
        path = Path(folder) / "issue.md"
        path.write_text(made.markdown, "utf-8")
        reading = inspect_issue(path, Vocabulary(fields=None, segments=frozenset()))

    errors = [f for f in reading.findings if f.severity == "error" and f.code != "cite/date"]
    assert not errors, (made.markdown, errors)
    assert "Expression(" not in repr(reading.issue)


def seen(inlines: tuple[Inline, ...]) -> str:
    """The letters that a reader sees."""
    parts = []
    for inline in inlines:
        match inline:
            case Emphasis() | Strong() | Link():
                parts.append(seen(inline.children))
            case Text() | Code():
                parts.append(inline.text)
            case _:
                parts.append(" ")
    return "".join(parts)


@given(st.lists(LINES, min_size=1, max_size=4))
def test_a_paragraph_reads_as_it_did_sign_for_sign(lines: list[str]) -> None:
    source, _ = clean("\n".join(lines))
    assume(not any(is_capitals(line) for line in source.split("\n")))
    assume(not re.search(r"(?im)EDITORS|©|[•‣▪◦●·]\s|^\s*$|\(c\)|(?:No|#)\W*\d", source))

    made = import_issue(f"{source}\n", kind="text", today=TODAY)

    with TemporaryDirectory() as folder:
        path = Path(folder) / "issue.md"
        path.write_text(made.markdown, "utf-8")
        issue = inspect_issue(path, Vocabulary(fields=None, segments=frozenset())).issue
    assert issue is not None
    assert [type(block) for block in issue.introduction] == [Paragraph]
    paragraph = issue.introduction[0]
    assert isinstance(paragraph, Paragraph)

    def bare(text: str) -> str:
        """Without the signs of italics, which may have become italics."""
        return " ".join(re.sub(r"[*_]", "", text).split())

    assert bare(seen(paragraph.children)) == bare(source)


@given(st.text(max_size=300), st.sampled_from(["text", "html", "markdown"]))
@example("<", "html")
@example("---\nx: [\n---\n", "markdown")
@example("<ul><li>a<ol><li></ul>", "html")
def test_an_import_never_fails(text: str, kind: Kind) -> None:
    made = import_issue(text, kind=kind, today=TODAY)

    assert made.markdown.startswith("---\nschema: 1\n")
    assert made.issue_name


ELEMENTS = "p div b i em strong h1 h2 h3 ul ol li td blockquote span a code pre"
TAGS = st.sampled_from(ELEMENTS.split())


@given(
    st.recursive(LINES, lambda inner: st.tuples(TAGS, st.lists(inner, max_size=3)), max_leaves=12)
)
def test_no_word_of_an_html_issue_is_lost(tree: object) -> None:
    def markup(node: object) -> str:
        if isinstance(node, str):
            return node.replace("&", "&amp;").replace("<", "&lt;")
        assert isinstance(node, tuple)
        tag, inner = node
        return f"<{tag}>{' '.join(map(markup, inner))}</{tag}>"

    def text(node: object) -> str:
        if isinstance(node, str):
            return node
        assert isinstance(node, tuple)
        return " ".join(map(text, node[1]))

    made = import_issue(f"<html><body>{markup(tree)}</body></html>", kind="html", today=TODAY)

    assert not words(text(tree)) - all_of(made)
