"""The intent first, the outcome after; nobody blamed, nobody twice, whatever the provider does."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import ComposerError, Misconfigured, StorageError, Unreachable
from composer.model.delivery import Delivery, Status
from composer.model.rate import Rate
from composer.sending.deliver import Run, Terms, batch_key, deliver
from composer.sending.ledger import NEVER
from composer.sending.orders import FREE, Bounds, Wish
from composer.sending.plan import prepare
from composer.sending.provider import Answer, Batch, Capabilities, Outcome
from composer.sending.terms import Why
from tests.unit.sending.fakes import ANSWERS, MemoryLedger, ScriptedProvider
from tests.unit.sending.samples import EDITIONS, People, candidate, edition, request, suppressed


def frozen(readers: int = 10, *, excluded: int = 0) -> MemoryLedger:
    people = [candidate(n, segments=["board"] if n % 3 == 0 else []) for n in range(readers)]
    people += [suppressed(candidate(1000 + n)) for n in range(excluded)]
    audience = People(people)
    asked = request(replace(EDITIONS, segments=("board",)))
    prepared = prepare(asked, audience, edition)
    ledger = MemoryLedger()
    ledger.freeze(
        prepared.plan,
        asked.letterhead,
        prepared.editions.values(),
        prepared.decisions(audience),
        created="2026-11-20T09:00:00Z",
    )
    return ledger


def run(ledger: MemoryLedger, provider: ScriptedProvider, terms: Terms | None = None) -> Run:
    mailing = ledger.latest()
    assert mailing is not None
    return deliver(mailing, ledger, provider, terms or Terms())


@given(
    st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=30),
    st.integers(1, 4),
    st.integers(0, 3),
)
def test_whatever_the_provider_answers_the_books_balance(
    answers: list[Answer], connections: int, excluded: int
) -> None:
    ledger = frozen(len(answers), excluded=excluded)
    order = iter(answers)
    lock = threading.Lock()

    def answer(_: Delivery) -> Answer:
        with lock:
            return next(order)

    ended = run(ledger, ScriptedProvider(answer).with_connections(connections))

    assert ended.books.balanced
    assert ended.handed_over == len(answers)
    for kind in ANSWERS:
        assert ended.books.count(Status(kind.value)) == answers.count(kind)


def test_the_intent_of_every_delivery_is_written_before_its_outcome() -> None:
    ledger = frozen(20)

    run(ledger, ScriptedProvider().with_connections(3))

    for name in ledger.entries:
        assert ledger.written.index(f"intent {name}") < ledger.written.index(f"accepted {name}")
    assert ledger.written[0].startswith("lock")
    assert ledger.written[-1].startswith("free")


def test_no_more_calls_are_under_way_than_there_are_connections() -> None:
    provider = ScriptedProvider().with_connections(2)

    run(frozen(40), provider)

    assert provider.at_once <= 2
    assert len(provider.handed) == len(set(provider.handed)) == 40
    assert provider.closed >= 1


@pytest.mark.parametrize(
    "error", [Unreachable("gone"), Misconfigured("wrong key"), StorageError("disk full")]
)
def test_a_provider_that_cannot_go_on_leaves_nobody_marked(error: ComposerError) -> None:
    ledger = frozen(10)

    def fail(_: Delivery) -> Answer:
        raise error

    ended = run(ledger, ScriptedProvider(fail))

    assert ended.failure is error
    assert ended.handed_over == 0
    assert ended.books.count(Status.PLANNED) == 10
    assert ledger.discard("any")


def test_calls_that_fail_together_leave_nobody_marked() -> None:
    ledger = frozen(60)
    together = threading.Barrier(3)

    def fail(_: Delivery) -> Answer:
        together.wait(60)
        raise Unreachable("gone")

    ended = run(ledger, ScriptedProvider(fail).with_connections(3))

    assert isinstance(ended.failure, Unreachable)
    assert ended.books.count(Status.PLANNED) == 60
    assert ended.books.count(Status.ATTEMPTING) == 0


def test_when_the_network_goes_in_the_middle_the_rest_stays_planned() -> None:
    ledger = frozen(12)
    handed: list[str] = []

    def fail_later(delivery: Delivery) -> Answer:
        if len(handed) == 4:
            raise Unreachable("gone")
        handed.append(delivery.id)
        return Answer.ACCEPTED

    ended = run(ledger, ScriptedProvider(fail_later))

    assert isinstance(ended.failure, Unreachable)
    assert ended.books.count(Status.ACCEPTED) == 4
    assert ended.books.count(Status.PLANNED) == 8
    assert run(ledger, ScriptedProvider()).books.count(Status.ACCEPTED) == 12


def test_a_fault_of_ours_is_raised_and_what_was_in_flight_is_unknown() -> None:
    ledger = frozen(8)

    def crash(_: Delivery) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(ledger, ScriptedProvider(crash))

    books = ledger.books("any")
    assert books.balanced
    assert books.count(Status.UNKNOWN) > 0
    assert books.count(Status.ATTEMPTING) == 0


class Telling(ScriptedProvider):
    """Sends each outcome home at once, as far as the script gets."""

    def deliver(self, batch: Batch) -> Sequence[Outcome]:
        outcomes = []
        for delivery in batch.deliveries:
            outcomes.append(Outcome(delivery.id, self.script(delivery)))
            batch.told(outcomes[-1])
        return outcomes


def test_what_is_told_is_written_while_the_call_goes_on() -> None:
    written = threading.Event()

    class Watched(MemoryLedger):
        def finish(self, outcomes: Sequence[Outcome], *, due: Mapping[str, int] = NEVER) -> None:
            super().finish(outcomes, due=due)
            written.set()

    whole = frozen(4)
    ledger = Watched(whole.entries, whole.frozen, one=whole.one)
    seen: list[bool] = []

    def wait_for_the_first(_: Delivery) -> Answer:
        seen.append(not seen or written.wait(10))
        return Answer.ACCEPTED

    ended = run(ledger, Telling(wait_for_the_first))

    assert all(seen)
    assert ended.books.count(Status.ACCEPTED) == ended.handed_over == 4


def test_a_call_that_breaks_off_leaves_only_what_it_did_not_tell_unknown() -> None:
    ledger = frozen(4)
    order = iter([Answer.ACCEPTED, Answer.REFUSED])

    def break_off(_: Delivery) -> Answer:
        for answer in order:
            return answer
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(ledger, Telling(break_off, Capabilities(batch_size=4)))

    books = ledger.books("any")
    assert books.count(Status.ACCEPTED) == books.count(Status.REFUSED) == 1
    assert books.count(Status.UNKNOWN) > 0
    assert books.count(Status.ATTEMPTING) == 0
    assert books.balanced


def test_a_fall_of_ours_keeps_what_the_calls_under_way_said() -> None:
    ledger = frozen(12)
    provider = Telling(capabilities=Capabilities(batch_size=2, connections=3))

    def fall(_: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(ledger, provider, Terms(progress=fall))

    books = ledger.books("any")
    assert books.count(Status.ATTEMPTING) == books.count(Status.UNKNOWN) == 0
    assert books.count(Status.ACCEPTED) > 0
    assert books.balanced


def test_nobody_who_was_told_is_given_back() -> None:
    ledger = frozen(3)
    order = iter([Answer.ACCEPTED])

    def lose(_: Delivery) -> Answer:
        for answer in order:
            return answer
        raise Unreachable("no connection")

    ended = run(ledger, Telling(lose))

    assert ended.books.count(Status.ACCEPTED) == 1
    assert ended.books.count(Status.PLANNED) == 2


@given(st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=20), st.integers(1, 3))
def test_outcomes_that_were_told_count_once(answers: list[Answer], connections: int) -> None:
    ledger = frozen(len(answers))
    order = iter(answers)
    lock = threading.Lock()
    heard: list[int] = []

    def answer(_: Delivery) -> Answer:
        with lock:
            return next(order)

    provider = Telling(answer).with_connections(connections)
    ended = run(ledger, provider, Terms(progress=heard.append))

    assert ended.handed_over == len(answers)
    assert sum(heard) == len(answers) - ended.books.count(Status.DEFERRED)  # those come again
    assert ended.books.balanced
    for kind in ANSWERS:
        assert ended.books.count(Status(kind.value)) == answers.count(kind)


def test_what_a_dead_sender_left_becomes_unknown_and_is_not_sent_again() -> None:
    ledger = frozen(6)
    left = ledger.begin("any", 2)
    provider = ScriptedProvider()

    ended = run(ledger, provider)

    assert ended.became_unknown == len(left)
    assert not {delivery.id for delivery in left} & set(provider.handed)
    assert ended.books.count(Status.UNKNOWN) == len(left)
    assert ended.books.balanced


def test_deferred_deliveries_are_tried_again_by_the_next_run_with_a_higher_attempt() -> None:
    ledger = frozen(3)
    run(ledger, ScriptedProvider(lambda _: Answer.DEFERRED))
    attempts: list[int] = []

    def note(delivery: Delivery) -> Answer:
        attempts.append(delivery.attempt)
        return Answer.ACCEPTED

    waiting = run(ledger, ScriptedProvider(note))
    assert attempts == []
    assert waiting.waiting is not None
    ended = run(ledger, ScriptedProvider(note), Terms(retry_now=True))

    assert ended.books.count(Status.ACCEPTED) == 3
    assert attempts == [2, 2, 2]


def test_a_stop_finishes_what_is_in_flight_and_leaves_the_rest_planned() -> None:
    ledger = frozen(12)
    stop = threading.Event()

    def stop_now(_: Delivery) -> Answer:
        stop.set()
        return Answer.ACCEPTED

    ended = run(ledger, ScriptedProvider(stop_now), Terms(stop=stop))

    assert ended.stopped
    assert ended.books.count(Status.ATTEMPTING) == 0
    assert ended.books.count(Status.ACCEPTED) == ended.handed_over > 0
    assert ended.books.count(Status.PLANNED) > 0
    assert ended.books.balanced


def test_what_a_provider_leaves_when_the_run_is_to_end_is_as_if_it_had_never_been_taken_up() -> (
    None
):
    ledger = frozen(12)
    stop = threading.Event()

    class OneByOne(ScriptedProvider):
        def deliver(self, batch: Batch) -> Sequence[Outcome]:
            assert not batch.ends()
            stop.set()
            assert batch.ends()
            taken, *rest = batch.deliveries
            return [
                Outcome(taken.id, Answer.ACCEPTED),
                *(Outcome(delivery.id, Answer.LEFT) for delivery in rest),
            ]

    ended = run(ledger, OneByOne(capabilities=Capabilities(batch_size=8)), Terms(stop=stop))

    assert (ended.stopped, ended.handed_over) == (True, 1)
    assert ended.books.count(Status.ACCEPTED) == 1
    assert ended.books.count(Status.PLANNED) == 11
    assert [entry.attempts for entry in ledger.entries.values()] == [1, *[0] * 11]


def test_a_call_is_told_to_end_by_whatever_ends_the_run() -> None:
    ledger = frozen(12)
    ends = []

    class Asks(ScriptedProvider):
        def deliver(self, batch: Batch) -> Sequence[Outcome]:
            ledger.orders.ask("m", Wish.PAUSE)
            for _ in range(60_000):
                batch.told(Outcome(batch.deliveries[0].id, Answer.ACCEPTED))
                if batch.ends():
                    break
                threading.Event().wait(0.001)
            ends.append(batch.ends())
            return [Outcome(delivery.id, Answer.ACCEPTED) for delivery in batch.deliveries]

    ended = run(ledger, Asks(), Terms())

    assert ended.asked.wish is Wish.PAUSE
    assert ends == [True]


class Passing:
    """A clock that moves while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def rest(self, seconds: float) -> None:
        self.now += seconds

    def terms(self) -> Terms:
        return Terms(clock=self, clock_s=self, rest=self.rest)


