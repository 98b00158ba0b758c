"""Where each key of a TOML document stands: `tomllib` reads values and forgets places."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_STRING = re.compile(
    r'"{3}\n?(?P<basic>(?:\\.|[^\\])*?)"{3,5}'
    r"|'{3}\n?(?P<raw>.*?)'{3,5}"
    r'|"(?P<line>(?:\\.|[^"\\])*)"'
    r"|'(?P<quoted>[^']*)'",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}#\n]+")

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Line and column, both from 1; columns count characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Found:
    """Where a key stands, and where its value does: of a string, its first character."""

    key: Spot
    value: Spot


def find_places(text: str) -> Mapping[Path, Found]:
    """The place of every key and table of `text`, which must be valid TOML.

    Tables made by a header have the header as key and value. What stands inside an array
    has no place of its own.
    """
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return scanner.found


class _Scanner:
    """Walks text that `tomllib` has accepted, so it need not tell right from wrong."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines = [0, *(m.end() for m in re.finditer("\n", text))]
        self.found: dict[Path, Found] = {}

    def spot(self, offset: int) -> Spot:
        line = bisect_right(self.lines, offset)
        return Spot(line, offset - self.lines[line - 1] + 1)

    def document(self) -> None:
        table: Path = ()
        self.skip(_GAP)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip(_GAP)

    def skip(self, what: re.Pattern[str]) -> re.Match[str] | None:
        """Step over `what` if it stands here."""
        match = what.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return match

    def header(self) -> Path:
        start = self.spot(self.at)
        while self.text[self.at] in "[ \t":
            self.at += 1
        table = self.key()
        while self.at < len(self.text) and self.text[self.at] in "] \t":
            self.at += 1
        self.found.setdefault(table, Found(start, start))
        return table

    def key(self) -> Path:
        parts: list[str] = []
        while part := self.skip(_KEY_PART):
            parts += tomllib.loads(f"{part[0]} = 0")
            if not self.skip(_DOT):
                break
        return tuple(parts)

    def pair(self, table: Path) -> None:
        start = self.spot(self.at)
        path = (*table, *self.key())
        self.at = self.text.index("=", self.at) + 1
        self.skip(_GAP)
        for length in range(len(table) + 1, len(path)):
            self.found.setdefault(path[:length], Found(start, start))
        self.found[path] = Found(start, self.value(path))

    def value(self, path: Path | None) -> Spot:
        """Step over a value; keys of an inline table are noted below `path` if there is one."""
        start = self.at
        if string := self.skip(_STRING):
            return self.spot(string.start(string.lastgroup or 0))
        match self.text[start]:
            case "[":
                self.items("]", None)
            case "{":
                self.items("}", path)
            case _:
                self.skip(_BARE)
        return self.spot(start)

    def items(self, closing: str, path: Path | None) -> None:
        self.at += 1
        self.skip(_GAP)
        while self.text[self.at] != closing:
            if closing == "]":
                self.value(None)
            elif path is None:
                self.key()
                self.at = self.text.index("=", self.at) + 1
                self.skip(_GAP)
                self.value(None)
            else:
                self.pair(path)
            self.skip(_GAP)
            if self.text[self.at] == ",":
                self.at += 1
                self.skip(_GAP)
        self.at += 1
