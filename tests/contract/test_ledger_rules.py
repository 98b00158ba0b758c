"""What the engine's rules ask of every ledger: due times, wishes, who had it and when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from composer.errors import GuardError
from composer.model.address import Address
from composer.model.delivery import Status
from composer.sending.orders import Asked, Wish
from composer.sending.provider import Answer, Outcome
from composer.storage.ledger import SqlLedger
from tests.contract.ledgers import NOW, Desk

START = 1_795_000_000


class Clock:
    """Epoch seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(folder: Path, clock: Clock) -> Iterator[Desk]:
    """Ten readers, of whom one is not confirmed."""
    made = Desk.of(folder, 10)
    made.database.ledger = SqlLedger(made.database.store, clock=clock)
    yield made
    made.database.store.engine.dispose()


def defer(desk: Desk, mailing: str, count: int, due: int) -> list[str]:
    taken = desk.ledger.begin(mailing, count)
    outcomes = [Outcome(d.id, Answer.DEFERRED, reason="451 later") for d in taken]
    desk.ledger.finish(outcomes, due={d.id: due for d in taken} if due else {})
    return [d.id for d in taken]


# --- when -----------------------------------------------------------------------------------


def test_what_is_deferred_is_due_at_its_time_and_not_before(desk: Desk, clock: Clock) -> None:
    mailing = desk.mail().id
    first = defer(desk, mailing, 2, START + 60)
    later = defer(desk, mailing, 1, START + 90)
    assert desk.ledger.next_due(mailing) == 0
    desk.send_all(mailing)
    assert desk.ledger.next_due(mailing) == START + 60

    assert desk.ledger.retry_deferred(mailing, due_by=START + 59) == 0
    clock.now += 60
    assert desk.ledger.retry_deferred(mailing, due_by=START + 60) == 2

    assert [d.id for d in desk.ledger.begin(mailing, 10)] == first
    assert desk.ledger.next_due(mailing) == START + 90
    assert desk.ledger.retry_deferred(mailing) == 1
    assert [(d.id, d.attempt) for d in desk.ledger.begin(mailing, 10)] == [(later[0], 2)]


def test_what_is_deferred_without_a_time_waits_for_a_person(desk: Desk) -> None:
    mailing = desk.mail().id
    defer(desk, mailing, 9, 0)

    assert desk.ledger.next_due(mailing) is None
    assert desk.ledger.retry_deferred(mailing, due_by=START * 2) == 0
    assert desk.ledger.retry_deferred(mailing) == 9
    assert desk.ledger.next_due(mailing) == 0


def test_what_is_planned_for_later_is_left_until_then(desk: Desk, clock: Clock) -> None:
    mailing = desk.mail().id
    with desk.database.store.writing() as connection:
        connection.exec_driver_sql(f"UPDATE deliveries SET due = {START + 5} WHERE id > 4")  # noqa: S608
    early = desk.ledger.begin(mailing, 10)
    assert desk.ledger.begin(mailing, 10) == []
    assert desk.ledger.next_due(mailing) == START + 5
    clock.now += 5
    late = desk.ledger.begin(mailing, 10)
    assert len(early) + len(late) == 9
    assert desk.ledger.next_due(mailing) is None


def test_to_take_up_is_one_walk_over_the_index_of_a_file(tmp_path: Path) -> None:
    """A server plans by what it counted: ten rows it reads through."""
    desk = Desk.of(tmp_path, 10)
    mailing = desk.mail().id
    engine = desk.database.store.engine
    asked: list[tuple[str, Any]] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda *said: asked.append(said[2:4]),
    )
    desk.ledger.begin(mailing, 5)
    query, values = next(pair for pair in asked if "LEFT OUTER JOIN suppressions" in pair[0])

    with desk.database.store.reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()

    steps = [str(row[3]) for row in plan]
    walk = next(step for step in steps if "deliveries" in step)
    assert "USING INDEX deliveries_to_do (mailing=? AND status=? AND due<?)" in walk
    assert not any("TEMP B-TREE" in step for step in steps)


# --- who, when ------------------------------------------------------------------------------


