"""How many deliveries one call is given: as many as it gets done in some seconds.

With a quick server a group is as large as the provider allows, and the ledger has little to
write. With a slow one it is small: a crash leaves the whole of it unknown, though most of it was
still to be handed over.
"""

from __future__ import annotations

#: What a call should take. Between two calls a connection waits for the ledger.
CALL_S = 4.0
#: Before anything is known, and at the least.
FIRST, LEAST = 16, 8


class Stride:
    """Of one run, or of all the runs of one process through the same provider."""

    def __init__(self) -> None:
        self._most = FIRST

    def limit(self, size: int) -> int:
        """For the next call of a provider that takes up to `size` at once."""
        return min(size, self._most)

    def took(self, elapsed_s: float, count: int) -> None:
        """A call of `count` deliveries came home."""
        if count:
            self._most = max(LEAST, int(CALL_S * count / max(elapsed_s, 0.001)))
