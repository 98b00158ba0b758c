"""How fast a mailing goes, from what pages saw of it: the ledger keeps no times."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

#: What was seen longer ago says nothing of now.
WINDOW_S = 15.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Deliveries a second, and seconds to the end; None while nobody can know."""

    per_s: float | None = None
    left_s: float | None = None

    @property
    def words(self) -> str:
        """`12/s · 2:11 left`, or what is still waited for."""
        if self.per_s is None or self.left_s is None:
            return "finding its pace"
        return f"{self.per_s:,.1f}/s · {clock(self.left_s)} left"


@dataclass
class Paces:
    """What was seen of each running mailing within the last seconds; safe to share."""

    clock_s: Callable[[], float] = monotonic
    _seen: dict[str, deque[tuple[float, int]]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def note(self, mailing_id: str, settled: int, left: int) -> Pace:
        """`settled` deliveries were counted just now, and `left` are to come."""
        now_s = self.clock_s()
        with self._lock:
            seen = self._seen.setdefault(mailing_id, deque())
            seen.append((now_s, settled))
            while len(seen) > 2 and seen[0][0] < now_s - WINDOW_S:
                seen.popleft()
            passed_s, done = now_s - seen[0][0], settled - seen[0][1]
        if passed_s <= 0 or done <= 0:
            return Pace()
        per_s = done / passed_s
        return Pace(per_s, left / per_s)


def clock(seconds: float) -> str:
    """`2:11` or `1:04:09`."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
