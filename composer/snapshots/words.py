"""Which words became which: the smallest steps from one text to another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Han, kana and Hangul are written without blanks: each sign counts as a word.
_WORD = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]"
    "|[^\\s\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
)
#: Beyond so many comparisons a text is told as exchanged: it is another one.
_MOST_PAIRS = 1_000_000
CONTEXT_WORDS = 4


def words_of(text: str) -> tuple[str, ...]:
    """The words of `text`, punctuation with them."""
    return tuple(_WORD.findall(text))


def joined(words: Sequence[str]) -> str:
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class Hunk:
    """`before` became `after`; one of them may be empty."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    lead: tuple[str, ...]
    trail: tuple[str, ...]


def hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[Hunk]:
    """The steps that make `new` out of `old`, in order; none when they are the same."""
    return (hunk for _, hunk in placed(old, new))


def placed(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, Hunk]]:
    """The steps with the number of the word in `new` at which each begins."""
    start, end = _shared(old, new)
    a, b = old[start : len(old) - end], new[start : len(new) - end]
    for low_a, high_a, low_b, high_b in _steps(a, b):
        before = start + low_a
        end_b = start + high_b
        hunk = Hunk(
            tuple(a[low_a:high_a]),
            tuple(b[low_b:high_b]),
            tuple(old[max(0, before - CONTEXT_WORDS) : before]),
            tuple(new[end_b : end_b + CONTEXT_WORDS]),
        )
        yield start + low_b, hunk


def _steps(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int, int]]:
    if not a or not b or len(a) * len(b) > _MOST_PAIRS:
        return [(0, len(a), 0, len(b))] if a or b else []
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return [step[1:] for step in matcher.get_opcodes() if step[0] != "equal"]


def _shared(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many words both begin with, and how many of the others both end with."""
    most = min(len(old), len(new))
    start = 0
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start, end
