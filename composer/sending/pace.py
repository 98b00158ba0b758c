"""Not faster than was asked: the moment at which the next deliveries may go."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_UNITS_S = {"s": 1.0, "sec": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "hour": 3600.0}


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `per_s` deliveries a second, on average."""

    per_s: float

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read `600/min`, `10/s` or `5000/h`; a bare number is a minute's.

        Raises:
            ValueError: it is none of these, or nothing would ever be sent.
        """
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:/\s*([a-z]+))?\s*", text.lower())
        unit_s = _UNITS_S.get(match.group(2) or "min") if match else None
        if match is None or unit_s is None or float(match.group(1)) <= 0:
            raise ValueError(f"{text!r} is not a rate; write 600/min, 10/s or 5000/h")
        return cls(float(match.group(1)) / unit_s)

    def batch_size(self, most: int) -> int:
        """So small a batch that a slow rate stays even: about a second's worth."""
        return max(1, min(most, int(self.per_s)))


class Pace:
    """Spaces batches out over time; with no rate, nothing waits."""

    def __init__(self, rate: Rate | None, clock_s: Callable[[], float]) -> None:
        self._rate = rate
        self._clock_s = clock_s
        self._free_at_s = clock_s()

    def wait_s(self) -> float:
        """Seconds until the next batch may go."""
        return max(0.0, self._free_at_s - self._clock_s()) if self._rate else 0.0

    def spent(self, deliveries: int) -> None:
        """`deliveries` were handed over just now."""
        if self._rate:
            start_s = max(self._free_at_s, self._clock_s())
            self._free_at_s = start_s + deliveries / self._rate.per_s
