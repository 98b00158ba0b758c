"""Blocks in plain text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from composer.model.issue import (
    Block,
    Button,
    Citation,
    CodeBlock,
    Divider,
    Image,
    ItemList,
    Note,
    Only,
    Paragraph,
    Quote,
    Subheading,
    Table,
)
from composer.rendering.strings import date_text
from composer.rendering.text.tables import table_lines
from composer.rendering.text.words import Words
from composer.rendering.text.wrap import prefixed, width

_INDENT = "    "


def block_lines(
    blocks: Iterable[Block], words: Words, said: Mapping[str, str], columns: int
) -> list[str]:
    """The lines of `blocks`, a blank line between each two; `said` are the language's strings."""
    writer = _Writer(words, said)
    return writer.run(blocks, columns)


class _Writer:
    def __init__(self, words: Words, said: Mapping[str, str]) -> None:
        self._words = words
        self._said = said

    def run(self, blocks: Iterable[Block], columns: int) -> list[str]:
        lines: list[str] = []
        for block in blocks:
            written = self._lines(block, columns)
            if written:
                lines += ["", *written] if lines else written
        return lines

    def _wrap(self, text: str, columns: int) -> list[str]:
        return self._words.wrap(text, columns)

    def _lines(self, block: Block, columns: int) -> list[str]:
        match block:
            case Paragraph():
                return self._wrap(self._words.of(block.children), columns)
            case Subheading():
                return underlined(self._words.of(block.children), "~", columns, self._words)
            case Citation():
                return self._citation(block, columns)
            case Divider():
                return ["* * *"]
            case CodeBlock():
                return self._code(block, columns)
            case _:
                return self._composite(block, columns)

    def _composite(
        self, block: Button | ItemList | Quote | Note | Table | Image | Only, columns: int
    ) -> list[str]:
        match block:
            case Button():
                label = self._words.of(block.children)
                url = self._words.url(block.target, block.at)
                return self._wrap(f"{label}: {url}" if label else url, columns)
            case ItemList():
                return self._list(block, columns)
            case Quote() | Note():
                return self._set_in(block, columns)
            case Table():
                return table_lines(block, self._words, columns)
            case Image():
                return self._image(block, columns)
            case Only():
                raise AssertionError("choose() comes first and leaves no Only")

    def _set_in(self, block: Quote | Note, columns: int) -> list[str]:
        margin = "> " if isinstance(block, Quote) else _INDENT
        room = columns - len(margin)
        inner = self.run(block.blocks, room)
        if isinstance(block, Note):
            inner = [*self._wrap(f"{self._said['editors_note']}:", room), *inner]
        return prefixed(inner, margin, margin)

    def _list(self, block: ItemList, columns: int) -> list[str]:
        lines: list[str] = []
        loose = any(not _tight(item) for item in block.items)
        last = (block.start or 0) + len(block.items) - 1
        for number, item in enumerate(block.items, start=block.start or 0):
            mark = "- " if block.start is None else f"{number}. ".ljust(len(f"{last}. "))
            hanging = " " * len(mark)
            if loose:
                inner = self.run(item, columns - len(mark))
            else:
                inner = [line for b in item for line in self._lines(b, columns - len(mark))]
            if loose and lines:
                lines.append("")
            lines += prefixed(inner or [""], mark, hanging)
        return lines

    def _image(self, block: Image, columns: int) -> list[str]:
        alt = self._words.fragment(block.alt).strip()
        link = ""
        if block.target is not None:
            link = self._words.note(self._words.url(block.target, block.at))
        if not (alt or block.caption or link):
            return []  # a decoration: it says nothing in HTML either
        name = self._said["image"]
        shown = f"[{name}: {alt}]" if alt else f"[{name}]"
        return [*self._wrap(f"{shown}{link}", columns), *self._wrap(block.caption, columns)]

    def _citation(self, block: Citation, columns: int) -> list[str]:
        locale = self._words.scope.issue.locale
        sources = [
            f"{s.name}, {date_text(s.published, locale)}" if s.published else s.name
            for s in block.sources
        ]
        return self._wrap(f"({'; '.join(sources)})", columns)

    def _code(self, block: CodeBlock, columns: int) -> list[str]:
        """As written; a line that is too long goes on below, further in."""
        lines: list[str] = []
        for line in block.text.expandtabs(4).rstrip("\n").split("\n"):
            if width(line) <= columns - len(_INDENT):
                lines.append(f"{_INDENT}{line}".rstrip())
                continue
            inner = line.lstrip(" ")
            margin = _INDENT + " " * min(len(line) - len(inner), columns // 2)
            room = columns - len(margin) - len(_INDENT)
            lines += prefixed(self._wrap(inner, room), margin, margin + _INDENT)
        return lines


def _tight(item: Sequence[Block]) -> bool:
    """Whether an item is one paragraph, perhaps with a list below it."""
    match item:
        case [Paragraph()] | [Paragraph(), ItemList()] | [ItemList()] | []:
            return True
        case _:
            return False


def underlined(heading: str, line: str, columns: int, words: Words) -> list[str]:
    """A heading with a line of `line` below it, as long as its longest row."""
    rows = words.wrap(heading, columns)
    if not rows:
        return []
    return [*rows, line * min(columns, max(map(words.measure, rows)))]
