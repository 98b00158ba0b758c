"""Limits, warm-up and paused domains, kept by every ledger for all senders, on each database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from composer.errors import GuardError
from composer.model.delivery import Delivery, Status
from composer.model.limits import DAY_S, DomainGroup, Fuses, Limit, LimitSettings, WarmUp
from composer.model.rate import Rate
from composer.sending.choice import Course
from composer.sending.deliver import Run, Terms, deliver
from composer.sending.orders import Bounds, Wish
from composer.sending.provider import Answer, Outcome, Provider
from composer.sending.terms import Why
from composer.storage import shares
from composer.storage.ledger import SqlLedger
from tests.contract.ledgers import Desk
from tests.unit.sending.fakes import ScriptedProvider, Told
from tests.unit.storage.lists import bring_in_text, open_list

#: 2026-11-20, 09:00 UTC: when the mailings of a desk are created.
START = int(datetime(2026, 11, 20, 9, tzinfo=UTC).timestamp())
DOMAINS = ("big.example", "great.example", "small.example")
SPAM = "550 5.7.1 this looks like spam"


class Clock:
    """Passes while somebody rests."""

    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now

    def rest(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(folder: Path, clock: Clock) -> Iterator[Desk]:
    """Sixty readers at three domains in turn, and no others."""
    made = Desk(open_list(folder))
    rows = [f"reader{n}@{DOMAINS[n % 3]},Näme {n}" for n in range(60)]
    bring_in_text(made.database, "\n".join(["email,first_name", *rows]))
    made.database.ledger = SqlLedger(made.database.store, clock=clock)
    yield made
    made.database.store.engine.dispose()


def limited(most: int, window_s: int, *domains: str) -> LimitSettings:
    limit = (Limit(most, window_s),)
    if domains:
        return LimitSettings(groups=(DomainGroup(domains, limit),))
    return LimitSettings({"scripted": limit})


def run(
    desk: Desk, mailing_id: str, clock: Clock, provider: Provider | None = None, **more: Any
) -> Run:
    mailing = desk.ledger.mailing(mailing_id)
    assert mailing is not None
    terms = Terms(clock=clock, clock_s=clock, rest=clock.rest, draw=lambda: 0.5, **more)
    return deliver(mailing, desk.ledger, provider or ScriptedProvider(), terms)


def take(ledger: SqlLedger, mailing: str, bounds: Bounds, count: int = 100) -> Counter[str]:
    """What a claim takes up, by receiving domain; it is accepted."""
    taken = ledger.begin(mailing, count, provider="scripted", bounds=bounds)
    ledger.finish([Outcome(d.id, Answer.ACCEPTED) for d in taken])
    return Counter(d.recipient.address.domain for d in taken)


def test_a_limit_survives_a_restart_and_ends_with_its_window(
    desk: Desk, clock: Clock, folder: Path
) -> None:
    mailing, bounds = desk.mail().id, Bounds(limited(10, 60))
    assert take(desk.database.ledger, mailing, bounds).total() == 10
    assert take(desk.database.ledger, mailing, bounds).total() == 0

    again = SqlLedger(open_list(folder).store, clock=clock)
    assert take(again, mailing, bounds).total() == 0
    room = again.orders.room(bounds.limits, "scripted")
    assert room is not None
    assert START + 60 <= room.free_at <= START + 64
    clock.now = room.free_at
    assert take(again, mailing, bounds).total() == 10


def test_a_domain_that_is_full_holds_nobody_else_up(desk: Desk, clock: Clock) -> None:
    mailing = desk.mail().id
    bounds = Bounds(limited(4, 5, "big.example", "great.example"))
    first = take(desk.database.ledger, mailing, bounds)
    assert first["small.example"] == 20
    assert first["big.example"] + first["great.example"] == 4
    due = desk.ledger.next_due(mailing)
    assert due is not None
    assert due > START
    assert desk.ledger.books(mailing).count(Status.PLANNED) == 36

    ended = run(desk, mailing, clock, limits=bounds.limits, wait_s=600.0)
    assert ended.books.counts == {Status.ACCEPTED: 60}
    assert clock.now - START >= 8 * 5


def test_senders_share_a_limit(desk: Desk) -> None:
    mailing = desk.mail().id
    bounds = Bounds(limited(30, 3600))
    ledgers = [SqlLedger(desk.database.store, clock=lambda: float(START)) for _ in range(4)]

    def send(ledger: SqlLedger) -> int:
        return sum(take(ledger, mailing, bounds, 3).total() for _ in range(8))

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(send, ledgers)) == 30


def test_a_rate_is_the_mailings_own_and_survives_a_restart(
    desk: Desk, clock: Clock, folder: Path
) -> None:
    mailing, bounds = desk.mail(course=Course(rate=Rate.parse("600/min"))), Bounds(rate=Rate(1))
    assert desk.ledger.mailing(mailing.id) == mailing
    assert mailing.rate == Rate(600, "min")
    assert desk.ledger.orders.asked(mailing.id).rate == mailing.rate
    assert take(desk.database.ledger, mailing.id, bounds).total() == 10

    again = SqlLedger(open_list(folder).store, clock=clock)
    assert take(again, mailing.id, bounds).total() == 0
    room = again.orders.paced(mailing.id)
    assert room is not None
    assert (room.left, room.free_at) == (0, START + 1)
    clock.now += 0.3
    assert take(again, mailing.id, bounds, 2).total() == 2, "what is left of a second's worth"
    clock.now = START + 60.0
    assert take(again, mailing.id, bounds).total() == 10, "what was not used is not saved up"


def test_senders_of_shares_keep_to_a_rate_together(
    desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "LEAST", 15)
    mailing, bounds = desk.mail(course=Course(rate=Rate(12))), Bounds(rate=Rate(1))
    cut = desk.ledger.shares(mailing.id)
    ledgers = [
        SqlLedger(desk.database.store, share=share, clock=lambda: float(START)) for share in cut
    ]
    assert len(ledgers) == 4

    def send(ledger: SqlLedger) -> int:
        return sum(take(ledger, mailing.id, bounds, 2).total() for _ in range(5))

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(send, ledgers)) == 12


def test_a_run_keeps_to_the_rate_that_its_mailing_has_then(desk: Desk, clock: Clock) -> None:
    mailing = desk.mail(course=Course(rate=Rate(10))).id
    other = SqlLedger(desk.database.store, clock=clock)
    began: list[float] = []

    def answer(_: object) -> Answer:
        began.append(clock.now)
        if len(began) == 30:
            other.orders.keep_to(mailing, Rate(1))
        if len(began) == 35:
            other.orders.keep_to(mailing, None)
        return Answer.ACCEPTED

    ended = run(desk, mailing, clock, provider=ScriptedProvider(answer))

    assert ended.waiting is None, "to keep to a rate is no reason to end"
    assert ended.books.counts == {Status.ACCEPTED: 60}
    assert began[29] - START >= 1.9
    assert began[34] - began[29] >= 2
    assert clock.now - START < 15
    with pytest.raises(GuardError, match="no mailing"):
        other.orders.keep_to("no-such", None)


def test_a_limit_goes_before_a_rate_that_allows_more(desk: Desk, clock: Clock) -> None:
    mailing, limits = desk.mail(course=Course(rate=Rate(20))).id, limited(10, 60)

    ended = run(desk, mailing, clock, limits=limits)

    assert ended.books.count(Status.ACCEPTED) == 10
    assert ended.waiting is not None
    assert ended.waiting.why is Why.LIMITS


def test_a_ramp_sends_a_mailing_over_several_days(desk: Desk, clock: Clock) -> None:
    mailing = desk.mail().id
    limits = LimitSettings(warm_up=WarmUp("scripted", first_day=10, growth=2.0, full=1000))

    ended = run(desk, mailing, clock, limits=limits)
    assert ended.books.counts == {Status.ACCEPTED: 10, Status.PLANNED: 50}
    assert ended.waiting is not None
    assert ended.waiting.why is Why.LIMITS
    assert ended.waiting.at == START - START % DAY_S + DAY_S
    clock.now = ended.waiting.at
    assert run(desk, mailing, clock, limits=limits).books.count(Status.ACCEPTED) == 30
    clock.now += DAY_S
    done = run(desk, mailing, clock, limits=limits)
    assert done.books.counts == {Status.ACCEPTED: 60}
    assert done.waiting is None


def test_a_paused_domain_is_not_claimed_and_holds_nobody_up(desk: Desk, clock: Clock) -> None:
    mailing, ledger = desk.mail().id, desk.database.ledger
    ledger.orders.pause("big.example", until=START + 900, reason="it distrusts us", times=1)
    assert [p.domain for p in ledger.orders.pauses()] == ["big.example"]

    ended = run(desk, mailing, clock)
    assert ended.books.counts == {Status.ACCEPTED: 40, Status.PLANNED: 20}
    assert ended.waiting is not None
    assert (ended.waiting.at, ended.waiting.why) == (START + 900, Why.PAUSED)

    clock.now += 900
    first: list[int] = []
    again = run(desk, mailing, clock, wait_s=60.0, progress=first.append)
    assert again.books.counts == {Status.ACCEPTED: 60}
    assert first[0] <= 3  # a few, before all others
    assert ledger.orders.pauses() == []


def test_a_domain_that_distrusts_us_burns_nobody(desk: Desk, clock: Clock) -> None:
    """The refusals before the fuse blew, after it, and at a second try are nobody's."""
    mailing = desk.mail().id
    trusted = START + 50.0
    seen: list[str] = []

    def tell(delivery: Delivery) -> Outcome:
        wary = delivery.recipient.address.domain == "big.example" and clock.now < trusted
        answer = Answer.REFUSED if wary else Answer.ACCEPTED
        return Outcome(delivery.id, answer, reason=SPAM if wary else "")

    ended = run(
        desk,
        mailing,
        clock,
        wait_s=600.0,
        say=seen.append,
        fuses=Fuses(pause_s=30.0),
        provider=Told(tell=tell),
    )

    assert ended.failure is None
    assert ended.books.counts == {Status.ACCEPTED: 60}
    assert len(seen) == 2  # half a minute, and then a whole one
    assert clock.now >= START + 30 + 60
    assert desk.ledger.orders.pauses() == []


