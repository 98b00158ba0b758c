"""The text of a CSV file: in which encoding, with which delimiter, line by line in flat memory."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from composer.audience.cells import MAX_CELL_CHARS
from composer.errors import AudienceError, Place
from composer.refused_files import hint_of

MAX_LINE_CHARS = 1_000_000

_HEAD_BYTES = 4
_HEAD_CHARS = 64 * 1024
#: What files begin with that people take for a list.
_OTHERS = {
    b"PK\x03\x04": "a spreadsheet",
    b"\xd0\xcf\x11\xe0": "a spreadsheet",
    b"\x1f\x8b": "a compressed file",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLi": "a database",
    b"<!DO": "a web page",
    b"<!do": "a web page",
    b"<htm": "a web page",
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
}
_DELIMITERS = ",;\t|"
#: Stands for a line that was not kept because it is too long.
_TOO_LONG = "\0"


class CsvText:
    """An open CSV file, read as rows of cells.

    `encoding` tells people how it was read; with `damaged`, bytes that do not belong to it
    were replaced by U+FFFD.
    """

    def __init__(self, path: Path) -> None:
        """Open the file; nothing but its first characters is read.

        Raises:
            AudienceError: it cannot be read, is empty, or is not text.
        """
        try:
            self.encoding, self.damaged = _encoding(path)
            errors = "replace" if self.damaged else "strict"
            self._stream: TextIO = path.open(encoding=self.encoding, errors=errors, newline="")
        except OSError as error:
            problem = f"the file cannot be read: {error.strerror}"
            raise AudienceError(problem, place=Place(path), hint=hint_of(error)) from error
        start = self._stream.read(_HEAD_CHARS)
        self._stream.seek(0)
        if not start.strip():
            self.close()
            hint = "the first line names the columns"
            raise AudienceError("the file is empty", place=Place(path, 1), hint=hint)
        self._delimiter = _delimiter(start)
        self._row: list[str] = []  #: the lines of the row that is being read
        self._again: list[str] = []  #: lines that are read once more, the last one first
        self._line = 1

    def close(self) -> None:
        self._stream.close()

    def rows(self) -> Iterator[tuple[int, list[str] | str]]:
        """Line (from 1, where the row begins) and cells of every row, or why it has none.

        A quotation mark without a partner costs its own line alone: what it swallowed is
        read again.
        """
        while True:
            try:
                for cells in self._reader():
                    yield self._line, cells
                    self._line += len(self._row)
                    self._row.clear()
            except csv.Error as error:
                yield self._line, _reason(error)
                self.read_again()
                self._line += 1
                self._row.clear()
            else:
                return

    def read_again(self) -> None:
        """The row just given is none: its lines after the first are rows of their own."""
        self._again += reversed(self._row[1:])
        del self._row[1:]

    def _reader(self) -> Iterator[list[str]]:
        csv.field_size_limit(MAX_CELL_CHARS * 4)
        return csv.reader(self._lines(), delimiter=self._delimiter, strict=True)

    def _lines(self) -> Iterator[str]:
        read, keep, again = self._stream.readline, self._row.append, self._again
        while line := again.pop() if again else read(MAX_LINE_CHARS):
            if len(line) == MAX_LINE_CHARS:
                self._skip_rest(line)
                line = _TOO_LONG
            keep(line)
            if line == _TOO_LONG:
                raise csv.Error(_TOO_LONG)
            yield line

    def _skip_rest(self, piece: str) -> None:
        while piece and not piece.endswith(("\n", "\r")):
            piece = self._stream.readline(MAX_LINE_CHARS)


def _encoding(path: Path) -> tuple[str, bool]:
    """The encoding of the file, and whether some of its bytes do not belong to it."""
    if path.exists() and not path.is_file():
        raise AudienceError("this is not a file", place=Place(path), hint="name a CSV file")
    with path.open("rb") as raw:
        head = raw.read(_HEAD_BYTES)
        if what := next((kind for begin, kind in _OTHERS.items() if head.startswith(begin)), ""):
            hint = "save it as CSV UTF-8"
            raise AudienceError(f"this is {what}, not CSV", place=Place(path), hint=hint)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", True
        if b"\0" in head:
            hint = "save it as CSV UTF-8"
            raise AudienceError("this is not CSV, or UTF-16", place=Place(path), hint=hint)
        raw.seek(0)
        decoder, plain = codecs.getincrementaldecoder("utf-8")(), True
        marked = head.startswith(codecs.BOM_UTF8)
        try:
            while chunk := raw.read(1 << 20):
                plain = decoder.decode(chunk).isascii() and plain
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            # Accents that are right in UTF-8 are no accident: a few bytes are broken, not all.
            plain = plain and error.object[: error.start].isascii()
            return ("utf-8-sig" if marked or not plain else "cp1252"), True
    return "utf-8-sig", False


def _delimiter(start: str) -> str:
    """The one that the first line has most of, outside of quotation marks."""
    lines = start.lstrip("\ufeff \t\r\n").splitlines()
    header = re.sub(r'"[^"]*"', "", lines[0]) if lines else ""
    return max(_DELIMITERS, key=header.count)


def _reason(error: csv.Error) -> str:
    text = str(error)
    if text == _TOO_LONG:
        return f"the line is longer than {MAX_LINE_CHARS:,} characters"
    if "field larger" in text or "unexpected end" in text:
        return "a quotation mark opens and never closes"
    if "expected after" in text:
        return "text follows a closing quotation mark; inside a cell it is written twice"
    return f"not CSV: {text}"
