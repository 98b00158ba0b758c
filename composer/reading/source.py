"""One text file, as lines and columns, and the findings about it."""

from __future__ import annotations

import errno
import os
import re
import stat
from bisect import bisect_right
from dataclasses import dataclass, replace
from pathlib import Path

from composer.errors import SourceError
from composer.model.finding import Finding, Severity
from composer.model.issue import Position

#: An issue of a hundred pages is shorter than either; beyond, reading takes minutes.
MAX_BYTES = 2_000_000
MAX_LINES = 10_000
#: Nobody reads on after so many; the rest is only counted.
MAX_FINDINGS = 200

#: Controls, line separators that only some programs honour, overrides of the reading
#: direction (they make text read differently from what it says), and the planes of private
#: characters, which the marks of expressions use (`marks.py`).
REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
    "\U000f0000-\U0010ffff]"
)
_CHARACTER_NUMBER = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}));")


class Findings:
    """What is wrong with one file, in the order of its lines."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unusable = False  #: whether an error was among them
        self._found: dict[Finding, None] = {}
        self._untold = 0

    def error(self, code: str, at: Position, message: str, hint: str = "") -> None:
        self.unusable = True
        self._add(code, Severity.ERROR, at, message, hint)

    def warning(self, code: str, at: Position, message: str, hint: str = "") -> None:
        self._add(code, Severity.WARNING, at, message, hint)

    def has(self, code: str, line: int) -> bool:
        """Whether `code` was told of `line`."""
        return any(f.code == code and f.line == line for f in self._found)

    def _add(self, code: str, severity: Severity, at: Position, message: str, hint: str) -> None:
        if len(self._found) >= MAX_FINDINGS:
            self._untold += 1
            return
        finding = Finding(code, severity, message, hint, self.path, at.line, at.column)
        self._found[finding] = None

    def told(self, source: Source) -> tuple[Finding, ...]:
        """Each finding once; the last one counts those that were too many to tell.

        YAML places some mistakes by what it has joined; each is told inside a line of `source`.
        """
        inside = dict.fromkeys(_inside(finding, source) for finding in self._found)
        found = sorted(inside, key=lambda f: (f.line, f.column))
        if self._untold:
            message = f"{self._untold:,} more findings are not shown"
            hint = "repair these first, then check again"
            last = found[-1]
            found.append(
                Finding(
                    "text/more", Severity.ERROR, message, hint, self.path, last.line, last.column
                )
            )
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Source:
    """A text with LF line ends; `starts` has the offset of every line's first character."""

    text: str
    starts: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Source:
        return cls(text, (0, *(found.end() for found in re.finditer("\n", text))))

    def at(self, offset: int) -> Position:
        line = bisect_right(self.starts, offset)
        return Position(line, offset - self.starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """Line `number`, from 0, without its end."""
        start = self.starts[number]
        end = self.starts[number + 1] - 1 if number + 1 < len(self.starts) else len(self.text)
        return self.text[start:end]


def _inside(finding: Finding, source: Source) -> Finding:
    line = min(max(finding.line, 1), len(source.starts))
    column = min(finding.column, len(source.line(line - 1)) + 1)
    return replace(finding, line=line, column=column)


def read_file(path: Path, most: int = MAX_BYTES) -> bytes:
    """What is in the file `path`, but no more than `most` bytes and one.

    Raises:
        OSError: it is not there, cannot be opened, or never ends: a pipe, a device.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
        reason = os.strerror(number) if stat.S_ISDIR(mode) else "it is no regular file"
        raise OSError(number, reason, str(path))
    with path.open("rb") as file:
        return file.read(most + 1)


def text_of(path: Path) -> str:
    """The text of a file as people see it; what is not UTF-8 is told elsewhere.

    Raises:
        OSError: as `read_file`.
    """
    return read_file(path).decode("utf-8-sig", "replace").replace("\r\n", "\n")


def load(path: Path, findings: Findings) -> Source:
    """The text of `path`: what cannot be read is told, and stands as U+FFFD in the text.

    Raises:
        SourceError: there is no such file, it leads out of its folder, or it cannot be opened.
    """
    _refuse_link_out(path)
    try:
        data = read_file(path)
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        message = "there is no such file" if gone else f"cannot be read: {error.strerror}"
        raise _missing(path, message, "an issue is a file issue.md") from error
    if len(data) > MAX_BYTES:
        hint = "an issue is text; pictures stay in files of their own"
        message = f"the file is longer than {MAX_BYTES:,} bytes"
        findings.error("text/too-long", Position(1), message, hint)
        return Source.of("")
    source = _cleaned(_decoded(data, findings), findings)
    if len(source.starts) > MAX_LINES:
        message = f"the file has more than {MAX_LINES:,} lines"
        findings.error("text/too-long", Position(MAX_LINES), message, "split it into issues")
        return Source.of("")
    return source


def _refuse_link_out(path: Path) -> None:
    """Whoever writes issues chooses no other file of the machine to be mailed."""
    try:
        outside = path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve())
    except (OSError, RuntimeError):  # a link to itself: reading it says so
        return
    if outside:
        raise _missing(path, "is a link to a file outside of its folder", "copy the file here")


def _missing(path: Path, message: str, hint: str) -> SourceError:
    return SourceError([Finding("file/missing", Severity.ERROR, message, hint, path)])


def _decoded(data: bytes, findings: Findings) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8", "replace")
        before = before.replace("\r\n", "\n").replace("\r", "\n")
        at = Source.of(before).at(len(before))
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        findings.error(
            "text/encoding",
            at,
            "the file is UTF-16" if wide else f"the byte 0x{data[error.start]:02x} is not UTF-8",
            "save the file as UTF-8",
        )
        text = "" if wide else data.decode("utf-8-sig", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cleaned(text: str, findings: Findings) -> Source:
    source = Source.of(text)
    for found in REFUSED.finditer(text):
        _refuse(findings, source.at(found.start()), found[0])
    for found in _CHARACTER_NUMBER.finditer(text):
        number = int(found[1], 16) if found[1] else int(found[2])
        if number and number <= 0x10FFFF and REFUSED.match(chr(number)):
            _refuse(findings, source.at(found.start()), chr(number))
    return Source(REFUSED.sub("\ufffd", text), source.starts)


def _refuse(findings: Findings, at: Position, character: str) -> None:
    findings.error(
        "text/control",
        at,
        f"the invisible character U+{ord(character):04X} stands here",
        "take it out; it may have come along with pasted text",
    )
