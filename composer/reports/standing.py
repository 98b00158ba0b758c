"""Where a mailing stands, in words, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from composer.model.delivery import Status
from composer.model.mailing import Books

#: What a delivery of this status still has before it.
_WAITING = (Status.PLANNED, Status.ATTEMPTING, Status.DEFERRED)


class State(StrEnum):
    """Of a whole mailing."""

    RUNNING = "running"  #: a living process is sending it
    INTERRUPTED = "interrupted"  #: nobody is, and something is left to deliver
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Step:
    """What a person may do next: why, and the command that does it."""

    words: str
    command: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A mailing's deliveries by status, and whether somebody is sending it."""

    counts: Mapping[Status, int]
    running: bool = False

    @classmethod
    def of(cls, books: Books, *, running: bool = False) -> Standing:
        return cls(books.counts, running)

    def count(self, *statuses: Status) -> int:
        return sum(self.counts.get(status, 0) for status in statuses)

    @property
    def state(self) -> State:
        if self.running:
            return State.RUNNING
        return State.INTERRUPTED if self.count(*_WAITING) else State.DONE

    @property
    def recipients(self) -> int:
        """Everybody who was to get it and was not excluded on the way."""
        return self.count(*(status for status in Status if status is not Status.EXCLUDED))

    @property
    def unsettled(self) -> int:
        """Those that another run has something to do for."""
        return self.count(*_WAITING)

    @property
    def settled(self) -> int:
        """Those whom nothing more is done for in this run."""
        return self.recipients - self.count(Status.PLANNED, Status.ATTEMPTING)

    @property
    def words(self) -> str:
        """One sentence: `Done: 58 of 60 were accepted, 1 refused, 1 is unknown.`"""
        total, accepted = self.recipients, self.count(Status.ACCEPTED)
        if self.state is State.RUNNING:
            return f"Being sent: {self.settled:,} of {total:,} are settled."
        head = "Interrupted" if self.count(Status.PLANNED, Status.ATTEMPTING) else "Done"
        head = "Not finished" if head == "Done" and self.count(Status.DEFERRED) else head
        if accepted == total:
            everybody = "the one message was" if total == 1 else f"all {total:,} messages were"
            return f"{head}: {everybody} accepted." if total else f"{head}: nobody was to get it."
        parts = [f"{accepted:,} of {total:,} were accepted"]
        parts += [f"{n:,} {words}" for status, words in _LEFT.items() if (n := self.count(status))]
        return f"{head}: {', '.join(parts)}."

    def steps(self, mailing_id: str) -> list[Step]:
        """What is left for a person to do, in the order to do it."""
        if self.running:
            return []
        steps = []
        if self.count(*_WAITING):
            # What a dead sender left in flight is settled as unknown by the first command.
            left = self.count(Status.PLANNED, Status.DEFERRED)
            rest = "the one that is left" if left == 1 else f"the {left:,} that are left"
            words = f"Deliver {rest}" if left else "Settle what was in flight"
            steps.append(Step(words, f"newsletter resume {mailing_id}"))
        if unknown := self.count(Status.UNKNOWN, Status.ATTEMPTING):
            asked = "Look into the provider's log, then say what became of"
            noun = "the one that was" if unknown == 1 else f"the {unknown:,} that were"
            steps.append(
                Step(
                    f"{asked} {noun} never answered",
                    f"newsletter resolve {mailing_id} --as accepted|resend",
                )
            )
        return steps


_LEFT = {
    Status.REFUSED: "refused for good",
    Status.DEFERRED: "put off by the provider",
    Status.UNKNOWN: "never answered",
    Status.ATTEMPTING: "in flight when it stopped",
    Status.PLANNED: "not sent yet",
}
