"""Not faster than was asked: how much of a mailing may go now, whoever sends it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from composer.model.rate import Rate
from composer.sending.limits import Room

#: Of a delivery: so little is lacking only because numbers are rounded.
_NOTHING = 0.01


@dataclass(frozen=True, slots=True)
class Pace:
    """A mailing's rate, and what went before: all its senders have it in common.

    About a second's worth may go at once; what is not used is not saved up beyond that. So any
    `t` seconds see at most `most` and `t` times the rate. `full_at` (epoch seconds) is when so
    much may go again.
    """

    rate: Rate
    full_at: float = 0.0

    @property
    def most(self) -> int:
        return max(1, int(self.rate.per_s))

    def room(self, now: float) -> Room:
        """When nothing is left, more may go only when a whole second's worth may: in groups."""
        lacking_s = self._lacking_s(now)
        left = self.most - math.ceil(lacking_s * self.rate.per_s - _NOTHING)
        return Room(left, now) if left > 0 else Room(0, now + lacking_s)

    def after(self, count: int, now: float) -> Pace:
        """With `count` more that go now."""
        return Pace(self.rate, now + self._lacking_s(now) + count / self.rate.per_s)

    def _lacking_s(self, now: float) -> float:
        """Until all may go again; not for long only because a clock was set back."""
        return min(max(0.0, self.full_at - now), self.most / self.rate.per_s + 1)
