"""A subscriber file as a stream of rows and row errors: flat memory, whatever its size."""

from __future__ import annotations

import codecs
import csv
import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from composer.audience.addresses import plain_address, read_address
from composer.audience.values import read_value
from composer.errors import AudienceError, Place
from composer.model.address import Address
from composer.model.settings import FieldType

MAX_CELL_CHARS = 10_000
MAX_COLUMNS = 500
#: Good values of a typed column that are remembered, so that each is read once.
REMEMBERED_VALUES = 20_000

_ADDRESS_COLUMNS = ("email", "address", "e-mail", "email_address", "mail")
#: Columns that are not fields.
OWN_COLUMNS = frozenset({"status", "locale", "consent_source", "consent_time"})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was refused; `line` is the line of the file where the row begins."""

    line: int
    column: str
    reason: str


class Row(NamedTuple):
    """A good row. `cells` are trimmed, in the order of the file's columns, and fit their types."""

    line: int
    local: str
    domain: str  #: ASCII, lower case
    confirmed: bool
    cells: list[str]

    @property
    def address(self) -> Address:
        return Address(self.local, self.domain)


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
        self.encoding, self._stream = _open(path)
        try:
            self._reader = self._make_reader()
            self.columns = self._read_header()
        except BaseException:
            self._stream.close()
            raise

    def close(self) -> None:
        self._stream.close()

    # --- header -----------------------------------------------------------------------

    def _make_reader(self) -> csv._reader:  # type: ignore[name-defined,unused-ignore]
        start = self._stream.read(64 * 1024)
        self._stream.seek(0)
        if not start.strip():
            raise self._error("the file is empty", hint="the first line names the columns")
        first = start.lstrip("\ufeff").split("\n", 1)[0]
        delimiter = max(",;\t|", key=first.count)
        lines = _without_nul(self._stream)
        csv.field_size_limit(MAX_CELL_CHARS * 4)
        return csv.reader(lines, delimiter=delimiter, strict=True)

    def _read_header(self) -> Columns:
        try:
            cells = next(self._reader)
        except (StopIteration, csv.Error) as error:
            raise self._error(f"the header cannot be read: {error}") from error
        names = tuple(_field_name(cell) for cell in cells)
        self._refuse_header(names)
        for wanted in _ADDRESS_COLUMNS:
            if wanted.replace("-", "_") in names:
                return Columns(names, names.index(wanted.replace("-", "_")))
        near = [n for n in names if difflib.get_close_matches(n, _ADDRESS_COLUMNS, n=1)]
        shown = ", ".join(names[:12])
        hint = f"is it {near[0]!r}? name the column 'email'" if near else "name a column 'email'"
        raise self._error(f"no column holds the address (found: {shown})", hint=hint)

    def _refuse_header(self, names: Sequence[str]) -> None:
        if len(names) > MAX_COLUMNS:
            raise self._error(f"{len(names):,} columns are more than {MAX_COLUMNS}")
        for name in names:
            if name and names.count(name) > 1:
                raise self._error(f"two columns are called {name!r}", hint="rename one of them")
        if not all(names):
            number = names.index("") + 1
            raise self._error(f"column {number} has no name", hint="give every column a name")

    def _error(self, problem: str, *, hint: str = "") -> AudienceError:
        return AudienceError(problem, place=Place(self.path, 1), hint=hint)

    # --- rows -------------------------------------------------------------------------

    def rows(self) -> Iterator[Row | RowError]:
        """Every row once, good or refused, in the order of the file."""
        reader, width = self._reader, len(self.columns.names)
        read = self._row_reader()
        line = reader.line_num + 1
        while True:
            try:
                for cells in reader:
                    if len(cells) == width:
                        yield read(line, cells)
                    elif any(cells):
                        yield RowError(
                            line, "", f"{len(cells)} cells where there are {width} columns"
                        )
                    line = reader.line_num + 1
            except csv.Error as error:
                yield RowError(line, "", _csv_reason(error))
                line = reader.line_num + 1
            else:
                return

    def _row_reader(self) -> Callable[[int, list[str]], Row | RowError]:
        """The reading of one row, with everything looked up that is the same for all."""
        names, at = self.columns.names, self.columns.address
        checks = [(i, *self._check(name)) for i, name in enumerate(names) if i != at]
        checked = [(i, good, refuse) for i, good, refuse in checks if refuse is not None]
        state = names.index("status") if "status" in names and names.index("status") != at else -1

        def read(line: int, raw: list[str]) -> Row | RowError:
            text = "".join(raw)
            odd = not text.isprintable() or len(text) > MAX_CELL_CHARS
            if odd and (problem := _unfit(raw, names)):
                return RowError(line, *problem)
            cells = [cell.strip() for cell in raw]
            parts = plain_address(cells[at])
            if parts is None:
                try:
                    found = read_address(cells[at])
                except AudienceError as error:
                    return RowError(line, names[at], error.problem)
                parts = (found.local, found.domain)
            for i, good, refuse in checked:
                if cells[i] not in good and (reason := _judge(cells[i], good, refuse)):
                    return RowError(line, names[i], reason)
            confirmed = state < 0 or cells[state].lower() != "unconfirmed"
            return Row(line, *parts, confirmed, cells)

        return read

    def _check(self, name: str) -> tuple[set[str], Callable[[str], str] | None]:
        """Texts of that column that are known to be good, and why another one is not."""
        own = {"status": _state_problem, "locale": _locale_problem, "consent_time": _time_problem}
        if name in own:
            return {""}, own[name]
        kind = self._types.get(name, FieldType.TEXT)
        if kind is FieldType.TEXT:
            return set(), None

        def refuse(text: str) -> str:
            try:
                read_value(unescape_formula(text), kind)
            except ValueError as error:
                return str(error)
            return ""

        return {""}, refuse


