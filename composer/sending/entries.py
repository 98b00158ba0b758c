"""What one run writes into the ledger: the intent before a hand-over, the outcome after it.

Where all were accepted, outcomes wait for the next intents, which come at once: one commit
writes both. All else is written when it comes home.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from composer.errors import StorageError
from composer.model.delivery import Delivery
from composer.sending.ledger import Ledger
from composer.sending.orders import Bounds
from composer.sending.provider import Answer, Outcome

#: How long to wait before another try at writing down what the provider said.
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


class Entries:
    """Of one run; the thread that owns the ledger calls."""

    def __init__(self, ledger: Ledger, pause: Callable[[float], object]) -> None:
        self._ledger = ledger
        self._pause = pause
        self._outcomes: list[Outcome] = []  #: known, and not written yet
        self._due: dict[str, int] = {}  #: when the deferred among them are tried again

    @property
    def waiting(self) -> bool:
        """Whether an outcome is known that the ledger does not know."""
        return bool(self._outcomes)

    def begin(
        self, mailing_id: str, limit: int, provider: str, bounds: Bounds
    ) -> Sequence[Delivery]:
        """The next deliveries, written down as attempted, and the outcomes that waited.

        Raises:
            StorageError: neither was written.
        """
        deliveries = self._ledger.begin(
            mailing_id, limit, provider=provider, bounds=bounds, accepted=self._outcomes
        )
        self._outcomes.clear()
        return deliveries

    def add(self, outcomes: Sequence[Outcome], due: Mapping[str, int]) -> StorageError | None:
        """Write outcomes down, now or with the next intents; what stood in the way, see `write`."""
        self._outcomes += outcomes
        self._due |= due
        if all(outcome.answer is Answer.ACCEPTED for outcome in outcomes):
            return None
        return self.write()

    def write(self) -> StorageError | None:
        """Commit what waits: it is known, and worth waiting for a lock or for room on a disk.

        What stood in the way to the last; the outcomes wait on, then.
        """
        problem: StorageError | None = None
        for pause_s in PAUSES_S:
            try:
                self._ledger.finish(self._outcomes, due=self._due)
            except StorageError as error:
                problem = error
                self._pause(pause_s)
            else:
                self._outcomes.clear()
                self._due.clear()
                return None
        return problem

    def undo(self, deliveries: Sequence[Delivery]) -> StorageError | None:
        """Take intents back; where that cannot be written, the next run calls them unknown."""
        try:
            self._ledger.give_back(deliveries)
        except StorageError as error:
            return error
        return None

    def keep(self, outcomes: Sequence[Outcome]) -> None:
        """We fall: one try more, so that what is known does not become unknown."""
        with suppress(StorageError):
            self._ledger.finish([*self._outcomes, *outcomes], due=self._due)
