"""Where a mailing stands, in words, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from composer.model.delivery import Status
from composer.model.limits import LimitSettings
from composer.model.mailing import Books, Mailing
from composer.reports.moments import moment_text
from composer.sending.ledger import Ledger
from composer.sending.orders import CANCELLED, Asked, Bounds, DomainPause, Wish
from composer.sending.terms import Waiting, Why
from composer.sending.watch import held_by, waiting_for

#: What a delivery of this status still has before it.
_WAITING = (Status.PLANNED, Status.ATTEMPTING, Status.DEFERRED)


class State(StrEnum):
    """Of a whole mailing."""

    RUNNING = "running"  #: a living process is sending it
    PAUSED = "paused"  #: somebody, or too much trouble, asked for it; resume goes on
    CANCELLED = "cancelled"  #: whoever was left gets it no more
    WAITING = "waiting"  #: nobody is sending it, and nothing is due or may go yet
    QUEUED = "queued"  #: workers have it, and none is sending it just now
    INTERRUPTED = "interrupted"  #: nobody is, and something is left to deliver
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Step:
    """What a person may do next: why, and the command that does it."""

    words: str
    command: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A mailing's deliveries by status, whether somebody is sending it, and what holds it up.

    `waiting` is what it waits for, `pauses` the receiving domains that are left alone, `now`
    when that was so, in epoch seconds; `cancelled` counts whom a cancel left out. `when` says
    what a scheduled mailing, or an A/B test, waits for.
    """

    counts: Mapping[Status, int]
    running: bool = False
    asked: Asked = field(default_factory=Asked)
    waiting: Waiting | None = None
    pauses: Sequence[DomainPause] = ()
    cancelled: int = 0
    now: float = 0.0
    when: str = ""
    queued: bool = False  #: it is the workers'

    @classmethod
    def of(cls, books: Books, *, running: bool = False) -> Standing:
        return cls(books.counts, running, cancelled=books.excluded.get(CANCELLED, 0))

    @classmethod
    def now_of(
        cls,
        ledger: Ledger,
        mailing: Mailing,
        books: Books,
        limits: LimitSettings,
        *,
        running: bool,
        now: float,
    ) -> Standing:
        """With everything that holds it up, looked up in the ledger."""
        asked = Asked(Wish(mailing.wish), mailing.wish_reason)
        waiting, pauses = None, list[DomainPause]()
        if books.count(Status.PLANNED) or books.count(Status.DEFERRED):
            every = ledger.orders.pauses()
            pauses = [pause for pause in every if pause.until > now]
            bounds = Bounds(limits, held_by(every, now))
            waiting = waiting_for(ledger, mailing.id, mailing.provider, bounds, now)
        cancelled = books.excluded.get(CANCELLED, 0)
        return cls(books.counts, running, asked, waiting, pauses, cancelled, now)

    def count(self, *statuses: Status) -> int:
        return sum(self.counts.get(status, 0) for status in statuses)

    @property
    def state(self) -> State:
        if self.running:
            return State.RUNNING
        if self.asked.wish is Wish.CANCEL:
            return State.CANCELLED
        if not self.count(*_WAITING):
            return State.DONE
        if self.asked.wish is Wish.PAUSE:
            return State.PAUSED
        later = self.waiting is not None and self.waiting.at > self.now
        if later and not self.count(Status.ATTEMPTING):
            return State.WAITING
        return State.QUEUED if self.queued else State.INTERRUPTED

    @property
    def recipients(self) -> int:
        """Everybody who was to get it and was not excluded on the way."""
        return self.count(*(status for status in Status if status is not Status.EXCLUDED))

    @property
    def meant(self) -> int:
        """The recipients, and whom a cancel left out."""
        return self.recipients + self.cancelled

    @property
    def unsettled(self) -> int:
        """Those that another run has something to do for."""
        return self.count(*_WAITING)

    @property
    def settled(self) -> int:
        """Those whom nothing more is done for."""
        return self.recipients - self.unsettled

    @property
    def head(self) -> str:
        """The state for people: two words at most, with a capital letter."""
        if self.state is State.INTERRUPTED and not self.count(Status.PLANNED, Status.ATTEMPTING):
            return "Not finished"  # nobody interrupted it: what was put off is due
        return _HEADS[self.state]

    @property
    def words(self) -> str:
        """One sentence: `Done: 58 of 60 were accepted, 1 refused, 1 is unknown.`"""
        total, accepted, head = self.recipients, self.count(Status.ACCEPTED), self.head
        if self.state is State.WAITING and self.when and not self.settled:
            return f"Scheduled: {self.when}."
        if accepted == total and not self.cancelled:
            everybody = "the one message was" if total == 1 else f"all {total:,} messages were"
            return f"{head}: {everybody} accepted." if total else f"{head}: nobody was to get it."
        parts = [f"{accepted:,} of {self.meant:,} were accepted"]
        left = _LEFT | (_LEFT_SO_FAR if self.running else {})
        parts += [f"{n:,} {words}" for status, words in left.items() if (n := self.count(status))]
        parts += [f"{self.cancelled:,} get it no more"] if self.cancelled else []
        return f"{head}: {', '.join(parts)}. {self._held()}".rstrip()

    def _held(self) -> str:
        """What holds it up, in whole sentences: why it is paused, and until when it waits."""
        told = []
        if self.asked.wish is Wish.PAUSE and self.asked.reason:
            told.append(f"It was paused because {self.asked.reason}.")
        elif self.asked.wish is Wish.PAUSE and self.running:
            told.append("It is asked to pause.")
        if self.when:
            told.append(f"{self.when}.")
        elif self.waiting is not None and self.waiting.at > self.now:
            known = self.waiting.until
            until = f" {moment_text(known, self.now)}" if known is not None else ""
            told.append(f"{_WAITS[self.waiting.why]}{until}.")
        told += [
            f"{p.domain} is left alone until {moment_text(p.until, self.now)}: {p.reason}."
            for p in self.pauses
        ]
        return " ".join(told)

    def document(self) -> dict[str, object]:
        """The same for scripts; times are epoch seconds."""
        late = self.waiting if self.waiting and self.waiting.at > self.now else None
        return {
            "state": str(self.state),
            "wish": str(self.asked.wish),
            "wish_reason": self.asked.reason,
            "waiting": late and {"until": late.until, "for": str(late.why)},
            "paused_domains": [
                {"domain": p.domain, "until": p.until, "reason": p.reason} for p in self.pauses
            ],
        }

    def steps(self, mailing_id: str) -> list[Step]:
        """What is left for a person to do, in the order to do it."""
        if self.running:
            return []
        steps = []
        mine = not self.queued or self.state is State.PAUSED
        if self.state is State.WAITING and self.when:
            words = "Goes by a worker, or by cron or a timer that runs"
            steps.append(Step(words, "newsletter run-due"))
        elif self.count(*_WAITING) and self.state is not State.CANCELLED and mine:
            # What a dead sender left in flight is settled as unknown by the first command.
            left = self.count(Status.PLANNED, Status.DEFERRED)
            rest = "the one that is left" if left == 1 else f"the {left:,} that are left"
            words = f"Deliver {rest}" if left else "Settle what was in flight"
            given_up = self.waiting is None and left and not self.count(Status.PLANNED)
            now = " --now" if given_up else ""
            steps.append(Step(words, f"newsletter resume {mailing_id}{now}"))
        if unknown := self.count(Status.UNKNOWN, Status.ATTEMPTING):
            noun = "the one that was" if unknown == 1 else f"the {unknown:,} that were"
            may = "it may have arrived, or never have left"
            may = may if unknown == 1 else "each may have arrived, or never have left"
            asked = "Look into the provider's log, then say what became of"
            steps.append(
                Step(
                    f"{asked} {noun} never answered ({may})",
                    f"newsletter resolve {mailing_id} --as accepted|resend",
                )
            )
        return steps


_HEADS = {
    State.RUNNING: "Being sent",
    State.PAUSED: "Paused",
    State.CANCELLED: "Cancelled",
    State.WAITING: "Waiting",
    State.QUEUED: "Waiting for workers",
    State.INTERRUPTED: "Interrupted",
    State.DONE: "Done",
}

_WAITS = {
    Why.LIMITS: "The limits allow more at",
    Why.PAUSED: "The next can go at",
    Why.LATER: "The next is due at",
    Why.DECISION: "The rest waits for the decision of an A/B test",
}

_LEFT = {
    Status.REFUSED: "refused for good",
    Status.DEFERRED: "put off by the provider",
    Status.UNKNOWN: "never answered",
    Status.ATTEMPTING: "in flight when it stopped",
    Status.PLANNED: "not sent yet",
}
_LEFT_SO_FAR = {Status.ATTEMPTING: "being handed over"}
