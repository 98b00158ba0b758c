"""A file of addresses: one in each line, or a column of a CSV file whose other columns are skipped.

Lists of people who left come from other tools: nothing but the address counts in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from composer.audience.cells import unescape_formula, unfit
from composer.audience.csv_file import (
    RowError,
    address_column,
    field_name,
    no_address_column,
    read_parts,
    wrong_width,
)
from composer.audience.csv_text import CsvText
from composer.errors import AudienceError, Place
from composer.model.address import Address


class AddressFile:
    """An open file of addresses. `encoding` tells people how it was read."""

    def __init__(self, path: Path) -> None:
        """Open, and find out where the addresses are.

        Raises:
            AudienceError: the file cannot be read, or no column of it holds addresses.
        """
        self._text = CsvText(path)
        self._rows = self._text.rows()
        try:
            self._begin(path)
        except BaseException:
            self.close()
            raise

    @property
    def encoding(self) -> str:
        return self._text.encoding

    def close(self) -> None:
        self._text.close()

    def _begin(self, path: Path) -> None:
        """Read the first row: a header, or the first address of a file that has none."""
        line, cells = next((n, row) for n, row in self._rows if row)
        place = Place(path, line)
        if isinstance(cells, str):
            raise AudienceError(f"the header cannot be read: {cells}", place=place)
        names = [field_name(cell) for cell in cells]
        at = address_column(names)
        self._first: tuple[int, list[str]] | None = None
        self._at, self._width = at or 0, len(cells)
        self._label = "" if at is None else names[at]
        if at is None:
            if len(cells) > 1 or "@" not in cells[0]:
                problem, hint = no_address_column(names)
                raise AudienceError(problem, place=place, hint=hint)
            self._first = line, cells

    def rows(self) -> Iterator[tuple[int, Address] | RowError]:
        """Line and address of every row, or why it has none; empty rows are skipped."""
        if self._first:
            yield self._read(*self._first)
        for line, cells in self._rows:
            if isinstance(cells, str):
                yield RowError(line, "", cells)
            elif any(cell.strip() for cell in cells):
                yield self._read(line, cells)
                if len(cells) != self._width:
                    self._text.read_again()

    def _read(self, line: int, cells: Sequence[str]) -> tuple[int, Address] | RowError:
        if len(cells) != self._width:
            one = "more than one address in a line: write one in each, or name the columns"
            reason = wrong_width(len(cells), self._width) if self._width > 1 else one
            return RowError(line, self._label, reason)
        cell = cells[self._at]
        parts = unfit(cell) or read_parts(unescape_formula(cell.strip()))
        if isinstance(parts, str):
            return RowError(line, self._label, parts)
        return line, Address(*parts)
