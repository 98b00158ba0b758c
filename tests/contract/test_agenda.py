"""What waits for its time, on each kind of database: `folder` is a site on one of them."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from composer.errors import GuardError
from composer.events.event import Event, Kind, key_of
from composer.model.ab_test import AbTest, Contest, Decision, Figure, Metric, Why
from composer.model.delivery import Delivery, Status
from composer.model.edition import EditionKey
from composer.model.mailing import HAS_ISSUE, Mailing
from composer.sending.agenda import Ripe
from composer.sending.choice import Course, exclusion_reason
from composer.sending.contest import NEVER_S
from composer.sending.orders import Wish
from composer.sending.provider import Answer, Outcome
from composer.sending.schedule import read_schedule, unix_s
from composer.storage.ledger import SqlLedger
from tests.contract.ledgers import Desk
from tests.crash.moments import Moments
from tests.unit.storage.lists import open_list

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOON_S = unix_s(NOON)
TOKYO_S = NOON_S - 9 * 3_600
TEST = AbTest(percent=40, wait_s=3_600)


class Clock:
    """Unix seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = float(NOON_S - 86_400)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(folder: Path, clock: Clock) -> Iterator[Desk]:
    """Thirty readers, three of them not confirmed; fifteen live in Tokyo."""
    made = Desk.of(folder, 30)
    made.database.ledger = SqlLedger(made.database.store, clock=clock)
    yield made
    made.database.store.engine.dispose()


def at(words: str) -> Course:
    return Course(read_schedule(words, now=NOON - timedelta(days=1)))


def ripe(desk: Desk, now_s: int) -> list[str]:
    return [one.mailing.id for one in desk.database.agenda.ripe(now_s)]


# --- schedules ------------------------------------------------------------------------------


def test_a_scheduled_mailing_is_due_at_its_time_and_its_books_balance_meanwhile(
    desk: Desk, clock: Clock
) -> None:
    mailing = desk.mail(course=at("2026-11-23 12:00 UTC"))

    assert (mailing.due, mailing.schedule) == (NOON_S, "2026-11-23 12:00 UTC")
    assert desk.ledger.mailing(mailing.id) == mailing
    assert desk.ledger.begin(mailing.id, 9) == []
    assert ripe(desk, NOON_S - 1) == []
    assert desk.database.agenda.waiting(mailing.id, NOON_S - 1) == {NOON_S: 27}
    books = desk.ledger.books(mailing.id)
    assert books.balanced
    assert books.count(Status.PLANNED) == 27

    clock.now = NOON_S
    assert desk.database.agenda.ripe(NOON_S) == [Ripe(mailing, NOON_S)]
    assert desk.send(mailing, Answer.ACCEPTED) == 27
    assert ripe(desk, NOON_S) == []


def test_local_times_are_due_one_after_the_other(desk: Desk, clock: Clock) -> None:
    mailing = desk.mail(course=at("2026-11-23 12:00 local"))

    assert mailing.due == TOKYO_S
    waiting = desk.database.agenda.waiting(mailing.id, int(clock.now))
    assert waiting == {TOKYO_S: 12, NOON_S: 15}
    clock.now = TOKYO_S
    assert ripe(desk, TOKYO_S) == [mailing.id]
    assert desk.send(mailing, Answer.ACCEPTED) == 12
    assert ripe(desk, TOKYO_S + 60) == []
    assert desk.ledger.books(mailing.id).balanced
    clock.now = NOON_S
    assert desk.send(mailing, Answer.ACCEPTED) == 15


def test_what_goes_at_once_is_nobodys_to_start_but_what_was_deferred_is(
    desk: Desk, clock: Clock
) -> None:
    mailing = desk.mail()

    assert ripe(desk, NOON_S) == []
    (first,) = desk.ledger.begin(mailing.id, 1)
    due = {first.id: NOON_S}
    desk.ledger.finish([Outcome(first.id, Answer.DEFERRED)], due=due)
    assert ripe(desk, NOON_S + 9_999) == []  # somebody stopped it: the others must not go
    desk.send(mailing, Answer.ACCEPTED)
    assert ripe(desk, NOON_S - 1) == []
    assert desk.database.agenda.ripe(NOON_S + 9_999) == [Ripe(mailing)]


