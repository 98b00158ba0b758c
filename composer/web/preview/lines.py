"""Which line made which block: what goes from the letter to the text and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from composer.checks.walk import blocks_within, inlines_within, plain, words_of
from composer.model.issue import (
    Block,
    Button,
    Citation,
    CodeBlock,
    Expression,
    Image,
    Inline,
    Issue,
    Paragraph,
    Section,
    Subheading,
    Table,
)

#: So much of a block is enough to know it by.
ENOUGH = 48
#: White space and what has no width: letters of one block may be broken anywhere.
_BLANK = re.compile(r"[\s\u00ad\u034f\u200b-\u200d\u2060\ufeff]+")


def blocks(issue: Issue) -> list[dict[str, object]]:
    """Everything with a line of its own, in reading order.

    `text` is the beginning of what a reader sees, without white space; where a personal value
    stands, the longest piece beside it. `kind` is `title`, `heading`, `image` (known by its
    alternative text) or `text`.
    """
    title = issue.positions.get("title")
    found = [_told(title.line if title else 1, "title", [issue.title])]
    found += [_of_block(block) for block in blocks_within(issue.introduction)]
    for section in issue.sections:
        found.append(_told(section.at.line, "heading", _pieces(section.heading)))
        found += [_of_block(block) for block in blocks_within(section.blocks)]
    return [told for told in found if told["text"] or told["kind"] == "image"]


def outline(issue: Issue) -> list[dict[str, object]]:
    """The sections, with the words of their headings whole."""
    return [_entry(section) for section in issue.sections]


def _entry(section: Section) -> dict[str, object]:
    return {"line": section.at.line, "text": words_of(section.heading), "id": section.id}


def _of_block(block: Block) -> dict[str, object]:
    kind, pieces = "text", [""]
    match block:
        case Paragraph() | Button():
            pieces = _pieces(block.children)
        case Subheading():
            kind, pieces = "heading", _pieces(block.children)
        case Table():
            cells = (cell for row in (block.header, *block.rows) for cell in row)
            pieces = next(filter(any, map(_pieces, cells)), pieces)
        case CodeBlock():
            pieces = [block.text]
        case Image():
            kind, pieces = "image", [plain(block.alt)]
        case Citation():
            pieces = [source.name for source in block.sources[:1]]
        case _:
            pass  # what only holds others is known by them
    return _told(block.at.line, kind, pieces)


def _told(line: int, kind: str, pieces: Iterable[str]) -> dict[str, object]:
    bare = [_BLANK.sub("", piece) for piece in pieces]
    return {"line": line, "kind": kind, "text": max(bare, key=len, default="")[:ENOUGH]}


def _pieces(inlines: Sequence[Inline]) -> list[str]:
    """The text between personal values."""
    pieces = [""]
    for inline in inlines_within(inlines):
        if isinstance(inline, Expression):
            pieces.append("")
        else:
            pieces[-1] += getattr(inline, "text", "")
    return pieces


def touched(old: str, new: str) -> int:
    """The first line of `new` that differs from `old`; 0 when none does."""
    if old == new:
        return 0
    was, now = old.splitlines(), new.splitlines()
    for number, (before, after) in enumerate(zip(was, now, strict=False), start=1):
        if before != after:
            return number
    return min(len(was), len(now)) + 1 if len(now) > len(was) else max(1, len(now))