def test_a_rate_is_kept_by_waiting_and_not_by_leaving_out() -> None:
    clock = Passing()
    ledger = frozen(12)
    ledger.clock = clock
    ledger.orders.keep_to("any", Rate(2.0))

    ended = run(ledger, ScriptedProvider(), clock.terms())

    assert ended.books.count(Status.ACCEPTED) == 12
    assert 5 <= clock.now <= 6
    assert ended.waiting is None


def test_a_rate_that_is_changed_meanwhile_holds_from_then_on() -> None:
    clock = Passing()
    ledger = frozen(12)
    ledger.clock = clock
    ledger.orders.keep_to("any", Rate(1.0))

    def answer(delivery: Delivery) -> Answer:
        if delivery.id == "d2":
            ledger.orders.keep_to("any", None)
        return Answer.ACCEPTED

    ended = run(ledger, ScriptedProvider(answer), clock.terms())

    assert ended.books.count(Status.ACCEPTED) == 12
    assert 2 <= clock.now <= 4


def test_what_goes_at_a_rate_gives_others_their_turn() -> None:
    clock = Passing()
    ledger = frozen(12)
    ledger.clock = clock
    ledger.orders.keep_to("any", Rate(1.0))

    first = run(
        ledger, ScriptedProvider(), replace(clock.terms(), others_turn=lambda: clock.now >= 3)
    )

    assert first.waiting is not None
    assert first.waiting.why is Why.RATE
    assert 3 <= first.books.count(Status.ACCEPTED) <= 5
    assert run(ledger, ScriptedProvider(), clock.terms()).books.count(Status.ACCEPTED) == 12
    assert clock.now >= 11