def test_what_is_left_of_a_sample_that_was_stopped_is_nobodys_to_start(desk: Desk) -> None:
    mailing, _ = on_trial(desk)

    assert ripe(desk, NOON_S) == []
    assert desk.send(mailing, Answer.ACCEPTED, limit=1, batches=1) == 1
    assert ripe(desk, NOON_S) == []


def test_nothing_that_is_paused_or_cancelled_is_due(desk: Desk) -> None:
    paused = desk.mail("board", course=at("2026-11-23 12:00 UTC"))
    cancelled = desk.mail(course=at("2026-11-23 12:00 UTC"))
    desk.ledger.orders.ask(paused.id, Wish.PAUSE)
    desk.ledger.orders.ask(cancelled.id, Wish.CANCEL)

    assert ripe(desk, NOON_S) == []
    desk.ledger.orders.ask(paused.id, Wish.NONE)
    assert ripe(desk, NOON_S) == [paused.id]
    desk.ledger.orders.exclude_left(cancelled.id)
    assert desk.ledger.books(cancelled.id).balanced


def test_how_late_it_is_counts_from_its_time_or_from_when_it_last_moved(
    desk: Desk, clock: Clock
) -> None:
    mailing = desk.mail(course=at("2026-11-23 12:00 UTC"))

    agenda = desk.database.agenda
    assert agenda.ripe(NOON_S + 500) == [Ripe(mailing, NOON_S)]
    assert (agenda.due_since(mailing.id, NOON_S - 1), agenda.last_moved(mailing.id)) == (0, 0)
    clock.now = NOON_S + 500
    desk.send(mailing, Answer.ACCEPTED, batches=1)
    assert agenda.due_since(mailing.id, NOON_S + 800) == NOON_S
    assert agenda.last_moved(mailing.id) == NOON_S + 500


# --- A/B tests --------------------------------------------------------------------------------


def on_trial(desk: Desk) -> tuple[Mailing, Contest]:
    mailing = desk.mail(boards=True, course=Course(ab_test=TEST))
    assert mailing.contest is not None
    return mailing, mailing.contest


def test_a_frozen_test_is_exact_among_those_who_are_mailed(desk: Desk) -> None:
    desk.suppress(4, 5)
    desk.pause(6, "2999-01-01T00:00:00Z")
    desk.pause(7, "2001-01-01T00:00:00Z")
    desk.send(desk.mail("board"), Answer.ACCEPTED)

    mailing, _ = on_trial(desk)

    # Of 30: 3 not confirmed, 2 suppressed, 1 paused; 8 of the others have it already.
    books = desk.ledger.books(mailing.id)
    assert books.count(Status.PLANNED) == 16
    assert {name: sum(counts.values()) for name, counts in books.variants.items()} == {
        "a": 3,
        "b": 3,
    }
    assert list(desk.database.audience.eligible("everyone", issue_id="2026-014")) == []


@pytest.mark.parametrize("segment", ["everyone", "board"])
def test_those_who_are_counted_out_are_those_who_are_mailed(desk: Desk, segment: str) -> None:
    desk.suppress(4, 5)
    desk.pause(6, "2999-01-01T00:00:00Z")
    desk.pause(7, "2001-01-01T00:00:00Z")
    mailing = desk.mail("board")
    given = desk.ledger.begin(mailing.id, 3)
    desk.ledger.finish([Outcome(one.id, Answer.REFUSED, "", "no such user") for one in given])
    audience = desk.database.audience

    for issue in ("2026-014", "2026-015"):
        candidates = audience.candidates(segment, issue_id=issue)
        mailed = {c.subscriber.id for c in candidates if not exclusion_reason(c)}
        assert set(audience.eligible(segment, issue_id=issue)) == mailed
        assert mailed


def made(winner: str) -> Decision:
    figures = {"a": Figure(5, 1), "b": Figure(6, 3)}
    return Decision(winner, Why.BEST, "2026-11-23T12:00:00Z", figures)


def test_only_the_sample_goes_until_there_is_a_decision(desk: Desk, clock: Clock) -> None:
    mailing, contest = on_trial(desk)
    agenda = desk.database.agenda
    assert contest == Contest(TEST, ("a", "b"))
    assert agenda.undecided() == [mailing]
    assert agenda.sampled(mailing.id) is None

    clock.now = NOON_S
    sample = desk.send(mailing, Answer.ACCEPTED)

    books = desk.ledger.books(mailing.id)
    assert 0 < sample < 27
    assert books.balanced
    assert books.count(Status.PLANNED) == 27 - sample
    assert sum(counts[Status.ACCEPTED] for counts in books.variants.values()) == sample
    assert agenda.sampled(mailing.id) == NOON_S
    assert agenda.waiting(mailing.id, NOON_S) == {}
    assert ripe(desk, NEVER_S - 1) == []