def _judge(text: str, good: set[str], refuse: Callable[[str], str]) -> str:
    """Why `text` is refused; one that is not is remembered."""
    reason = refuse(text)
    if not reason and len(good) < REMEMBERED_VALUES:
        good.add(text)
    return reason


def _state_problem(text: str) -> str:
    known = text.lower() in {"confirmed", "unconfirmed"}
    return "" if known else f"{text[:40]!r} is not confirmed or unconfirmed"


def _locale_problem(text: str) -> str:
    return "" if _LOCALE.match(text) else f"{text[:40]!r} is not a language, as en or pt-BR"


def _time_problem(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return f"{text[:40]!r} is not a time in ISO 8601"
    return ""


def _unfit(cells: Sequence[str], names: Sequence[str]) -> tuple[str, str] | None:
    for i, cell in enumerate(cells):
        if len(cell) > MAX_CELL_CHARS:
            return names[i], f"{len(cell):,} characters; at most {MAX_CELL_CHARS:,}"
        if _CONTROL.search(cell):
            return names[i], "a control character (such as NUL) is in it"
    return None


def _csv_reason(error: csv.Error) -> str:
    text = str(error)
    if "field larger" in text:
        return "a cell is far too long: is a quotation mark missing its partner?"
    if "unexpected end" in text:
        return "a quotation mark opens and never closes"
    return f"not CSV: {text}"


def _field_name(cell: str) -> str:
    return re.sub(r"[\s-]+", "_", cell.lstrip("\ufeff").strip()).lower()


def _without_nul(lines: TextIO) -> Iterator[str]:
    """Csv refuses NUL by ending everything; we want the row refused and the rest read."""
    for line in lines:
        yield line.replace("\0", "\x01") if "\0" in line else line


def _open(path: Path) -> tuple[str, TextIO]:
    try:
        with path.open("rb") as raw:
            head = raw.read(4)
        encoding = _encoding(path, head)
        return encoding, path.open(encoding=encoding, newline="")
    except OSError as error:
        raise AudienceError(
            f"the file cannot be read: {error.strerror}", place=Place(path)
        ) from error


def _encoding(path: Path, head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as raw:
        try:
            while chunk := raw.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def escape_formula(cell: str) -> str:
    """Keep a spreadsheet from running a cell: what begins like a formula gets an apostrophe."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def unescape_formula(cell: str) -> str:
    """Undo `escape_formula`, so that what was exported can be imported again."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in {"=", "+", "-", "@", "\t", "\r"} else cell