def test_progress_hears_of_every_delivery_once() -> None:
    told: list[int] = []

    run(frozen(11), ScriptedProvider(), Terms(progress=told.append))

    assert sum(told) == 11


def test_a_batch_key_is_stable_for_a_try_and_new_for_the_next() -> None:
    first = frozen(3).begin("any", 1)
    again = [replace(delivery, attempt=delivery.attempt + 1) for delivery in first]

    assert batch_key(first) == batch_key(frozen(3).begin("any", 1))
    assert batch_key(first) != batch_key(again)


class Stubborn(MemoryLedger):
    """A ledger whose disk is full for a while."""

    refusals = 0
    refuse_begin = False

    def finish(self, outcomes: Sequence[Outcome], *, due: Mapping[str, int] = NEVER) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StorageError("the disk is full")
        super().finish(outcomes, due=due)

    def begin(
        self,
        mailing_id: str,
        limit: int,
        *,
        provider: str = "",
        bounds: Bounds = FREE,
        accepted: Sequence[Outcome] = (),
    ) -> Sequence[Delivery]:
        begun = accepted or (self.written and self.written[-1].startswith("accepted"))
        if self.refuse_begin and begun:
            raise StorageError("the disk is full")
        return super().begin(mailing_id, limit, provider=provider, bounds=bounds, accepted=accepted)


