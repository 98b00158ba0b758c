"""A run that waits, keeps to its fuses, changes providers and does what it is asked; in no time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import GuardError, Misconfigured, Unreachable
from composer.model.address import Address
from composer.model.delivery import Delivery, Status
from composer.model.limits import Fuses
from composer.sending.deliver import Run, Terms, deliver
from composer.sending.orders import Asked, Wish
from composer.sending.provider import Answer, Batch, Capabilities, Outcome
from composer.sending.terms import Waiting, Why
from tests.unit.sending.fakes import ANSWERS, MemoryLedger, ScriptedProvider, Told
from tests.unit.sending.test_deliver import frozen

START = 1_795_165_200.0  #: 2026-11-20 09:00 UTC, when the mailing of `frozen` was created
SPAM = "550 5.7.1 this looks like spam"


@dataclass
class World:
    """A clock that only passes while somebody rests, and what was said meanwhile."""

    now: float = START
    waited: list[Waiting] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def terms(self, **more: Any) -> Terms:
        return Terms(
            **{
                "clock": self.clock,
                "clock_s": self.clock,
                "rest": self.rest,
                "draw": lambda: 0.5,
                "wait_s": 3600.0,
                "waiting": self.waited.append,
                "say": self.said.append,
                **more,
            }
        )

    def clock(self) -> float:
        return self.now

    def rest(self, seconds: float) -> None:
        self.now += seconds
        self.meanwhile()

    def ledger(self, readers: int = 10) -> MemoryLedger:
        made = frozen(readers)
        made.clock = self.clock
        return made


def run(ledger: MemoryLedger, terms: Terms, *providers: ScriptedProvider) -> Run:
    mailing = ledger.latest()
    assert mailing is not None
    first, *others = providers
    return deliver(mailing, ledger, first, terms, fallbacks=others)


def deferring(times: int, **more: Any) -> Told:
    """Puts everybody off so many times."""

    def tell(delivery: Delivery) -> Outcome:
        if delivery.attempt > times:
            return Outcome(delivery.id, Answer.ACCEPTED)
        return Outcome(delivery.id, Answer.DEFERRED, reason="451 4.7.1 greylisted", **more)

    return Told(tell=tell)


# --- retries --------------------------------------------------------------------------------


def test_what_is_put_off_is_tried_again_in_the_same_run() -> None:
    world = World()
    ended = run(world.ledger(), world.terms(), deferring(2))

    assert ended.books.counts == {Status.ACCEPTED: 10}
    assert ended.waiting is None
    assert 60 < world.now - START < 180
    assert {waiting.why for waiting in world.waited} == {Why.LATER}


def test_a_provider_that_says_when_is_asked_then_and_not_before() -> None:
    world = World()
    ended = run(world.ledger(), world.terms(), deferring(1, retry_after_s=1800.0))

    assert ended.books.counts == {Status.ACCEPTED: 10}
    assert world.now - START >= 1800


def test_a_run_does_not_wait_for_what_is_due_much_later() -> None:
    world = World()
    ledger = world.ledger()
    ended = run(ledger, world.terms(wait_s=600.0), deferring(1, retry_after_s=1800.0))

    assert ended.books.counts == {Status.DEFERRED: 10}
    assert ended.waiting is not None
    assert ended.waiting.at - START >= 1800
    assert world.now == START
    world.now += 2000
    assert run(ledger, world.terms(), deferring(1)).books.counts == {Status.ACCEPTED: 10}


def test_what_is_put_off_too_long_waits_for_a_person() -> None:
    world = World()
    ledger = world.ledger(3)
    ended = run(ledger, world.terms(wait_s=10**6, retry_for_s=7200.0), deferring(10**6))

    assert ended.books.counts == {Status.DEFERRED: 3}
    assert ended.waiting is None
    assert ledger.next_due("any") is None
    assert 3600 < world.now - START <= 7201
    again = run(ledger, world.terms(retry_now=True), deferring(0))
    assert again.books.counts == {Status.ACCEPTED: 3}


def test_those_who_can_go_are_not_held_up_by_those_who_wait() -> None:
    world = World()

    def tell(delivery: Delivery) -> Outcome:
        late = delivery.recipient.address.local.endswith("1") and delivery.attempt == 1
        return Outcome(delivery.id, Answer.DEFERRED if late else Answer.ACCEPTED)

    counts: list[int] = []
    provider = Told(tell=tell)
    ended = run(world.ledger(10), world.terms(progress=counts.append), provider)
    assert ended.books.counts == {Status.ACCEPTED: 10}
    assert world.waited
    assert len(set(provider.handed[:10])) == 10
    assert sum(counts) == 10


def test_a_stop_ends_the_wait_at_once() -> None:
    world = World()
    terms = world.terms()
    world.meanwhile = terms.stop.set
    ended = run(world.ledger(), terms, deferring(1))

    assert ended.stopped
    assert ended.books.counts == {Status.DEFERRED: 10}
    assert world.now - START <= 1


@given(st.lists(st.sampled_from(ANSWERS), max_size=40), st.integers(1, 4))
def test_whatever_is_answered_nobody_is_lost_and_nobody_gets_two(
    answers: list[Answer], connections: int
) -> None:
    world = World()
    script = iter(answers)
    taken = Counter[str]()

    def tell(delivery: Delivery) -> Outcome:
        answer = next(script, Answer.ACCEPTED)
        taken[delivery.id] += answer in (Answer.ACCEPTED, Answer.UNKNOWN)
        return Outcome(delivery.id, answer, reason=SPAM)

    provider = Told(tell=tell)
    provider.with_connections(1 if connections == 1 else connections)
    ended = run(world.ledger(), world.terms(wait_s=10**6, fuses=Fuses(unknown_least=99)), provider)

    assert ended.books.balanced
    assert max(taken.values(), default=0) <= 1
    assert sum(ended.books.counts.values()) == 10


# --- wishes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", [Wish.PAUSE, Wish.CANCEL])
def test_a_wish_from_elsewhere_ends_the_run_after_what_is_in_flight(wish: Wish) -> None:
    world = World()
    ledger = world.ledger()
    provider = Told()

    def tell(delivery: Delivery) -> Outcome:
        world.now += 1  # every message takes a second
        ledger.orders.ask("any", wish)
        return Outcome(delivery.id, Answer.ACCEPTED)

    provider.tell = tell
    ended = run(ledger, world.terms(), provider)

    assert ended.asked == Asked(wish)
    assert ended.failure is None
    assert ended.books.balanced
    accepted = ended.books.count(Status.ACCEPTED)
    assert 0 < accepted < 10
    left = ended.books.excluded.get("cancelled", 0) + ended.books.count(Status.PLANNED)
    assert accepted + left == 10
    assert (ended.books.count(Status.PLANNED) == 0) is (wish is Wish.CANCEL)
    with pytest.raises(GuardError) as caught:
        run(ledger, world.terms(), Told())
    assert ("is paused" if wish is Wish.PAUSE else "was cancelled") in caught.value.problem
    assert accepted == len(provider.handed)


def test_a_wish_ends_a_wait() -> None:
    world = World()
    ledger = world.ledger()
    world.meanwhile = lambda: ledger.orders.ask("any", Wish.PAUSE)
    ended = run(ledger, world.terms(), deferring(1))

    assert ended.asked.wish is Wish.PAUSE
    assert world.now - START <= 2


# --- fuses ----------------------------------------------------------------------------------


def of_domains(ledger: MemoryLedger, *names: str) -> None:
    """Readers take turns at these domains."""
    for n, entry in enumerate(ledger.entries.values()):
        address = Address(entry.recipient.address.local, names[n % len(names)])
        entry.recipient = replace(entry.recipient, address=address)


def test_a_domain_that_distrusts_us_is_paused_and_burns_nobody() -> None:
    world = World()
    ledger = world.ledger(60)
    of_domains(ledger, "gmail.example", "example.org", "example.net")
    trusted = START + 1000

    def tell(delivery: Delivery) -> Outcome:
        ours = delivery.recipient.address.domain == "gmail.example" and world.now < trusted
        if ours:
            return Outcome(delivery.id, Answer.REFUSED, reason=SPAM)
        return Outcome(delivery.id, Answer.ACCEPTED)

    ended = run(ledger, world.terms(), Told(tell=tell))

    assert ended.failure is None
    assert ended.books.counts == {Status.ACCEPTED: 60}
    assert world.said[0].startswith("gmail.example is paused: it refused")
    assert world.now >= START + 1800
    assert ledger.orders.pauses() == []  # lifted with the first message that was taken


def test_a_mailing_that_is_refused_by_many_stops_with_figures_and_is_paused() -> None:
    world = World()
    ledger = world.ledger(100)
    gone = Told(tell=lambda d: Outcome(d.id, Answer.REFUSED, reason="550 5.1.1 no such user"))
    ended = run(ledger, world.terms(), gone)

    assert isinstance(ended.failure, GuardError)
    assert "of the last" in ended.failure.problem
    assert "were refused (100 %; 20% is too many)" in ended.failure.problem
    assert ended.books.count(Status.REFUSED) < 60
    assert ended.books.count(Status.PLANNED) > 40
    assert ledger.orders.asked("any").wish is Wish.PAUSE


def test_a_relay_that_refuses_us_for_everybody_burns_nobody() -> None:
    world = World()
    ledger = world.ledger(100)
    of_domains(ledger, *(f"d{n}.example" for n in range(100)))
    closed = Told(tell=lambda d: Outcome(d.id, Answer.REFUSED, reason="554 relay access denied"))
    ended = run(ledger, world.terms(), closed)

    assert isinstance(ended.failure, GuardError)
    assert ended.books.count(Status.REFUSED) == 0
    assert ended.books.count(Status.PLANNED) + ended.books.count(Status.DEFERRED) == 100


# --- providers in order of preference -------------------------------------------------------


@dataclass
class Away(ScriptedProvider):
    """Not there until a time; then it takes everything."""

    world: World = field(default_factory=World)
    until: float = 0.0
    error: type[Unreachable | Misconfigured] = Unreachable

    def deliver(self, batch: Batch) -> Sequence[Outcome]:
        if self.world.now < self.until:
            raise self.error("connection refused")
        self.handed += [delivery.id for delivery in batch.deliveries]
        return [Outcome(delivery.id, Answer.ACCEPTED) for delivery in batch.deliveries]


@pytest.mark.parametrize("error", [Unreachable, Misconfigured])
def test_another_provider_takes_what_the_first_was_not_handed(
    error: type[Unreachable | Misconfigured],
) -> None:
    world = World()
    ledger = world.ledger()
    first = Away(name="smtp", world=world, until=START + 10**9, error=error)
    second = Told(name="sendgrid")
    ended = run(ledger, world.terms(), first, second)

    assert ended.books.counts == {Status.ACCEPTED: 10}
    assert (len(first.handed), len(second.handed)) == (0, 10)
    assert {entry.provider for entry in ledger.entries.values()} == {"sendgrid"}
    assert world.said == ["smtp: connection refused. Through sendgrid now."]
    assert (first.closed, second.closed) == (1, 1)


def test_the_first_provider_is_used_again_when_it_answers_again() -> None:
    world = World()
    ledger = world.ledger(20)
    first = Away(name="smtp", world=world, until=START + 45, capabilities=Capabilities())
    slow = Told(name="sendgrid", capabilities=Capabilities())

    def tell(delivery: Delivery) -> Outcome:
        world.now += 10
        return Outcome(delivery.id, Answer.ACCEPTED)

    slow.tell = tell
    ended = run(ledger, world.terms(), first, slow)

    assert ended.books.counts == {Status.ACCEPTED: 20}
    used = Counter(entry.provider for entry in ledger.entries.values())
    assert used["smtp"] > 0
    assert used["sendgrid"] >= 4
    assert set(first.handed).isdisjoint(slow.handed)


def test_what_one_provider_may_have_taken_is_never_given_to_another() -> None:
    world = World()
    lost = Told(name="smtp", tell=lambda d: Outcome(d.id, Answer.UNKNOWN, reason="no answer"))
    other = Told(name="sendgrid")
    ended = run(world.ledger(), world.terms(), lost, other)

    assert ended.books.counts == {Status.UNKNOWN: 10}
    assert other.handed == []


def test_when_none_can_be_reached_the_run_ends_with_what_the_first_said() -> None:
    world = World()
    away = [Away(name=name, world=world, until=START + 10**9) for name in ("smtp", "sendgrid")]
    ended = run(world.ledger(), world.terms(), *away)

    assert isinstance(ended.failure, Unreachable)
    assert ended.books.counts == {Status.PLANNED: 10}


def test_a_provider_that_is_distrusted_everywhere_is_left_for_another() -> None:
    world = World()
    ledger = world.ledger(100)
    of_domains(ledger, *(f"d{n}.example" for n in range(100)))
    closed = Told(
        name="smtp", tell=lambda d: Outcome(d.id, Answer.REFUSED, reason="554 relay access denied")
    )
    other = Told(name="sendgrid")
    ended = run(ledger, world.terms(), closed, other)

    assert ended.failure is None
    assert ended.books.counts == {Status.ACCEPTED: 100}
    assert {entry.provider for entry in ledger.entries.values()} == {"sendgrid"}
    assert "Through sendgrid now." in world.said[0]


def test_what_is_wrong_with_the_list_is_not_tried_with_another_provider() -> None:
    world = World()
    ledger = world.ledger(100)
    gone = Told(name="smtp", tell=lambda d: Outcome(d.id, Answer.REFUSED, reason="550 5.1.1 gone"))
    other = Told(name="sendgrid")
    ended = run(ledger, world.terms(), gone, other)

    assert isinstance(ended.failure, GuardError)
    assert other.handed == []


def test_what_was_never_answered_stays_unknown_when_another_takes_over() -> None:
    world = World()
    ledger = world.ledger(100)
    lost = Told(name="smtp", tell=lambda d: Outcome(d.id, Answer.UNKNOWN, reason="no answer"))
    other = Told(name="sendgrid")
    ended = run(ledger, world.terms(), lost, other)

    unknown = ended.books.count(Status.UNKNOWN)
    assert ended.failure is None
    assert unknown >= 50
    assert ended.books.count(Status.ACCEPTED) == 100 - unknown
    assert set(lost.handed).isdisjoint(other.handed)