def test_a_line_tells_when_it_changed_and_to_whom_it_was_handed(desk: Desk, clock: Clock) -> None:
    mailing = desk.mail().id
    (planned,) = desk.ledger.lines(mailing, Status.PLANNED, limit=1)
    assert (planned.at, planned.provider, planned.due) == (START, "", 0)

    clock.now += 10
    taken = desk.ledger.begin(mailing, 2, provider="smtp")
    (trying, other) = desk.ledger.lines(mailing, Status.ATTEMPTING)
    assert (trying.at, trying.provider) == (START + 10, "smtp")

    clock.now += 10
    desk.ledger.finish([Outcome(taken[0].id, Answer.ACCEPTED)])
    desk.ledger.give_back(taken[1:])
    (accepted,) = desk.ledger.lines(mailing, Status.ACCEPTED)
    assert (accepted.at, accepted.provider) == (START + 20, "smtp")
    back = next(
        line for line in desk.ledger.every_line(mailing) if line.delivery_id == other.delivery_id
    )
    assert (back.status, back.at, back.provider) == (Status.PLANNED, START + 20, "")


def test_the_receiving_domain_stays_when_an_address_is_forgotten(desk: Desk) -> None:
    desk.mail()
    assert desk.database.subscribers.forget(Address("reader0", "example.org"), since=NOW)

    with desk.database.store.reading() as connection:
        found = connection.exec_driver_sql("SELECT domain FROM deliveries WHERE address = ''").all()
    assert [row[0] for row in found] == ["example.org"]


# --- wishes ---------------------------------------------------------------------------------


def test_a_wish_is_read_by_whoever_sends(desk: Desk) -> None:
    mailing = desk.mail().id
    orders = desk.ledger.orders
    assert orders.asked(mailing) == Asked()

    orders.ask(mailing, Wish.PAUSE, reason="40 of 50 were refused")

    assert orders.asked(mailing) == Asked(Wish.PAUSE, "40 of 50 were refused")
    found = desk.ledger.mailing(mailing)
    assert found is not None
    assert (found.wish, found.wish_reason) == ("pause", "40 of 50 were refused")
    orders.ask(mailing, Wish.NONE)
    assert orders.asked(mailing) == Asked()


def test_what_was_cancelled_is_not_sent_any_more_and_the_books_balance(desk: Desk) -> None:
    mailing = desk.mail().id
    orders = desk.ledger.orders
    taken = desk.ledger.begin(mailing, 3)
    defer(desk, mailing, 2, START + 60)

    orders.ask(mailing, Wish.CANCEL)
    assert orders.exclude_left(mailing) == 6
    desk.ledger.finish([Outcome(d.id, Answer.ACCEPTED) for d in taken])

    books = desk.ledger.books(mailing)
    assert books.balanced
    assert books.counts == {Status.ACCEPTED: 3}
    assert books.excluded["cancelled"] == 6
    assert desk.ledger.begin(mailing, 10) == []
    assert desk.ledger.next_due(mailing) is None
    with pytest.raises(GuardError) as caught:
        orders.ask(mailing, Wish.NONE)
    assert "was cancelled, which is for good" in caught.value.problem
    orders.ask(mailing, Wish.CANCEL)


def test_who_was_left_out_by_a_cancel_may_get_the_issue_later(desk: Desk) -> None:
    mailing = desk.mail().id
    desk.ledger.orders.ask(mailing, Wish.CANCEL)
    desk.ledger.orders.exclude_left(mailing)

    assert desk.prepare().plan.recipients == 9


def test_a_mailing_is_closed_when_nothing_is_left_to_attempt(desk: Desk, clock: Clock) -> None:
    mailing = desk.mail().id
    orders = desk.ledger.orders
    assert not orders.close(mailing)
    left = desk.ledger.begin(mailing, 1)
    desk.send_all(mailing)
    assert not orders.close(mailing)

    clock.now += 7
    desk.ledger.finish([Outcome(d.id, Answer.UNKNOWN) for d in left])
    assert orders.close(mailing)
    clock.now += 7
    assert orders.close(mailing)

    found = desk.ledger.mailing(mailing)
    assert found is not None
    assert found.finished == START + 7
    desk.ledger.resolve(mailing, Status.PLANNED)
    assert not orders.close(mailing)
    again = desk.ledger.mailing(mailing)
    assert again is not None
    assert again.finished == 0


@pytest.mark.parametrize("ask", ["asked", "exclude_left", "close"])
def test_of_a_mailing_that_is_not_there_nothing_is_asked(desk: Desk, ask: str) -> None:
    with pytest.raises(GuardError) as caught:
        getattr(desk.ledger.orders, ask)("no-such")
    assert caught.value.problem == "there is no mailing no-such"
