"""Did you mean …? The nearest of the words that would have been right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """A hint that names the nearest known word, or `otherwise`, or all words when they are few."""
    words = [str(word) for word in known]
    by_lower = {each.lower(): each for each in words}
    close = [by_lower[c] for c in difflib.get_close_matches(word.lower(), by_lower, 1, 0.6)]
    if close:
        return f"did you mean {close[0]!r}?"
    return otherwise or (f"one of {', '.join(words)}" if len(words) <= 20 else "")
