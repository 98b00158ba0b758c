"""What an issue looks like now against what was approved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from composer.snapshots.approved import Approved, size_in, stamp
from composer.snapshots.change import Change, Difference
from composer.snapshots.compare import Seen, compare
from composer.snapshots.layout import laid_out
from composer.snapshots.shot import Shot


@dataclass(frozen=True, slots=True)
class Group:
    """What the renditions of `names` have in common and no other rendition has."""

    names: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One issue; `missing` was never approved, `left_over` was and is no more.

    `since` is the revision that it was compared with instead of what was approved.
    """

    issue_id: str
    renditions: int
    missing: tuple[str, ...] = ()
    left_over: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    since: str = ""

    @property
    def clean(self) -> bool:
        return not (self.missing or self.left_over or self.differences)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Every change once, with those who see it; what most see comes first."""
        seen_by: dict[Change, dict[str, None]] = {}
        for difference in self.differences:
            for change in difference.changes:
                seen_by.setdefault(change, {})[difference.name] = None
        by_names: dict[tuple[str, ...], list[Change]] = {}
        for change, names in seen_by.items():
            by_names.setdefault(tuple(names), []).append(change)
        groups = [Group(names, tuple(changes)) for names, changes in by_names.items()]
        return tuple(sorted(groups, key=lambda group: -len(group.names)))


def judge(issue_id: str, shots: Sequence[Shot], approved: Approved) -> Verdict:
    """The fresh shots of an issue against the approved ones."""
    names = {shot.name for shot in shots}
    gone = sorted(approved.shots.keys() - names)
    return Verdict(
        issue_id=issue_id,
        renditions=len(shots),
        missing=tuple(shot.name for shot in shots if shot.name not in approved.shots),
        left_over=(*gone, *approved.strays),
        differences=tuple(
            _differences(
                (_approved(approved, s.name), s) for s in shots if s.name in approved.shots
            )
        ),
    )


def between(issue_id: str, old: Sequence[Shot], new: Sequence[Shot], *, since: str) -> Verdict:
    """The shots of an issue at one time against those of another."""
    before = {shot.name: shot for shot in old}
    names = {shot.name for shot in new}
    return Verdict(
        issue_id=issue_id,
        renditions=len(new),
        missing=tuple(shot.name for shot in new if shot.name not in before),
        left_over=tuple(shot.name for shot in old if shot.name not in names),
        differences=tuple(_differences((seen(before[s.name]), s) for s in new if s.name in before)),
        since=since,
    )


def _differences(sides: Iterable[tuple[Seen, Shot]]) -> Iterable[Difference]:
    """Personas share most of their letters: the same two sides are compared once."""
    known: dict[tuple[Seen, Seen], Difference] = {}
    for before, shot in sides:
        after = seen(shot)
        if before == after:
            continue
        if (before, after) not in known:
            known[before, after] = compare(shot.name, before, after)
        found = known[before, after]
        yield Difference(shot.name, found.changes, found.sizes)


def _approved(approved: Approved, name: str) -> Seen:
    shot, stamped = approved.shots[name], approved.stamps.get(name, "")
    return Seen(shot.html, shot.txt, shot.headers, size_in(stamped), stamped)


def seen(shot: Shot) -> Seen:
    """A fresh shot as it is compared."""
    size = len(shot.html.encode())
    return Seen(laid_out(shot.html), shot.txt, shot.headers, size, stamp(shot.html))
