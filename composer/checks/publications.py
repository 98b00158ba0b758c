"""Whether two names are two spellings of one publication."""

from __future__ import annotations

import re
import unicodedata

#: A word must have so many letters before one of them may be wrong, and before two may.
ONE_WRONG, TWO_WRONG = 4, 9

_ARTICLES = frozenset(
    {"the", "a", "der", "die", "das", "le", "la", "les", "l", "el", "los", "las", "il", "lo", "de"}
)
_PARTS = re.compile(r"[^\W_]+")


def words_of_name(name: str) -> tuple[str, ...]:
    """The words that tell publications apart: without marks, case and leading article."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    words = tuple(_PARTS.findall(bare.casefold()))
    return words[1:] if len(words) > 1 and words[0] in _ARTICLES else words


def same_publication(one: str, other: str) -> bool:
    """Whether the names differ only as two spellings of one name do; never of equal names.

    "Quay Gazette" and "The Quay Gazette" do, and "Tide Water Review" and "Tidewater Review",
    and words of which a letter is wrong. "Guardian" and "Guardian Weekly" are two, and so
    are names whose numbers or first letters differ.
    """
    if one == other:
        return False
    left, right = words_of_name(one), words_of_name(other)
    if not left or not right:
        return False
    if "".join(left) == "".join(right):
        return True
    if len(left) != len(right):
        return False
    return sum(len(word) for word in left) > ONE_WRONG and all(
        _same_word(a, b) for a, b in zip(left, right, strict=True)
    )


def _same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    if one[0] != other[0] or re.sub(r"\D", "", one) != re.sub(r"\D", "", other):
        return False
    shorter = min(len(one), len(other))
    if shorter < ONE_WRONG:
        return False
    return distance(one, other) <= (2 if shorter >= TWO_WRONG else 1)


def distance(one: str, other: str) -> int:
    """How many letters were added, left out, changed or exchanged with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
