"""What a run keeps an eye on: wishes, paused domains, what is due when, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

from composer.errors import GuardError
from composer.model.delivery import Delivery
from composer.model.mailing import Mailing
from composer.sending.breaker import Breaker, Verdict, is_policy
from composer.sending.contest import NEVER_S
from composer.sending.ledger import Ledger
from composer.sending.orders import Asked, Bounds, DomainPause, Wish
from composer.sending.provider import Answer, Outcome
from composer.sending.retry import Patience
from composer.sending.terms import Terms, Waiting, Why

#: How often a sender looks at what is asked of it.
LOOK_S = 1.0
#: How often it looks for deferred deliveries that others put off and that are due.
WAKE_S = 30.0

#: So long after its end, a pause says nothing of a domain any more.
FORGET_S = 24 * 3600.0

#: A delivery and what became of it.
Told = tuple[Delivery, Outcome]


class Watch:
    """Of one run; everything that it learns or decides lies in the ledger, for all senders."""

    def __init__(
        self, mailing: Mailing, ledger: Ledger, terms: Terms, give_up: Callable[[str], bool]
    ) -> None:
        """`give_up` leaves the provider for another one, for a reason; says if there is one."""
        self._give_up = give_up
        self._id = mailing.id
        self._ledger = ledger
        self._terms = terms
        self._breaker = Breaker(terms.fuses, terms.clock_s)
        self._patience = Patience.of(mailing.created, mailing.due, terms.retry_for_s)
        self._look_at_s = -inf
        self._wake_at = 0.0
        self._pauses: dict[str, DomainPause] = {}
        self.asked = Asked()
        self.failure: GuardError | None = None
        self.bounds = Bounds(terms.limits)

    def begin(self) -> None:
        """Raises GuardError when the mailing is paused or was cancelled."""
        if self._terms.retry_now:
            self._ledger.retry_deferred(self._id)
        self.look()
        refuse_unwanted(self._id, self.asked)

    # --- wishes and pauses ------------------------------------------------------------

    def end(self) -> None:
        """Whoever was cancelled meanwhile is not left planned; note when nothing is left."""
        orders = self._ledger.orders
        self.asked = orders.asked(self._id)
        if self.asked.wish is Wish.CANCEL:
            orders.exclude_left(self._id)
        orders.close(self._id)

    def look(self) -> None:
        """Read once a second what was asked, wherever it was asked."""
        now_s = self._terms.clock_s()
        if now_s < self._look_at_s:
            return
        self._look_at_s = now_s + LOOK_S
        orders = self._ledger.orders
        self.asked = orders.asked(self._id)
        now, pauses = self._terms.clock(), orders.pauses()
        self._pauses = {p.domain: p for p in pauses if p.until > now - FORGET_S}
        for domain in {p.domain for p in pauses} - self._pauses.keys():
            orders.lift(domain)
        held = held_by(pauses, now)
        tried = frozenset(self._pauses.keys() - held.keys())
        bounds = Bounds(self._terms.limits, held, tried, self.asked.rate)
        if bounds != self.bounds:
            self.bounds = bounds

    # --- when -------------------------------------------------------------------------

    def wake(self) -> None:
        """Make what was deferred and is due by now planned again."""
        now = self._terms.clock()
        if now >= self._wake_at:
            self._wake_at = now + WAKE_S
            self._ledger.retry_deferred(self._id, due_by=int(now))

    def next_at(self, provider: str) -> Waiting | None:
        """When something can be attempted again; None when nothing is left to do."""
        found = waiting_for(self._ledger, self._id, provider, self.bounds, self._terms.clock())
        if found is not None:
            self._wake_at = min(self._wake_at, found.at)
        return found

    def due_of(self, told: Sequence[Told]) -> dict[str, int]:
        """When each of the deferred is tried again; who is not named waits for a person."""
        due = {}
        for delivery, outcome in told:
            if outcome.answer is not Answer.DEFERRED:
                continue
            at = self._patience.due(
                delivery.attempt,
                self._terms.clock(),
                self._terms.draw,
                asked_s=outcome.retry_after_s,
            )
            if at:
                due[delivery.id] = at
                self._wake_at = min(self._wake_at, float(at))
        return due

    # --- what goes wrong --------------------------------------------------------------

    def judge(self, told: Sequence[Told]) -> None:
        """After they are written down: pause domains, or the mailing, if it must be."""
        verdict = self._breaker.saw((d.recipient.address.domain, o) for d, o in told)
        if self._pauses:
            self._lift(told)
            self._reopen_late(told)
            # After a pause, one refusal says enough.
            for domain in self._refusing(told) & self.bounds.tried:
                verdict.domains.setdefault(domain, "it still refuses for reasons of policy")
        if verdict.domains or verdict.stop:
            self._stop(verdict)

    def _lift(self, told: Sequence[Told]) -> None:
        """A domain that was paused, and takes messages again, has its first pause before it."""
        now = self._terms.clock()
        for domain in {
            d.recipient.address.domain for d, o in told if o.answer is Answer.ACCEPTED
        } & self._pauses.keys():
            if self._pauses[domain].until <= now:
                del self._pauses[domain]
                self._ledger.orders.lift(domain)

    def _refusing(self, told: Sequence[Told]) -> set[str]:
        """Domains that have just refused something for reasons of policy."""
        return {
            d.recipient.address.domain
            for d, o in told
            if o.answer is Answer.REFUSED and is_policy(o.reason)
        }

    def _reopen_late(self, told: Sequence[Told]) -> None:
        """What was in flight when its domain was paused is refused for the same reason."""
        now = self._terms.clock()
        for domain in self._refusing(told) & self.bounds.held.keys():
            until = self.bounds.held[domain]
            since = int(now - self._terms.fuses.window_s) - 1
            self._ledger.orders.reopen(self._id, domain, since=since, due=until)

    def _stop(self, verdict: Verdict) -> None:
        orders, fuses, now = self._ledger.orders, self._terms.fuses, int(self._terms.clock())
        since = int(now - fuses.window_s) - 1
        for domain, reason in verdict.domains.items():
            known = self._pauses.get(domain)
            running = known is not None and known.until > now
            times = 1 if known is None else known.times + (not running)
            until = max(now + int(fuses.pause_for_s(times)), known.until if known else 0)
            orders.pause(domain, until=until, reason=reason, times=times)
            again = orders.reopen(self._id, domain, since=since, due=until)
            self._terms.say(
                f"{domain} is paused: {reason}. {again:,} of them will be tried again; "
                "see what they say with newsletter report."
            )
        self._look_at_s = -inf
        self.look()
        if verdict.stop:
            # Whatever was refused for reasons of policy is nobody's fault among the readers.
            orders.reopen(self._id, "", since=since, due=now)
            if verdict.of_provider and self._give_up(verdict.stop):
                self._wake_at = float(now)
                return
            orders.ask(self._id, Wish.PAUSE, reason=verdict.stop)
            self.failure = GuardError(
                f"{self._id} was stopped: {verdict.stop}",
                hint=f"look into newsletter report {self._id}; newsletter resume goes on",
            )


def waiting_for(
    ledger: Ledger, mailing_id: str, provider: str, bounds: Bounds, now: float
) -> Waiting | None:
    """When something of a mailing can be attempted; None when nothing is left to do."""
    due = ledger.next_due(mailing_id)
    if due is None:
        return None
    if due >= NEVER_S:
        return Waiting(float(due), Why.DECISION)
    room = ledger.orders.room(bounds.limits, provider)
    if room is not None and not room.left and room.free_at > max(due, now):
        return Waiting(room.free_at, Why.LIMITS)
    paced = ledger.orders.paced(mailing_id) if bounds.rate else None
    if paced is not None and not paced.left and paced.free_at > max(due, now):
        return Waiting(paced.free_at, Why.RATE)
    held = any(until > now for until in bounds.held.values())
    return Waiting(float(due), Why.PAUSED if held else Why.LATER)


def held_by(pauses: Sequence[DomainPause], now: float) -> dict[str, int]:
    """Until when each domain is left alone, of those whose pause has not ended."""
    return {pause.domain: pause.until for pause in pauses if pause.until > now}


def refuse_unwanted(mailing_id: str, asked: Asked) -> None:
    """Raises GuardError when a mailing is paused or was cancelled."""
    reason = f" ({asked.reason})" if asked.reason else ""
    if asked.wish is Wish.PAUSE:
        raise GuardError(
            f"{mailing_id} is paused{reason}; nothing was sent",
            hint=f"newsletter resume {mailing_id}",
        )
    if asked.wish is Wish.CANCEL:
        raise GuardError(
            f"{mailing_id} was cancelled; nothing was sent", hint=f"newsletter report {mailing_id}"
        )