def test_only_refusals_for_reasons_of_policy_are_taken_back(desk: Desk) -> None:
    mailing, ledger = desk.mail().id, desk.ledger
    reasons = [SPAM, "550 5.1.1 no such user", "554 5.6.0 content"]
    taken = ledger.begin(mailing, 30)
    ledger.finish(
        [Outcome(d.id, Answer.REFUSED, reason=reasons[n % 3]) for n, d in enumerate(taken)]
    )

    orders = ledger.orders
    assert orders.reopen(mailing, "big.example", since=START + 1, due=START + 60) == 0
    one = orders.reopen(mailing, "big.example", since=START, due=START + 60)
    rest = orders.reopen(mailing, "", since=START, due=START + 60)
    books = ledger.books(mailing)
    assert one + rest == 20
    assert (books.count(Status.REFUSED), books.count(Status.DEFERRED)) == (10, 20)
    assert books.balanced


def test_a_wish_of_another_terminal_ends_a_run(desk: Desk, clock: Clock) -> None:
    mailing = desk.mail().id
    other = SqlLedger(desk.database.store, clock=clock)

    def answer(_: object) -> Answer:
        clock.now += 0.3
        other.orders.ask(mailing, Wish.PAUSE)
        return Answer.ACCEPTED

    ended = run(desk, mailing, clock, provider=ScriptedProvider(answer))
    assert ended.asked.wish is Wish.PAUSE
    assert 0 < ended.books.count(Status.ACCEPTED) < 60
    assert ended.books.count(Status.ATTEMPTING) == 0


def test_a_pause_of_long_ago_is_forgotten(desk: Desk, clock: Clock) -> None:
    desk.ledger.orders.pause("big.example", until=START - DAY_S - 1, reason="long ago", times=4)
    assert run(desk, desk.mail().id, clock).books.counts == {Status.ACCEPTED: 60}
    assert desk.ledger.orders.pauses() == []
