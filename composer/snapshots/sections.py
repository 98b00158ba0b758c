"""Which section of the old letter is which of the new one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from composer.snapshots.page import Part

#: The share of words that two sections with different headings must have in common.
_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Pair:
    """One section before and after; one of them is None when it came or went."""

    before: Part | None
    after: Part | None
    moved: bool = False


def pairs(old: Sequence[Part], new: Sequence[Part]) -> Iterator[Pair]:
    """Every section of both, once, in the order of the new letter; what went comes last."""
    partners = _same_places(old, new)
    lost = [n for n in range(len(old)) if n not in partners.values()]
    moved = set()
    for m in (m for m in range(len(new)) if m not in partners):
        if (n := _find(old, lost, new[m])) is not None:
            partners[m] = n
            lost.remove(n)
            if any((n < k) != (m < j) for j, k in partners.items() if j != m):
                moved.add(m)
    for m, part in enumerate(new):
        yield Pair(old[partners[m]] if m in partners else None, part, m in moved)
    for n in lost:
        yield Pair(old[n], None)


def _same_places(old: Sequence[Part], new: Sequence[Part]) -> dict[int, int]:
    """New number → old number of those whose headings come in the same order."""
    headings = [part.heading for part in old], [part.heading for part in new]
    blocks = SequenceMatcher(None, *headings, autojunk=False).get_matching_blocks()
    return {b.b + i: b.a + i for b in blocks for i in range(b.size)}


def _find(old: Sequence[Part], among: Sequence[int], part: Part) -> int | None:
    """The one of `among` with the same heading, else the most alike if it is alike enough."""
    for n in among:
        if old[n].heading == part.heading:
            return n
    likeness = [(_likeness(old[n], part), -n) for n in among]
    best = max(likeness, default=(0.0, 0))
    return -best[1] if best[0] >= _ALIKE else None


def _likeness(one: Part, other: Part) -> float:
    shared = sum((Counter(one.words) & Counter(other.words)).values())
    return 2 * shared / max(1, len(one.words) + len(other.words))
