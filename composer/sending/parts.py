"""Which reader gets which A/B variant: parts of an audience, equal but for one reader. Pure.

Every reader draws a number, the same one for an issue whenever they are asked. Who drew the
smallest get the first variant, the next the second, and so on; the rest of an A/B test drew more
than its whole sample. So the parts are exact, in whatever order readers come; a larger sample
holds a smaller one; and who joins or leaves the list moves one reader over each border at most.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from composer.model.ab_test import AbTest

_ID_BITS = 40
#: More than anybody can draw.
_BEYOND = 1 << 64


def number_drawn(issue_id: str, subscriber_id: int) -> int:
    """24 bits of a hash of issue and reader, then the reader's id: no two draw the same."""
    seed = f"{issue_id}/{subscriber_id}".encode()
    hashed = int.from_bytes(hashlib.blake2b(seed, digest_size=3).digest())
    return hashed << _ID_BITS | subscriber_id & ((1 << _ID_BITS) - 1)


@dataclass(frozen=True, slots=True)
class Parts:
    """Who gets which of `variants`, said by the borders between them: it needs no list.

    `sizes` are the readers of each variant, and last the rest of an A/B test; each of `borders`
    is the first number that is drawn beyond its variant's part. There are none where there is
    one text for all.
    """

    issue_id: str
    variants: tuple[str, ...]
    sizes: tuple[int, ...] = ()
    borders: tuple[int, ...] = ()

    def variant_of(self, subscriber_id: int) -> str:
        """A reader's variant; `""` for the rest of an A/B test, and where there are none."""
        if not self.borders:
            return self.variants[0]
        place = bisect_right(self.borders, number_drawn(self.issue_id, subscriber_id))
        return self.variants[place] if place < len(self.variants) else ""


def parts_of(
    issue_id: str, variants: Sequence[str], readers: Iterable[int], test: AbTest | None
) -> Parts:
    """All of `readers` (their ids, in any order) in equal parts, or the sample of `test` alone.

    Keeps eight bytes for each reader while it counts, and nothing of them afterwards.
    """
    names = tuple(variants)
    if len(names) < 2:
        return Parts(issue_id, names)
    drawn = _Drawn()
    for subscriber_id in readers:
        drawn.add(number_drawn(issue_id, subscriber_id))
    asked = test.sample_of(len(drawn)) if test else len(drawn)
    each, over = divmod(asked, len(names))
    sizes = tuple(each + (place < over) for place in range(len(names)))
    borders = tuple(map(drawn.at, accumulate(sizes)))
    return Parts(issue_id, names, (*sizes, len(drawn) - asked), borders)


class _Drawn:
    """Numbers in bins by their upper bits, so that only the bins at a border are put in order."""

    def __init__(self) -> None:
        self._bins = [array("Q") for _ in range(256)]

    def __len__(self) -> int:
        return sum(map(len, self._bins))

    def add(self, number: int) -> None:
        self._bins[number >> 56].append(number)

    def at(self, place: int) -> int:
        """The number at that place of their order, from 0; behind the last, more than all."""
        for one in self._bins:
            if place < len(one):
                return sorted(one)[place]
            place -= len(one)
        return _BEYOND
