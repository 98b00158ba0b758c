"""Did you mean …? The nearest of the words that would have been right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near(word: str, known: Iterable[str], *, otherwise: str = "", alike: float = 0.6) -> str:
    """A hint that names the nearest known word, or `otherwise`, or all words when they are few.

    Among many words some are a little `alike` (1 is the same) by chance.
    """
    words = _in_order(known)
    by_lower = {each.lower(): each for each in words}
    close = [by_lower[c] for c in difflib.get_close_matches(word.lower(), by_lower, 1, alike)]
    if close:
        return f"did you mean {close[0]!r}?"
    return otherwise or (f"one of {', '.join(words)}" if len(words) <= 20 else "")


def among(word: str, known: Iterable[str], *, called: str) -> str:
    """A hint that names every known word, and before them the nearest one where one is near."""
    words = [word for word in _in_order(known) if word]
    told = f"{called}: {', '.join(words) or 'none'}"
    meant = near(word, words, otherwise=told)
    return meant if meant == told else f"{meant} {told}"


def _in_order(known: Iterable[str]) -> list[str]:
    """As they come; a set has another order in each process, and a hint must not."""
    words = [str(word) for word in known]
    return sorted(words) if isinstance(known, (set, frozenset)) else words
