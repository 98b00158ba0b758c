"""What comes home from the provider's threads: outcomes as they are told, calls as they end.

Every hand-over between threads costs the sender more than the outcome that it carries. So an
outcome that is told wakes nobody who is awake anyway: the first one rings, the others lie
with it until somebody looks.
"""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future

from composer.sending.provider import Outcome

#: Outcomes that come home within this time are committed together; a commit waits for the disk.
GATHER_S = 0.1

Call = Future[Sequence[Outcome]]


class Arrivals:
    """`told` and `ended` may be called from any thread, `wait` by the one who owns the ledger."""

    def __init__(self) -> None:
        self._told: deque[Outcome] = deque()
        self._bell: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._rung = False

    def told(self, outcome: Outcome) -> None:
        self._told.append(outcome)
        if not self._rung:
            self._rung = True
            self._bell.put(None)

    def ended(self, call: Call) -> None:
        """What the call told before has been told by now."""
        self._bell.put(call)

    def wait(self, pause_s: float | None) -> tuple[list[Outcome], list[Call]]:
        """What is there by the end of a call, or of `GATHER_S` after the first outcome.

        With neither within `pause_s`: nothing. `None` waits for as long as it takes.
        """
        calls: list[Call] = []
        end_s: float | None = None
        left_s = pause_s
        while True:
            try:
                rang = self._bell.get(timeout=left_s)
            except queue.Empty:
                break
            if rang is not None:
                calls.append(rang)
                end_s = 0.0  # others that ended meanwhile come along
            elif end_s is None:
                end_s = time.monotonic() + GATHER_S
            left_s = 0.0 if not end_s else max(0.0, end_s - time.monotonic())
        # In this order: what is told from here on rings again.
        self._rung = False
        outcomes: list[Outcome] = []
        while self._told:
            outcomes.append(self._told.popleft())
        return outcomes, calls
