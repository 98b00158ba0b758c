"""Headings, paragraphs and tables: does the page hold together, on a phone as well?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.prose import hidden
from composer.checks.walk import text_length, words_of
from composer.model.finding import Fix, Severity
from composer.model.issue import Paragraph, Position, Subheading, Table

LONG_HEADING = 90
LONG_PARAGRAPH = 1_200
#: What a phone shows beside each other without scrolling.
COLUMNS = 5

_LOUD_WORD = re.compile(r"[^\W\d_]{4,}")
_SENTENCE_END = re.compile(r"[^\W\d_]{4,}\.")
_ESCAPED_OR_EXPRESSION = re.compile(r"\\.|\{\{[^\n]{0,500}?\}\}")


def _headings(examined: Examined) -> Iterator[tuple[str, Position]]:
    """The words and the place of each."""
    for section in examined.issue.sections:
        yield words_of(section.heading), section.at
    for block in examined.blocks:
        if isinstance(block, Subheading):
            yield words_of(block.children), block.at


def is_shouted(text: str) -> bool:
    """Whether two words or more are all in capitals; abbreviations alone are not."""
    loud = _LOUD_WORD.findall(text)
    return len(loud) > 1 and text == text.upper() and text != text.lower()


def shouting(examined: Examined) -> Iterator[Remark]:
    """Capitals read slowly, and letter by letter where a program reads them aloud."""
    for words, at in _headings(examined):
        if is_shouted(words):
            yield Remark("the heading is all in capitals", "write it in small letters", at)


def trailing(examined: Examined) -> Iterator[Remark]:
    """A heading ends without a full stop."""
    prose = examined.prose
    for words, at in _headings(examined):
        start = prose.offset(at)
        end = prose.text.find("\n", start)
        line = prose.text[start : end if end >= 0 else len(prose.text)].rstrip(" \t#\x00")
        mark = line[-1:]
        if not mark or mark != words[-1:] or mark not in ".,;:" or line.endswith(".."):
            continue
        one_sentence = not re.search(r"[.!?] ", words)
        if mark != "." or (one_sentence and _SENTENCE_END.search(words[-6:])):
            place = prose.at(start + len(line) - 1)
            yield Remark(
                f"the heading ends with {mark!r}", "take it away", place, fix=Fix(mark, "")
            )


def long_heading(examined: Examined) -> Iterator[Remark]:
    for words, at in _headings(examined):
        if len(words) > LONG_HEADING:
            yield Remark(
                f"the heading has {len(words)} characters", f"{LONG_HEADING} are enough", at
            )


def long_paragraph(examined: Examined) -> Iterator[Remark]:
    """On a phone it fills more than two screens."""
    for block in examined.blocks:
        if isinstance(block, Paragraph) and (length := text_length(block)) > LONG_PARAGRAPH:
            yield Remark(
                f"the paragraph has {length:,} characters",
                "put an empty line where a new thought begins",
                block.at,
            )


def duplicate(examined: Examined) -> Iterator[Remark]:
    """Two sections with one heading; those for some readers only may have another's."""
    first: dict[str, Position] = {}
    for section in examined.issue.sections:
        words = " ".join(words_of(section.heading).casefold().split())
        if section.conditions or not words:
            continue
        there = first.setdefault(words, section.at)
        if there is not section.at:
            yield Remark(
                f"the section on line {there.line} has the same heading",
                "say in the heading what differs",
                section.at,
            )


def _tables(examined: Examined) -> Iterator[Table]:
    return (block for block in examined.blocks if isinstance(block, Table))


def empty_header(examined: Examined) -> Iterator[Remark]:
    """A column of which nobody knows what it is; the corner above the rows may be empty."""
    for table in _tables(examined):
        for number, cell in enumerate(table.header[1:], 2):
            if not words_of(cell):
                yield Remark(
                    f"column {number} of the table has no heading",
                    "write above the column what stands in it",
                    table.at,
                )


def wide(examined: Examined) -> Iterator[Remark]:
    for table in _tables(examined):
        if len(table.header) > COLUMNS:
            yield Remark(
                f"the table has {len(table.header)} columns, and a phone shows about {COLUMNS}",
                "turn it on its side, or make two of it",
                table.at,
            )


def ragged(examined: Examined) -> Iterator[Remark]:
    """Cells beyond the header's last one are in no letter."""
    lines = examined.source.split("\n")
    for table in _tables(examined):
        for line in range(table.at.line + 2, table.at.line + 2 + len(table.rows)):
            row = lines[line - 1] if line <= len(lines) else ""
            count = _cells(row)
            if count > len(table.header):
                yield Remark(
                    f"the row has {count} cells, and the table {len(table.header)} columns: "
                    "readers would not see the rest",
                    r"add a column to the header, or write \| for a | that is text",
                    Position(line),
                )


def _cells(row: str) -> int:
    bare = _ESCAPED_OR_EXPRESSION.sub(lambda found: hidden(found[0]), row).strip(" \t>")
    return len(bare.removeprefix("|").removesuffix("|").split("|"))


_E, _W = Severity.ERROR, Severity.WARNING

RULES = (
    Rule("heading/duplicate", _W, "two sections with one heading", duplicate),
    Rule("style/shouting", _W, "a heading in capitals", shouting),
    Rule("style/trailing-punctuation", _W, "a heading that ends with a full stop", trailing),
    Rule("style/long-heading", _W, "a heading longer than two lines", long_heading),
    Rule("style/long-paragraph", _W, "a paragraph longer than two screens", long_paragraph),
    Rule("table/empty-header", _W, "a column without a heading", empty_header),
    Rule("table/wide", _W, "a table too wide for a phone", wide),
    Rule("table/ragged", _E, "a row with more cells than the table", ragged),
)