def test_the_rest_gets_the_variant_that_won_and_nobody_gets_two(desk: Desk, clock: Clock) -> None:
    mailing, contest = on_trial(desk)
    clock.now = NOON_S
    sample = desk.send(mailing, Answer.ACCEPTED)
    before = Counter(by_variant(desk, mailing))
    agenda = desk.database.agenda
    assert agenda.note_sampled(mailing.id, contest, NOON_S)
    contest = replace(contest, sampled=NOON_S)

    assert agenda.decide(mailing.id, contest, made("b"), NOON_S + 3_600)

    assert agenda.undecided() == []
    assert ripe(desk, NOON_S + 3_600) == [mailing.id]
    stored = desk.ledger.mailing(mailing.id)
    assert stored is not None
    assert stored.contest == replace(contest, decision=made("b"))
    clock.now = NOON_S + 3_600
    deliveries: list[Delivery] = []
    while batch := desk.ledger.begin(mailing.id, 5):
        deliveries += batch
        desk.ledger.finish([Outcome(d.id, Answer.ACCEPTED) for d in batch])
    assert len(deliveries) == 27 - sample
    assert {d.recipient.edition.variant for d in deliveries} == {"b"}
    names = {str(d.recipient.edition) for d in deliveries}
    assert names <= desk.ledger.editions(mailing.id).keys()
    assert Counter(by_variant(desk, mailing)) == before + Counter(b=27 - sample)
    assert len({d.recipient.subscriber_id for d in deliveries}) == len(deliveries)


def by_variant(desk: Desk, mailing: Mailing) -> dict[str, int]:
    books = desk.ledger.books(mailing.id)
    return {name: counts[Status.ACCEPTED] for name, counts in books.variants.items()}


def test_of_many_who_decide_at_a_time_one_does_it(desk: Desk) -> None:
    mailing, contest = on_trial(desk)
    agenda = desk.database.agenda

    with ThreadPoolExecutor(4) as threads:
        calls = [
            threads.submit(agenda.decide, mailing.id, contest, made(winner), NOON_S)
            for winner in "abab"
        ]
        did = [call.result() for call in calls]

    assert sorted(did) == [False, False, False, True]
    stored = desk.ledger.mailing(mailing.id)
    assert stored is not None
    assert stored.contest is not None
    assert stored.contest.decision is not None
    assert stored.contest.decision.winner == "abab"[did.index(True)]
    assert not agenda.note_sampled(mailing.id, contest, NOON_S)


def test_killed_at_any_moment_of_the_decision_it_is_made_or_not_made(
    folder: Path, tmp_path: Path
) -> None:
    desk = Desk.of(folder, 30)
    mailing, contest = on_trial(desk)
    desk.database.store.engine.dispose()
    log = tmp_path / "moment.txt"
    died: list[str] = []
    for moment in range(1, 99):
        if forked(folder, log, moment, mailing.id, contest):
            died.append(log.read_text())
        again = Desk(open_list(folder))
        stored = again.ledger.mailing(mailing.id)
        assert stored is not None
        assert stored.contest is not None
        books = again.ledger.books(mailing.id)
        rest = again.database.agenda.undecided()
        again.database.store.engine.dispose()
        assert books.balanced
        if stored.contest.decision:
            assert stored.contest == replace(contest, decision=made("b"))
            assert "" not in {EditionKey.parse(name).variant for name in books.by_edition}
            break
        assert rest == [stored]
        assert stored == mailing
    assert len(died) >= 8
    assert any("UPDATE" in moment for moment in died)


def forked(folder: Path, log: Path, moment: int, mailing_id: str, contest: Contest) -> bool:
    """Decide in another process that dies at that moment; whether it did."""
    child = os.fork()
    if not child:
        try:
            agenda = open_list(folder).agenda
            moments = Moments(log, kill_at=moment)
            moments.watch()
            agenda.decide(mailing_id, contest, made("b"), NOON_S)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_who_was_suppressed_while_it_waited_gets_nothing(desk: Desk, clock: Clock) -> None:
    mailing, contest = on_trial(desk)
    desk.suppress(*range(0, 30, 2))

    assert desk.database.agenda.decide(mailing.id, contest, made("a"), NOON_S)

    clock.now = NOON_S
    desk.send(mailing, Answer.ACCEPTED)
    books = desk.ledger.books(mailing.id)
    assert books.balanced
    assert books.excluded["suppressed"] == 15
    assert books.count(Status.ACCEPTED) == 12


