"""HEADINGS IN CAPITALS as people read them, with the acronyms and names that the text has."""

from __future__ import annotations

import re
from collections import Counter

_SMALL = "a an and as at but by for from if in into nor of on onto or per the to via vs with"
SMALL_WORDS = frozenset(_SMALL.split())
#: Acronyms that no word of English looks like.
_ACRONYMS = """
NATO ISIS ISIL UN EU UK USA UAE USSR NGO UNESCO UNICEF OPEC OECD WTO IMF IAEA ASEAN BRICS AUKUS
CIA FBI NSA FSB GRU SVR KGB IRGC PLA CCP PRC DPRK DRC IDF PLO CENTCOM EUCOM AFRICOM
LNG GDP AI ICBM UAV UAS COVID HIV TV CEO IPO ESG CO2 BBC CNN
"""
KNOWN = frozenset(_ACRONYMS.split())
_ROMAN = frozenset({"II", "III", "IV", "VII", "VIII"})
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:[.'’][^\W\d_]+)*\.?")
_INITIALS = re.compile(r"(?:[^\W\d_]\.){2,}|(?:[^\W\d_]\.)+[^\W\d_]")


class Spellings:
    """How the body of an issue spells each word."""

    def __init__(self, text: str) -> None:
        """Learn from `text`, without the lines that are capitals all over."""
        self._seen: dict[str, Counter[str]] = {}
        for line in text.split("\n"):
            if is_capitals(line):
                continue
            for word in re.findall(r"[^\W\d_][^\W_]*", line):
                self._seen.setdefault(word.casefold(), Counter())[word] += 1

    def of(self, word: str) -> str:
        """The body's spelling where it is peculiar (NATO, McDonald), else `""`."""
        seen = self._seen.get(word.casefold())
        if not seen:
            return ""
        best = max(seen, key=lambda spelling: (seen[spelling], spelling))
        return best if len(best) > 1 and best[1:] != best[1:].lower() else ""


def is_capitals(line: str) -> bool:
    """Whether a line has at least two letters with case, and all of them are capitals."""
    cased = [c for c in line if c.lower() != c.upper()]
    return len(cased) > 1 and all(c == c.upper() for c in cased)


def readable(heading: str, spellings: Spellings) -> str:
    """`RUSSIA AND IRAN: A NEW ALLIANCE` → `Russia and Iran: A New Alliance`.

    Only the case of letters changes.
    """
    words = list(_WORD.finditer(heading))
    pieces: list[str] = []
    at = 0
    for place, match in enumerate(words):
        between = heading[at : match.start()]
        edge = place in (0, len(words) - 1) or bool(re.search(r"[:.!?—–/(\"“]\s*$", between))
        pieces += [between, _word(match[0], spellings, edge=edge)]
        at = match.end()
    return "".join((*pieces, heading[at:]))


def _word(word: str, spellings: Spellings, *, edge: bool) -> str:
    if _INITIALS.fullmatch(word):
        return word
    stem, mark, ending = _split(word)
    if stem in KNOWN or stem in _ROMAN:
        return stem + mark + _lowered(ending)
    if special := spellings.of(stem):
        return special + mark + _lowered(ending)
    small = _lowered(word)
    if not edge and small in SMALL_WORDS:
        return small
    if len(stem) == 1 and len(ending) > 2:
        return stem + mark + ending[0] + _lowered(ending[1:])
    return word[0] + _lowered(word[1:])


def _split(word: str) -> tuple[str, str, str]:
    """`NATO’S` → `NATO`, `’`, `S`."""
    match = re.match(r"([^.'’]+)([.'’]?)(.*)", word)
    assert match  # noqa: S101 - a word starts with a letter
    return match[1], match[2], match[3]


def _lowered(text: str) -> str:
    """Lower case, letter by letter: a letter that would change its length is kept."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
