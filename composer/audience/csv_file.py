"""A subscriber file as a stream of rows and row errors: flat memory, whatever its size."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from composer.audience.addresses import plain_address, read_address
from composer.audience.cells import MAX_CELL_CHARS, Judge, judge_of, unescape_formula, unfit
from composer.audience.csv_text import CsvText
from composer.errors import AudienceError, Place
from composer.model.address import Address
from composer.model.settings import FieldType

MAX_COLUMNS = 500
#: Good values of a typed column that are remembered, so that each is read once.
REMEMBERED_VALUES = 20_000
#: Columns that are not fields.
OWN_COLUMNS = frozenset({"status", "locale", "consent_source", "consent_time"})

#: Fields that the name in `To` is made of.
NAMES = frozenset({"name", "first_name", "last_name"})

#: What people call the encodings that a file may have.
_SPOKEN = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}

ADDRESS_COLUMNS = ("email", "address", "email_address", "e_mail", "mail")
#: What rules and issues call a reader's mailbox: a field of that name could not be reached.
_TAKEN = frozenset({"email", "address", "domain"})


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was refused; `line` is the line of the file where the row begins."""

    line: int
    column: str
    reason: str


class Row(NamedTuple):
    """A good row. `cells` are trimmed, in the order of the file's columns, and fit their types."""

    line: int
    local: str
    domain: str  #: ASCII, lower case
    confirmed: bool | None  #: None when the file does not say
    cells: list[str]

    @property
    def address(self) -> Address:
        return Address(self.local, self.domain)