def test_a_sample_that_was_excluded_is_out_and_one_in_flight_is_not(desk: Desk) -> None:
    mailing, _ = on_trial(desk)
    (first, *_) = desk.ledger.begin(mailing.id, 1)
    assert desk.database.agenda.sampled(mailing.id) is None
    desk.ledger.give_back([first])
    desk.suppress(*range(30))
    assert desk.ledger.begin(mailing.id, 99) == []

    assert desk.database.agenda.sampled(mailing.id) == 0


def test_paused_tests_wait_and_cancelled_ones_are_over(desk: Desk) -> None:
    mailing, _ = on_trial(desk)
    orders = desk.ledger.orders
    orders.ask(mailing.id, Wish.PAUSE)
    assert desk.database.agenda.undecided() == []
    orders.ask(mailing.id, Wish.NONE)
    assert desk.database.agenda.undecided() == [mailing]
    orders.ask(mailing.id, Wish.CANCEL)
    orders.exclude_left(mailing.id)

    assert desk.database.agenda.undecided() == []
    books = desk.ledger.books(mailing.id)
    assert books.balanced
    assert books.excluded["cancelled"] == 27


def test_asking_for_a_mailing_that_is_not_there_says_so(desk: Desk) -> None:
    with pytest.raises(GuardError, match="there is no mailing"):
        desk.database.agenda.sampled("no-such")


# --- what is looked up for them ---------------------------------------------------------------


def test_people_are_counted_once_by_variant_and_programs_not_at_all(desk: Desk) -> None:
    mailing, _ = on_trial(desk)
    taken: list[Delivery] = []
    while batch := desk.ledger.begin(mailing.id, 5):
        taken += batch
        desk.ledger.finish([Outcome(d.id, Answer.ACCEPTED) for d in batch])
    told = [
        Event(key_of(d.id, str(n)), Kind.CLICKED, at="2026-11-23T12:00:00Z", delivery=d.id)
        for d in taken
        for n in range(2)
    ]
    robot = replace(told[0], machine=True), replace(told[1], machine=True)
    desk.database.events.apply(
        "sendgrid",
        [*robot, *told[2:]],
        now="2026-11-23T12:00:00Z",
        tracked=frozenset({Kind.CLICKED}),
    )

    expected = Counter(d.recipient.edition.variant for d in taken[1:])
    assert desk.database.measured.people(mailing.id, Metric.CLICKS) == expected
    assert desk.database.measured.people(mailing.id, Metric.REPLIES) == {}


def test_the_last_audience_is_of_the_segment_and_of_another_issue(desk: Desk) -> None:
    last = desk.database.standings.last_audience
    assert last("everyone", issue_id="2026-015") == 0
    board = desk.mail("board")
    rest = desk.mail("everyone")

    assert last("board", issue_id="2026-015") == desk.ledger.books(board.id).count(Status.PLANNED)
    books = desk.ledger.books(rest.id)
    had_it = books.excluded[HAS_ISSUE]
    assert had_it > 0
    assert last("everyone", issue_id="2026-015") == books.count(Status.PLANNED) + had_it
    assert last("everyone", issue_id="2026-014") == 0
    desk.ledger.orders.ask(rest.id, Wish.CANCEL)
    desk.ledger.orders.exclude_left(rest.id)
    assert last("everyone", issue_id="2026-015") == 0


def test_the_last_audience_has_whom_a_cancel_left_out(desk: Desk) -> None:
    mailing = desk.mail("everyone")
    all_of_it = desk.ledger.books(mailing.id).count(Status.PLANNED)
    (first,) = desk.ledger.begin(mailing.id, 1)
    desk.ledger.finish([Outcome(first.id, Answer.ACCEPTED)])
    desk.ledger.orders.ask(mailing.id, Wish.CANCEL)
    desk.ledger.orders.exclude_left(mailing.id)

    last = desk.database.standings.last_audience
    assert 1 < all_of_it == last("everyone", issue_id="2026-015")
