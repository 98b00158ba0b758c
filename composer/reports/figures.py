"""What a report tells beside the books: when, where to, why not, what was clicked, and before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from composer.events.event import Kind
from composer.model.delivery import Status
from composer.model.mailing import Books, Mailing

#: Widths of a bar of the timeline, in seconds: the first with which there are few enough.
STEPS_S = (1, 5, 15, 60, 300, 900, 3_600, 4 * 3_600, 24 * 3_600)
MAX_BARS = 60
#: The kinds of events that mailings are compared by.
BESIDE = (Kind.BOUNCED, Kind.COMPLAINED, Kind.UNSUBSCRIBED)


@dataclass(frozen=True, slots=True)
class Moment:
    """Deliveries whose outcome came within a step from `at` (Unix seconds)."""

    at: int
    counts: Mapping[Status, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Timeline:
    """Outcomes over time, the steps in which nothing happened included."""

    step_s: int
    moments: tuple[Moment, ...]

    @classmethod
    def of(cls, counts: Mapping[tuple[int, Status], int]) -> Timeline:
        """From counts by second and status."""
        if not counts:
            return cls(STEPS_S[0], ())
        first, last = min(at for at, _ in counts), max(at for at, _ in counts)
        step_s = next((s for s in STEPS_S if (last - first) // s < MAX_BARS), STEPS_S[-1])
        sums: dict[int, Counter[Status]] = {}
        for (at, status), count in counts.items():
            sums.setdefault(at // step_s, Counter())[status] += count
        # Years of resolving by hand are not drawn day by day.
        end = min(last // step_s, first // step_s + 10 * MAX_BARS)
        steps = range(first // step_s, end + 1)
        return cls(step_s, tuple(Moment(n * step_s, sums.get(n, {})) for n in steps))


@dataclass(frozen=True, slots=True)
class Domain:
    """A receiving domain: its deliveries by status, and those that something was told of."""

    name: str
    counts: Mapping[Status, int]
    bounced: int = 0
    complained: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Cause:
    """So many deliveries that did not arrive: `refused`, `deferred`, `unknown` or `bounced`."""

    kind: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Clicked:
    """Readers who followed a link, and programs that did so before any reader could."""

    link: str
    people: int
    machines: int = 0


@dataclass(frozen=True, slots=True)
class Earlier:
    """A mailing to be set beside another; `told` has deliveries by kinds of events.

    `told` is None of a mailing of which nothing was told at all.
    """

    mailing: Mailing
    accepted: int
    refused: int
    told: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """`domains` are the largest; `other_domains` are so many more. `earlier` is newest first."""

    timeline: Timeline
    domains: Sequence[Domain] = ()
    other_domains: int = 0
    causes: Sequence[Cause] = ()
    clicks: Sequence[Clicked] = ()
    earlier: Sequence[Earlier] = ()

    @property
    def document(self) -> dict[str, object]:
        """For scripts: beside the books, in the same document."""
        return {
            "timeline": {
                "step_s": self.timeline.step_s,
                "moments": [{"at": m.at, **_plain(m.counts)} for m in self.timeline.moments],
            },
            "domains": [
                {
                    "domain": d.name,
                    **_plain(d.counts),
                    "bounced": d.bounced,
                    "complained": d.complained,
                }
                for d in self.domains
            ],
            "other_domains": self.other_domains,
            "causes": [{"kind": c.kind, "reason": c.reason, "count": c.count} for c in self.causes],
            "clicks": [
                {"link": c.link, "people": c.people, "machines": c.machines} for c in self.clicks
            ],
        }


class FigureSource(Protocol):
    """Where the figures of a mailing come from."""

    def figures(self, mailing: Mailing, books: Books) -> Figures:
        """`books` are those of the mailing, counted just now."""
        ...


def largest(domains: Iterable[Domain], most: int) -> tuple[list[Domain], int]:
    """The `most` largest by name and size, and how many are left out."""
    found = sorted(domains, key=lambda d: (-d.total, d.name))
    return found[:most], max(0, len(found) - most)


def _plain(counts: Mapping[Status, int]) -> dict[str, int]:
    return {str(status): count for status, count in sorted(counts.items()) if count}
