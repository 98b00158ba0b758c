"""Expressions become single words before Markdown is read, and expressions again after it.

`{{ subscriber.role | default("a | b") }}` holds spaces, quotes and a pipe, which would end a
link's target or a table's cell. So each one is replaced by a run, as long as itself, of one
private character of its own: columns stay right, Markdown sees a word, and the character
tells which expression it was and where it stands.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from composer.model.issue import Position

FIRST = 0xF0000  #: the first private character; `source.REFUSED` keeps them out of the text
MAX_MARKS = 0xFFFD

_RUN = re.compile(f"([{chr(FIRST)}-{chr(FIRST + MAX_MARKS)}])\\1*")
_STOP = re.compile(r"\\.|`+|\{[{%#]")
_EXPRESSION = re.compile(
    r"""\{\{(?:[^{}"'\n]|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'){0,500}\}\}"""
)
_BROKEN = re.compile(r"\{\{[^\n]{0,500}?\}\}+")
_STATEMENT = re.compile(r"\{%[^\n]{0,500}?%\}|\{#[^{}\n]{0,500}#\}")
_BACKTICKS = re.compile("`+")
_BLANK = re.compile(r"\n[ \t>]*\n")


@dataclass(frozen=True, slots=True)
class Mark:
    """`text` as written: an expression or a statement, right or wrong, or a lone `{{`."""

    text: str
    at: Position


class Marks:
    """All marks of one file."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []

    @property
    def full(self) -> bool:
        return len(self.marks) >= MAX_MARKS

    def hide(self, text: str, at: Callable[[int], Position], *, code: bool = True) -> str:
        """`text` with a run in place of each mark; `at` tells where an offset stands.

        With `code`, what stands between backticks is left alone.
        """
        spans = _CodeSpans(text) if code else None
        parts: list[str] = []
        done = start = 0
        while not self.full and (stop := _STOP.search(text, start)):
            start = stop.end()
            if stop[0][0] == "`":
                start = spans.end(stop) if spans else start
            elif stop[0][0] == "{" and (found := _mark(text, stop)):
                parts += [text[done : stop.start()], chr(FIRST + len(self.marks)) * len(found)]
                self.marks.append(Mark(found, at(stop.start())))
                done = start = stop.start() + len(found)
        return "".join([*parts, text[done:]])

    def pieces(self, text: str) -> Iterator[str | Mark]:
        """The literals and marks of a text that was hidden, in order."""
        done = 0
        for run in _RUN.finditer(text):
            if run.start() > done:
                yield text[done : run.start()]
            number = ord(run[1]) - FIRST
            # YAML can write such a character by its number, past what keeps them out.
            yield self.marks[number] if number < len(self.marks) else run[0]
            done = run.end()
        if done < len(text):
            yield text[done:]

    def restore(self, text: str) -> str:
        """The text as it was written."""
        pieces = self.pieces(text)
        return "".join(piece if isinstance(piece, str) else piece.text for piece in pieces)


def has_mark(text: str) -> bool:
    return _RUN.search(text) is not None


def _mark(text: str, stop: re.Match[str]) -> str:
    """The whole mark that begins at `stop`, or `""` when it is only text."""
    if stop[0] != "{{":
        found = _STATEMENT.match(text, stop.start())
        return found[0] if found else ""
    found = _EXPRESSION.match(text, stop.start()) or _BROKEN.match(text, stop.start())
    return found[0] if found else "{{"


class _CodeSpans:
    """Where code between backticks ends (CommonMark section 6.1), in one pass over the text."""

    def __init__(self, text: str) -> None:
        self.runs: dict[int, list[int]] = {}
        for run in _BACKTICKS.finditer(text):
            self.runs.setdefault(len(run[0]), []).append(run.start())
        self.blanks = [blank.start() for blank in _BLANK.finditer(text)]

    def end(self, opening: re.Match[str]) -> int:
        """The offset after the code that `opening` opens; after `opening` when it opens none."""
        length, after = len(opening[0]), opening.end()
        closings = self.runs.get(length, [])
        index = bisect_left(closings, after)
        if index == len(closings):
            return after
        blank = bisect_left(self.blanks, after)
        paragraph_ends = blank < len(self.blanks) and self.blanks[blank] < closings[index]
        return after if paragraph_ends else closings[index] + length
