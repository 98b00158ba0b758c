"""What of the HTML is no word, no link and no picture: tags, attributes and style sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from composer.snapshots.change import Change, Kind
from composer.snapshots.words import hunks

_TEXT = re.compile(r">[^<]+")
_LINE_START = re.compile(r"\A[^<]*")
_TOLD = re.compile(r"\b(href|src|alt)=(\"[^\"]*\"|'[^']*')")
_CONTEXT_CHARS = 24
_SHOWN = 3  #: places


def markup_change(before: str, after: str, *, words_told: bool) -> Iterator[Change]:
    """One change for all markup. Beside changed words only what is of a new kind is told.

    A new paragraph brings lines like those around it; a new style is told all the same.
    """
    old, new = _skeleton(before), _skeleton(after)
    if words_told:
        kinds_old, kinds_new = set(old), set(new)
        old = [line for line in old if line not in kinds_new]
        new = [line for line in new if line not in kinds_old]
    steps = list(hunks(old, new))
    if not steps and not words_told:
        # The very letters differ, but neither words nor tags: blanks between them.
        yield Change(Kind.MARKUP, after="only blanks between words or tags", count=1)
        return
    count = sum(max(len(step.before), len(step.after)) for step in steps)
    for step in steps[:_SHOWN]:
        was, now = _place(" ".join(step.before), " ".join(step.after))
        yield Change(Kind.MARKUP, before=was, after=now, count=count)


def _skeleton(html: str) -> Sequence[str]:
    """The lines without texts and without what links and pictures tell; no empty ones."""
    lines = []
    in_sheet = False
    for line in html.split("\n"):
        bare = line if in_sheet else _LINE_START.sub("", line)
        if "<style" in line:
            in_sheet = True
        if not in_sheet:
            bare = _TOLD.sub(r"\1", _TEXT.sub(">", bare))
        if "</style>" in line:
            in_sheet = False
        if bare.strip():
            lines.append(bare.strip())
    return lines


def _place(before: str, after: str) -> tuple[str, str]:
    """The first place in which two lines differ, with a little of what stands around it."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    low = max(0, start - _CONTEXT_CHARS)
    head = "…" if low else ""
    return head + _cut(before[low:]), head + _cut(after[low:])


def _cut(text: str) -> str:
    most = 4 * _CONTEXT_CHARS
    return text if len(text) <= most else f"{text[:most]}…"
