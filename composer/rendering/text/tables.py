"""Tables in plain text: aligned where they fit, else a row at a time."""

from __future__ import annotations

from collections.abc import Sequence

from composer.model.issue import Table
from composer.rendering.strings import FIGURE
from composer.rendering.text.words import Words
from composer.rendering.text.wrap import prefixed

_GAP = "  "


def table_lines(table: Table, words: Words, columns: int) -> list[str]:
    """The lines of `table`, at most `columns` wide."""
    header = [_cell(words.of(cell)) for cell in table.header]
    rows = [[_cell(words.of(cell)) for cell in row] for row in table.rows]
    widths = [max(map(words.measure, column)) for column in zip(header, *rows, strict=True)]
    if sum(widths) + len(_GAP) * (len(widths) - 1) > columns:
        return _one_by_one(header, rows, words, columns)
    aligns = (
        [
            align or ("right" if _all_figures(column) else "left")
            for align, column in zip(table.alignments, zip(*rows, strict=True), strict=True)
        ]
        if rows
        else list(table.alignments)
    )
    lines = [_line(row, widths, aligns, words) for row in (header, *rows)]
    return [lines[0], _GAP.join("-" * width for width in widths), *lines[1:]]


def _cell(text: str) -> str:
    return " ".join(text.split("\n"))


def _all_figures(cells: Sequence[str]) -> bool:
    return all(FIGURE.fullmatch(cell) for cell in cells if cell) and any(cells)


def _line(row: Sequence[str], widths: Sequence[int], aligns: Sequence[str], words: Words) -> str:
    cells = []
    for text, width, align in zip(row, widths, aligns, strict=True):
        missing = width - words.measure(text)
        before = {"right": missing, "center": missing // 2}.get(align, 0)
        cells.append(" " * before + text + " " * (missing - before))
    return _GAP.join(cells).rstrip()


def _one_by_one(
    header: Sequence[str], rows: Sequence[Sequence[str]], words: Words, columns: int
) -> list[str]:
    lines: list[str] = []
    for row in rows:
        if lines:
            lines.append("")
        for name, text in zip(header, row, strict=True):
            stated = f"{name}: {text}" if name else text
            lines += prefixed(words.wrap(stated, columns - 2), "", "  ")
    return lines or words.wrap(", ".join(header), columns)
