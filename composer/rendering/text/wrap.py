"""Lines of a width: how wide a text is on a screen, and where it may break."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

COLUMNS = 72

Measure = Callable[[str], int]

#: Letters, figures and marks of Europe, each one column wide; what else there is gets measured.
_NARROW = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u2010-\u2027\u2030-\u205e]*")

#: White space that a line may break at: a no-break space is none.
SPACES = re.compile(r"[ \t\r\f\v]+")
#: What must not begin a line in Chinese and Japanese: closing marks and small kana.
_CLOSING = frozenset(
    "、。，．！？：；）］｝」』】〉》〕〗〙ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ…‥”’"
)
_OPENING = frozenset("（［｛「『【〈《〔〖〘“‘")


def width(text: str) -> int:
    """Columns of a terminal: 2 for East Asian wide letters, 0 for marks that combine."""
    if text.isascii() or _NARROW.fullmatch(text):
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def wrap(text: str, columns: int, measure: Measure = width) -> list[str]:
    """`text` in lines of at most `columns`; a longer word has a line of its own.

    Words break at white space, and between East Asian letters. `\\n` always ends a line.
    """
    lines: list[str] = []
    for stretch in text.split("\n"):
        plain = measure is width and _NARROW.fullmatch(stretch)
        lines += _cut(stretch, columns) if plain else _fill(stretch, columns, measure)
    return lines


def _cut(stretch: str, columns: int) -> Iterator[str]:
    """As `_fill` does it, a line at a time: for a text of narrow letters."""
    rest = " ".join(filter(None, stretch.split(" ")))
    while len(rest) > columns:
        end = rest.rfind(" ", 0, columns + 1)
        if end < 0:
            end = rest.find(" ", columns)
            if end < 0:
                break
        yield rest[:end]
        rest = rest[end + 1 :]
    yield rest


def _fill(stretch: str, columns: int, measure: Measure) -> Iterator[str]:
    line, used = "", 0
    for piece, gap in _with_gaps(stretch):
        wide = measure(piece)
        if line and used + gap + wide > columns:
            yield line
            line, used = piece, wide
        elif line:
            line += f" {piece}" if gap else piece
            used += gap + wide
        else:
            line, used = piece, wide
    yield line


def _with_gaps(stretch: str) -> Iterator[tuple[str, int]]:
    """What a line may be made of, and how many blanks come before it."""
    for word in SPACES.split(stretch):
        if word.isascii():
            if word:
                yield word, 1
        else:
            for number, piece in enumerate(_pieces(word)):
                yield piece, 0 if number else 1


def _pieces(word: str) -> Iterator[str]:
    """`word` where a line may break inside it: only around East Asian letters."""
    piece, breakable = "", False
    for character in word:
        wide = unicodedata.east_asian_width(character) in {"W", "F"}
        joined = character in _CLOSING or piece[-1:] in _OPENING or not _columns(character)
        if piece and (wide or breakable) and not joined:
            yield piece
            piece = ""
        piece += character
        breakable = wide or (breakable and character in _CLOSING)
    yield piece


def prefixed(lines: list[str], first: str, rest: str) -> list[str]:
    """`lines` behind `first` and then `rest`; no line ends in blanks."""
    return [f"{rest if n else first}{line}".rstrip() for n, line in enumerate(lines)]