#: Everything that is wrong with one row.
Refused = tuple[RowError, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """The file's header: field names in the order of the columns, and where the address is."""

    names: tuple[str, ...]
    address: int


class SubscriberFile:
    """An open CSV file. `encoding` tells people how it was read."""

    def __init__(self, path: Path, types: Mapping[str, FieldType]) -> None:
        """Open and read the header.

        Raises:
            AudienceError: the file cannot be read, or its header does not do.
        """
        self.path = path
        self._types = types
        self._text = CsvText(path)
        self._rows = self._text.rows()
        self.mended: list[RowError] = []  #: good rows that were changed, as far as they are read
        try:
            self.columns = self._read_header()
        except BaseException:
            self.close()
            raise

    @property
    def encoding(self) -> str:
        return self._text.encoding

    def close(self) -> None:
        self._text.close()

    # --- header -----------------------------------------------------------------------

    def _read_header(self) -> Columns:
        line, cells = next((n, row) for n, row in self._rows if row)
        if isinstance(cells, str):
            raise self._error(line, f"the header cannot be read: {cells}")
        names = tuple(field_name(cell) for cell in cells)
        at = address_column(names)
        if problem := _header_problem(names, at):
            raise self._error(line, *problem)
        if at is None:
            raise self._error(line, *no_address_column(names))
        return Columns(names, at)

    def _error(self, line: int, problem: str, hint: str = "") -> AudienceError:
        return AudienceError(problem, place=Place(self.path, line), hint=hint)

    # --- rows -------------------------------------------------------------------------

    def rows(self) -> Iterator[Row | Refused]:
        """Every row once, good or refused, in the order of the file."""
        width = len(self.columns.names)
        read = self._row_reader()
        for line, cells in self._rows:
            if len(cells) == width and isinstance(cells, list):
                if row := read(line, cells):
                    yield row
            elif isinstance(cells, str):
                yield (RowError(line, "", cells),)
            elif any(cells):
                yield (RowError(line, "", wrong_width(len(cells), width)),)
                self._text.read_again()  # two lost quotation marks may have joined lines

    def _row_reader(self) -> Callable[[int, list[str]], Row | Refused]:
        """The reading of one row, with everything looked up that is the same for all."""
        names, at, damaged = self.columns.names, self.columns.address, self._text.damaged
        judges = [
            (i, {""}, judge)
            for i, name in enumerate(names)
            if i != at and (judge := judge_of(name, self._types.get(name, FieldType.TEXT)))
        ]
        state = names.index("status") if "status" in names else -1
        locale = names.index("locale") if "locale" in names else -1

        def read(line: int, raw: list[str]) -> Row | Refused:
            text = "".join(raw)
            odd = damaged or len(text) > MAX_CELL_CHARS or not text.isprintable()
            if odd and (wrong := self._unfit(line, raw)):
                return wrong
            if odd:
                self._mend_names(line, raw)
            cells = list(map(str.strip, raw))
            if "'" in text:
                cells = [unescape_formula(cell) for cell in cells]
            wrong = tuple(
                [
                    RowError(line, names[i], reason)
                    for i, good, judge in judges
                    if cells[i] not in good and (reason := _judged(cells[i], good, judge))
                ]
            )
            parts = plain_address(cells[at]) or read_parts(cells[at])
            if isinstance(parts, str):
                if not any(cells):
                    return ()  # nothing but separators
                return (RowError(line, names[at], parts), *wrong)
            if locale >= 0:
                cells[locale] = cells[locale].replace("_", "-")
            return wrong or Row(line, *parts, _confirmed(cells, state), cells)

        return read

    def _mend_names(self, line: int, cells: list[str]) -> None:
        """A name is one line: it may stand in a header one day."""
        for i, name in enumerate(self.columns.names):
            if name in NAMES and len(cells[i].strip().splitlines()) > 1:
                cells[i] = " ".join(cells[i].split())
                self.mended.append(RowError(line, name, "line ends became blanks"))

    def _unfit(self, line: int, cells: Sequence[str]) -> Refused:
        wrong = []
        for name, cell in zip(self.columns.names, cells, strict=True):
            reason = unfit(cell)
            if self._text.damaged and "\ufffd" in cell:
                reason = f"a letter is damaged: it is not in {_SPOKEN[self.encoding]}"
            if reason:
                wrong.append(RowError(line, name, reason))
        return tuple(wrong)


def _confirmed(cells: Sequence[str], column: int) -> bool | None:
    text = cells[column].lower() if column >= 0 else ""
    return text == "confirmed" if text else None


def _judged(text: str, good: set[str], judge: Judge) -> str:
    """Why `text` is refused; one that is not is remembered."""
    reason = judge(text)
    if not reason and len(good) < REMEMBERED_VALUES:
        good.add(text)
    return reason


def read_parts(text: str) -> tuple[str, str] | str:
    """Local part and domain of an address, or why it is none."""
    if parts := plain_address(text):
        return parts
    if not text:
        return "the address is missing"
    try:
        found = read_address(text)
    except AudienceError as error:
        return error.problem
    return found.local, found.domain


def field_name(cell: str) -> str:
    """`First Name` and `first-name` are `first_name`."""
    return re.sub(r"[^\w]+", "_", cell.strip()).strip("_").lower()


def wrong_width(cells: int, columns: int) -> str:
    """Why a row is refused that has too few or too many cells."""
    return f"{cells} {'cell' if cells == 1 else 'cells'} where there are {columns} columns"


def address_column(names: Sequence[str]) -> int | None:
    """Which of a header's columns holds the address, if any."""
    return next((names.index(name) for name in ADDRESS_COLUMNS if name in names), None)


def no_address_column(names: Sequence[str]) -> tuple[str, str]:
    """Problem and hint of a header without one."""
    near = [n for n in names if difflib.get_close_matches(n, ADDRESS_COLUMNS, n=1)]
    hint = f"is it {near[0]!r}? call that column email" if near else "call one email"
    return f"no column holds the address (found: {', '.join(names[:12])})", hint


def _header_problem(names: Sequence[str], at: int | None) -> tuple[str, str] | None:
    """Problem and hint."""
    if len(names) > MAX_COLUMNS:
        return f"{len(names):,} columns are more than {MAX_COLUMNS}", ""
    for i, name in enumerate(names):
        if not name:
            return f"column {i + 1} has no name", "give every column a name"
        if name in names[:i]:
            return f"two columns are called {name!r}", "rename one of them"
        if name in _TAKEN and i != at and at is not None:
            return (
                f"{name!r} is what a reader's mailbox is called; {names[at]!r} holds it here",
                f"call that column something else, as postal_{name}",
            )
    return None
