"""When what was put off is tried again: later each time, never all at once, and not for ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

#: The longest that a provider's own "try again in" is believed.
MOST_ASKED_S = 24 * 3600.0

#: A number from 0 up to 1, another each time.
Draw = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential, with full jitter: after try n, anything up to `first_s` · 2ⁿ⁻¹.

    Whoever is put off together does not come back together, which is what a busy server needs.
    """

    least_s: float = 5.0
    first_s: float = 60.0
    most_s: float = 2 * 3600.0

    def delay_s(self, attempt: int, draw: Draw, *, asked_s: float | None = None) -> float:
        """Seconds to wait after try number `attempt`; at least `asked_s`, which the provider said.

        Between `least_s` and `most_s`, unless the provider asked for more.
        """
        top_s = min(self.most_s, self.first_s * 2.0 ** min(attempt - 1, 60))
        drawn_s = self.least_s + draw() * (max(top_s, self.least_s) - self.least_s)
        if not asked_s or asked_s <= drawn_s:
            return drawn_s
        asked_s = min(asked_s, MOST_ASKED_S)
        return asked_s + draw() * min(self.first_s, asked_s / 10)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long deferred deliveries of one mailing are tried again."""

    until: float  #: epoch seconds: the mailing's deadline
    backoff: Backoff = Backoff()
    tries: int = 8  #: that everybody gets, also who was first tried shortly before the deadline

    @classmethod
    def of(cls, created: str, due: int, retry_for_s: float) -> Patience:
        """Of a mailing that was `created` (ISO 8601) and not to begin before `due`."""
        began = max(datetime.fromisoformat(created).timestamp(), float(due))
        return cls(began + retry_for_s)

    def due(self, attempt: int, now: float, draw: Draw, *, asked_s: float | None = None) -> int:
        """Epoch seconds of the next try; 0 when it is given up, and waits for a person."""
        at = now + self.backoff.delay_s(attempt, draw, asked_s=asked_s)
        return int(at) + 1 if at <= self.until or attempt < self.tries else 0
