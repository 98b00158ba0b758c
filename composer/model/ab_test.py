"""How the variants of an issue are tried on a part of its readers before the rest gets the best."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from composer.model.span import read_span, span_text

_PERCENT = re.compile(r"([1-9]|[1-9]\d)\s*%")
_SHORT = {86_400: "d", 3_600: "h", 60: "m", 1: "s"}


class Metric(StrEnum):
    """What people do with a variant. Opens are not among them: machines make most of them."""

    CLICKS = "clicks"
    REPLIES = "replies"


#: A person who did it, one word for a sentence: `12 of 103 clicked`.
DID = {Metric.CLICKS: "clicked", Metric.REPLIES: "replied"}


@dataclass(frozen=True, slots=True)
class AbTest:
    """`percent` of the readers get the variants in equal parts; after `wait_s` the rest follow."""

    percent: int = 20
    wait_s: int = 4 * 3_600
    metric: Metric = Metric.CLICKS

    @property
    def words(self) -> str:
        """As it is written after `--ab-test`: `20% 4h clicks`."""
        unit = next(size for size in _SHORT if self.wait_s % size == 0)
        return f"{self.percent}% {self.wait_s // unit}{_SHORT[unit]} {self.metric}"

    def sample_of(self, readers: int) -> int:
        """How many of so many readers are asked first: `percent` of them, a half rounded up."""
        return (readers * self.percent + 50) // 100

    @property
    def wait_text(self) -> str:
        return span_text(self.wait_s)


def read_ab_test(words: str) -> AbTest:
    """Read `20% 4h clicks`, in any order; what is missing is as by default.

    Raises:
        ValueError: a word is none of these, or there are two of a kind.
    """
    found: dict[str, object] = {}
    for word in words.replace(",", " ").split():
        name, value = _read(word)
        if name in found:
            raise ValueError(f"{words!r} says twice what {name.removesuffix('_s')} is")
        found[name] = value
    if not found:
        raise ValueError('an A/B test is written as "20% 4h clicks"')
    return AbTest(**found)  # type: ignore[arg-type]  # _read gives each its own kind


def _read(word: str) -> tuple[str, object]:
    if match := _PERCENT.fullmatch(word):
        return "percent", int(match.group(1))
    if word.lower() in tuple(Metric):
        return "metric", Metric(word.lower())
    if word.lower() == "opens":
        raise ValueError("opens are made by machines, not by readers: choose clicks or replies")
    try:
        return "wait_s", read_span(word)
    except ValueError:
        pass
    raise ValueError(f"{word!r} is no part of an A/B test; write it as 20% 4h clicks")


@dataclass(frozen=True, slots=True)
class Figure:
    """What became of a variant: of `accepted` messages, so many people did what is measured."""

    accepted: int
    people: int

    @property
    def rate(self) -> float:
        return self.people / self.accepted if self.accepted else 0.0


class Why(StrEnum):
    """Why that variant went to the rest."""

    BEST = "best"  #: the largest part of its readers did what is measured
    TIE = "tie"  #: several had the largest part: the first of them
    NOTHING = "nothing measured"  #: nobody did it, or nothing could be measured: the first
    PERSON = "a person"  #: somebody chose it


@dataclass(frozen=True, slots=True)
class Decision:
    """Which variant the rest gets, since when (ISO 8601, UTC), and the figures of that moment."""

    winner: str
    why: Why
    at: str
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Contest:
    """The A/B test of one mailing: what was confirmed, and how far it has come.

    `sampled` is when the last of the sample had its answer, in Unix seconds; 0 until then.
    """

    test: AbTest
    variants: tuple[str, ...]
    sampled: int = 0
    decision: Decision | None = None

    @property
    def decided_from(self) -> int:
        """The moment (Unix seconds) of the decision; 0 while the sample is not out."""
        return self.sampled + self.test.wait_s if self.sampled else 0

    @property
    def undecided(self) -> bool:
        return self.decision is None

    def ordered(self) -> Iterator[str]:
        """The variants; the first of them wins a tie."""
        return iter(self.variants)
