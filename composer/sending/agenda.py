"""What waits for its time: scheduled mailings, deferred deliveries, A/B tests to be decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from composer.model.ab_test import Contest, Decision
from composer.model.mailing import Mailing


@dataclass(frozen=True, slots=True)
class Ripe:
    """A mailing with something to deliver now; `since_s` as `Agenda.due_since` says."""

    mailing: Mailing
    since_s: int = 0


class Agenda(Protocol):
    """The ledger, asked about time; times are Unix seconds."""

    def ripe(self, now_s: int) -> Sequence[Ripe]:
        """Mailings of which something is due and nobody asked to pause or cancel; oldest first.

        What was to go at once and was interrupted is not among them, though some of it was put
        off and is due: a person resumes that.
        """
        ...

    def due_since(self, mailing_id: str, now_s: int) -> int:
        """The moment of the oldest planned delivery that is due; 0 when there is none."""
        ...

    def last_moved(self, mailing_id: str) -> int:
        """When a delivery was last attempted or had its answer; 0 before that. Dear to ask."""
        ...

    def waiting(self, mailing_id: str, now_s: int) -> Mapping[int, int]:
        """How many planned deliveries are due at each moment that is still to come.

        Those that wait for a decision are not among them.
        """
        ...

    def undecided(self) -> Sequence[Mailing]:
        """Mailings whose A/B test is not decided, and that nobody paused or cancelled."""
        ...

    def sampled(self, mailing_id: str) -> int | None:
        """When the last of the sample had its answer; 0 when all of it was excluded.

        None while some of it is planned or being attempted.
        """
        ...

    def note_sampled(self, mailing_id: str, contest: Contest, at_s: int) -> bool:
        """Write down that the sample is out, unless `contest` is not what is written."""
        ...

    def decide(self, mailing_id: str, contest: Contest, decision: Decision, due_s: int) -> bool:
        """Write the decision and give the rest their variant, due at `due_s`: all or nothing.

        Says whether this call did it: False when `contest` is not what is written any more.
        """
        ...
