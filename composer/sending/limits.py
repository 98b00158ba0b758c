"""What may go now, by what went before: limits that hold in every window, wherever it begins.

A window is counted in pieces. Everything of a piece that reaches into the window counts, so
that no window of that length, wherever it begins, holds more than the limit allows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from composer.model.limits import DAY_S, DomainGroup, Limit, LimitSettings, WarmUp

#: Of every window. More of them waste less of a limit, and cost more to add up.
PIECES = 20

#: A domain that was paused gets so many at once, until one of them is taken.
TRIES, TRIES_APART_S = 3, 10.0

#: What was used, by the start of each piece in epoch milliseconds.
Used = Mapping[int, int]
#: What is counted: a scope and the length of its window in seconds.
Counter = tuple[str, int]
#: Everything that was taken, whatever it is counted for.
_ALL: Counter = ("all", 0)


@dataclass(frozen=True, slots=True)
class Room:
    """`left` may go now; when it is 0, more may at `free_at` (epoch seconds)."""

    left: int
    free_at: float = 0.0


def piece_of(window_s: int, now: float) -> int:
    """The start of the piece that `now` (epoch seconds) lies in, in epoch milliseconds."""
    piece_ms = window_s * 1000 // PIECES
    return math.floor(now * 1000) // piece_ms * piece_ms


def room_of(limit: Limit, used: Used, now: float) -> Room:
    """How many more may go at `now`."""
    window_ms = limit.window_s * 1000
    piece_ms = window_ms // PIECES
    since_ms = math.floor(now * 1000) - window_ms
    # A clock that was set back finds pieces of the future; they count until they have passed.
    counting = sorted((start, n) for start, n in used.items() if start + piece_ms > since_ms)
    total = sum(n for _, n in counting)
    if total < limit.most:
        return Room(limit.most - total)
    for start, count in counting:
        total -= count
        if total < limit.most:
            return Room(0, (start + piece_ms + window_ms) / 1000)
    return Room(0, now + limit.window_s)


def day_of(now: float) -> int:
    """The start of the day (UTC) in epoch milliseconds."""
    return int(now // DAY_S) * DAY_S * 1000


def warm_up_allows(warm_up: WarmUp, used: Used, now: float) -> int | None:
    """How many this day allows in all; None when the ramp is over."""
    today = day_of(now)
    allowed = float(warm_up.first_day)
    for day in sorted(used):
        if day < today and used[day] * 2 >= allowed:
            allowed = max(allowed + 1, allowed * warm_up.growth)
        if allowed >= warm_up.full:
            return None
    return int(allowed) if allowed < warm_up.full else None


def warm_up_room(warm_up: WarmUp, used: Used, now: float) -> Room | None:
    """How many more may go today; None when the ramp is over."""
    allowed = warm_up_allows(warm_up, used, now)
    if allowed is None:
        return None
    left = max(0, allowed - used.get(day_of(now), 0))
    return Room(left, day_of(now) / 1000 + DAY_S)


@dataclass
class Budget:
    """What may be taken up in one transaction, of one provider, at one moment.

    `used` must be everything that was counted of `counters_of(limits, provider)`. `held` are the
    domains that get nothing before a time; `later` says until when each group's limits are
    given away already, and is kept from one budget to the next.
    """

    limits: LimitSettings
    provider: str
    used: Mapping[Counter, Used]
    now: float
    held: Mapping[str, int] = field(default_factory=dict)
    later: dict[str, float] = field(default_factory=dict)
    tried: frozenset[str] = frozenset()  #: domains whose pause has just ended
    paced: Room | None = None  #: what the mailing's rate leaves

    def __post_init__(self) -> None:
        self._taken: dict[Counter, int] = {}
        self._tries = dict.fromkeys(self.tried, TRIES)
        self._groups = {name: group for group in self.limits.groups for name in group.domains}
        self._left = {group.scope: self._room(group) for group in self.limits.groups}
        self.whole = self._whole()

    def _whole(self) -> Room | None:
        """Whatever the domain; None when nothing limits it."""
        rooms = [
            room_of(
                limit, self.used.get((f"provider:{self.provider}", limit.window_s), {}), self.now
            )
            for limit in self.limits.providers.get(self.provider, ())
        ]
        warm_up = self.limits.warm_up
        if warm_up is not None and warm_up.provider == self.provider:
            used = self.used.get((f"warm-up:{self.provider}", DAY_S), {})
            if (room := warm_up_room(warm_up, used, self.now)) is not None:
                rooms.append(room)
        if self.paced is not None:
            rooms.append(self.paced)
        return _narrowest(rooms)

    def _room(self, group: DomainGroup) -> Room:
        return _narrowest(self._rooms(group.scope, group.limits)) or Room(0, self.now)

    def _rooms(self, scope: str, limits: Sequence[Limit]) -> list[Room]:
        return [
            room_of(limit, self.used.get((scope, limit.window_s), {}), self.now) for limit in limits
        ]

    def take(self, domain: str) -> int:
        """0 when a delivery to `domain` may go, and is counted; else when to ask again.

        That is in epoch seconds, later than now.
        """
        if (until := self.held.get(domain, 0)) > self.now:
            return until
        if domain in self._tries:
            if self._tries[domain] == 0:
                return math.ceil(self.now + TRIES_APART_S)
            self._tries[domain] -= 1
        group = self._groups.get(domain)
        if group is None:
            self._count()
            return 0
        room = self._left[group.scope]
        if room.left == 0:
            return self._slot(group, room)
        self._left[group.scope] = Room(room.left - 1, self.now)
        for limit in group.limits:
            counter = (group.scope, limit.window_s)
            self._taken[counter] = self._taken.get(counter, 0) + 1
        self._count()
        return 0

    def _count(self) -> None:
        self._taken[_ALL] = self.taken + 1

    def _slot(self, group: DomainGroup, room: Room) -> int:
        """Its place in the queue: whoever waits is looked at again about when it may go."""
        apart_s = max(limit.window_s / limit.most for limit in group.limits)
        at = max(room.free_at, self.later.get(group.scope, 0.0), self.now)
        self.later[group.scope] = at + apart_s
        return max(int(self.now) + 1, math.ceil(at))

    @property
    def taken(self) -> int:
        """How many, whatever their domain."""
        return self._taken.get(_ALL, 0)

    def spent(self) -> Iterator[tuple[str, int, int, int]]:
        """What was taken: scope, window, start of the piece, and how many."""
        for (scope, window_s), count in self._taken.items():
            if (scope, window_s) != _ALL:
                yield scope, window_s, piece_of(window_s, self.now), count
                continue
            for limit in self.limits.providers.get(self.provider, ()):
                piece = piece_of(limit.window_s, self.now)
                yield f"provider:{self.provider}", limit.window_s, piece, count
            warm_up = self.limits.warm_up
            if warm_up is not None and warm_up.provider == self.provider:
                yield f"warm-up:{self.provider}", DAY_S, day_of(self.now), count


def counters_of(limits: LimitSettings, provider: str) -> set[Counter]:
    """Everything that a budget must know of what was used."""
    found = {
        (f"provider:{provider}", limit.window_s) for limit in limits.providers.get(provider, ())
    }
    found |= {(group.scope, limit.window_s) for group in limits.groups for limit in group.limits}
    if limits.warm_up is not None and limits.warm_up.provider == provider:
        found.add((f"warm-up:{provider}", DAY_S))
    return found


def _narrowest(rooms: list[Room]) -> Room | None:
    """What all of them allow; when some allow nothing, what is free when all are."""
    if not rooms:
        return None
    left = min(room.left for room in rooms)
    if left:
        return Room(left)
    return Room(0, max(room.free_at for room in rooms if not room.left))
