"""Where each character of a token's content stands in the file.

Markdown strips prefixes (`> `, indents) from lines and backslashes from table cells, so the
content of a token is a row of stretches of the source, each starting somewhere else.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from composer.model.issue import Position
from composer.reading.source import Source

_CLOSING_HASHES = re.compile(r"(?<=[ \t])#+$")
_ROW_PREFIX = re.compile(r"[ \t>]*")
_PIPE = re.compile(r"\\?\|")


class Spots:
    """Stretches as (offset in the content, line, column), the offsets ascending."""

    def __init__(self, stretches: list[tuple[int, int, int]]) -> None:
        self.offsets = [offset for offset, _, _ in stretches]
        self.stretches = stretches

    def at(self, offset: int) -> Position:
        """The place of the character at `offset` of the content."""
        start, line, column = self.stretches[max(bisect_right(self.offsets, offset) - 1, 0)]
        return Position(line, column + max(offset - start, 0))


def spots_of_lines(source: Source, line: int, content: str) -> Spots:
    """Of a paragraph that begins on `line` (from 0): each row is the end of its source line."""
    stretches = []
    offset = 0
    for n, row in enumerate(content.split("\n")):
        bare = row.lstrip(" \t")
        column = source.line(line + n).rfind(bare)
        stretches.append((offset + len(row) - len(bare), line + n + 1, max(column, 0) + 1))
        offset += len(row) + 1
    return Spots(stretches)


def spots_of_heading(source: Source, line: int, content: str) -> Spots:
    """Of a heading: the end of its line but for closing hashes."""
    row = _CLOSING_HASHES.sub("", source.line(line).rstrip(" \t"))
    return Spots([(0, line + 1, max(row.rfind(content), 0) + 1)])


def spots_of_cells(source: Source, line: int, first: int | None) -> list[Spots]:
    """Of each cell in a table's row; `first` is the row's column (from 0), None if unknown."""
    row = source.line(line)
    prefix = _ROW_PREFIX.match(row)
    start = first if first is not None else (prefix.end() if prefix else 0)
    if row[start : start + 1] == "|":
        start += 1
    cells, stretches = [], [(start, 0)]
    for found in _PIPE.finditer(row, start):
        if found[0] == "|":
            cells.append(_cell(row, line, stretches))
            stretches = [(found.end(), 0)]
        elif found[0] == r"\|":
            stretches.append((found.start() + 1, len(stretches)))
    return [*cells, _cell(row, line, stretches)]


def _cell(row: str, line: int, stretches: list[tuple[int, int]]) -> Spots:
    """`stretches` has source columns and how many backslashes were dropped before each."""
    begin = stretches[0][0]
    while begin < len(row) and row[begin] in " \t":
        begin += 1
    placed = [(0, line + 1, begin + 1)]
    placed += [(column - begin - n, line + 1, column + 1) for column, n in stretches[1:]]
    return Spots(placed)
