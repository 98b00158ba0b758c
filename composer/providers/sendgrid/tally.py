"""What the calls of a whole run say together: is it a reader, or what all have alike?"""

from __future__ import annotations

import threading

from composer.errors import Misconfigured

#: So many readers refused, and nobody taken in the whole run: we are meant.
REFUSALS = 8


class Tally:
    """One for each run; told by every call's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accepted = False
        self._refused = 0

    @property
    def accepted(self) -> bool:
        with self._lock:
            return self._accepted

    def was_accepted(self) -> None:
        with self._lock:
            self._accepted = True

    def was_refused(self) -> None:
        with self._lock:
            self._refused += 1

    def refuse_to_go_on(self) -> None:
        """Raises Misconfigured when everybody so far was refused, and they are many."""
        with self._lock:
            lost = self._refused >= REFUSALS and not self._accepted
        if lost:
            raise Misconfigured(
                f"SendGrid refused {REFUSALS} readers one after the other, and took nobody",
                hint="look at the account, the verified senders, and at the reasons: "
                "newsletter report",
            )