def stubborn(readers: int) -> Stubborn:
    ledger = Stubborn()
    ledger.__dict__.update(frozen(readers).__dict__)
    return ledger


def test_answers_that_cannot_be_written_at_once_are_kept_and_written_later() -> None:
    ledger = stubborn(6)
    ledger.refusals = 3
    waited: list[float] = []

    ended = run(ledger, ScriptedProvider(), Terms(pause=waited.append))

    assert waited == [1.0, 2.0]  # the first refusal was of the next intents, along with them
    assert ended.failure is None
    assert ended.books.count(Status.ACCEPTED) == ended.handed_over == 6


def test_answers_that_can_never_be_written_are_an_error_and_not_a_silence() -> None:
    ledger = stubborn(3)
    ledger.refusals = 1_000

    with pytest.raises(StorageError):
        run(ledger, ScriptedProvider(), Terms(pause=lambda _: None))

    books = ledger.books("any")
    assert books.count(Status.ATTEMPTING) > 0
    assert books.count(Status.ACCEPTED) == 0
    assert books.balanced


def test_a_ledger_that_takes_no_more_intents_ends_the_run_with_nothing_in_flight() -> None:
    ledger = stubborn(12)
    ledger.refuse_begin = True

    ended = run(ledger, ScriptedProvider())

    assert isinstance(ended.failure, StorageError)
    assert ended.books.count(Status.ATTEMPTING) == 0
    assert ended.books.count(Status.ACCEPTED) == ended.handed_over
    assert ended.books.count(Status.PLANNED) == 12 - ended.handed_over


def test_an_edition_that_cannot_become_a_message_is_known_before_the_first_intent() -> None:
    ledger = frozen(4)
    name, good = next(iter(ledger.frozen.items()))
    ledger.frozen[name] = replace(good, subject=("a\nBcc: x@example.org",))

    with pytest.raises(ComposerError):
        run(ledger, ScriptedProvider())

    assert not [line for line in ledger.written if line.startswith("intent")]
