"""What is kept of a mailing that is over is what a recount would find, whatever became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from composer.events.event import Event, Kind, key_of
from composer.model.address import Address
from composer.model.delivery import Delivery, Status
from composer.model.mailing import Mailing
from composer.sending.orders import Wish
from composer.sending.provider import Answer, Outcome
from composer.storage import tallies
from composer.storage.books import Columns, columns_of
from composer.storage.counting import counted
from composer.storage.ledger import SqlLedger
from composer.storage.mailings import number_of
from composer.storage.tally import Tally
from tests.contract.ledgers import NOW, Desk

READERS = 12
REASON = "554 5.7.1 not from there"  # of policy: it can be reopened


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    made = Desk.of(folder, READERS)
    yield made
    made.database.store.engine.dispose()


def kept(desk: Desk, mailing: Mailing) -> Tally | None:
    with desk.database.store.reading() as connection:
        return tallies.kept(connection, number_of(connection, mailing.id))


def recounted(desk: Desk, mailing: Mailing) -> Tally | None:
    with desk.database.store.reading() as connection:
        number = number_of(connection, mailing.id)
        columns = columns_of(connection, number)
    found = counted(desk.database.store, number, columns)
    return Tally.of_text(found.text)


@dataclass
class History:
    """A mailing, and everything that can become of it; `n` says whom it happens to."""

    desk: Desk
    mailing: Mailing
    in_hand: list[Delivery] = field(default_factory=list)
    keys: Iterator[int] = field(default_factory=count)

    def take(self, n: int) -> None:
        self.in_hand += self.desk.ledger.begin(self.mailing.id, 1 + n % 5)

    def answer(self, answer: Answer, due: int = 0) -> None:
        said = [Outcome(d.id, answer, reason=REASON) for d in self.in_hand]
        self.desk.ledger.finish(said, due={d.id: due for d in self.in_hand} if due else {})
        self.in_hand.clear()

    def give_back(self, n: int) -> None:
        self.desk.ledger.give_back(self.in_hand)
        self.in_hand.clear()

    def send_the_rest(self, n: int) -> None:
        self.answer((Answer.ACCEPTED, Answer.UNKNOWN, Answer.REFUSED)[n % 3])
        self.desk.send(self.mailing, (Answer.ACCEPTED, Answer.DEFERRED)[n % 2])

    def recover(self, n: int) -> None:
        self.desk.ledger.recover(self.mailing.id)
        self.in_hand.clear()

    def retry(self, n: int) -> None:
        self.desk.ledger.retry_deferred(self.mailing.id)

    def try_keyed(self, n: int) -> None:
        self.desk.ledger.retry_keyed(self.mailing.id, "")

    def resolve(self, n: int) -> None:
        status = (Status.ACCEPTED, Status.PLANNED)[n % 2]
        only = f"reader{n}@example.org" if n % 3 else ""
        self.desk.ledger.resolve(self.mailing.id, status, only=only)

    def tell(self, n: int) -> None:
        lines = list(self.desk.ledger.every_line(self.mailing.id))
        kind = (Kind.DELIVERED, Kind.REJECTED, Kind.BOUNCED)[n % 3]
        told = Event(key_of(next(self.keys)), kind, NOW, lines[n % len(lines)].delivery_id)
        self.desk.database.events.apply("sendgrid", [told], now=NOW)

    def forget(self, n: int) -> None:
        address = Address(f"reader{n}", "example.org")
        self.desk.database.subscribers.forget(address, since=NOW)

    def cancel(self, n: int) -> None:
        self.desk.ledger.orders.ask(self.mailing.id, Wish.CANCEL)
        self.desk.ledger.orders.exclude_left(self.mailing.id)

    def reopen(self, n: int) -> None:
        self.desk.ledger.orders.reopen(self.mailing.id, "", since=0, due=n % 2)

    def close(self, n: int) -> None:
        """At rest, it is kept: or all the rest would hold of nothing."""
        if self.desk.ledger.orders.close(self.mailing.id):
            assert kept(self.desk, self.mailing) is not None

    def report(self, n: int) -> None:
        self.desk.database.figures.keep(self.mailing.id)


STEPS: Mapping[str, Callable[[History, int], None]] = {
    "take": History.take,
    "accepted": lambda history, n: history.answer(Answer.ACCEPTED),
    "refused": lambda history, n: history.answer(Answer.REFUSED),
    "deferred": lambda history, n: history.answer(Answer.DEFERRED, due=n % 2),
    "unknown": lambda history, n: history.answer(Answer.UNKNOWN),
    "give back": History.give_back,
    "send the rest": History.send_the_rest,
    "recover": History.recover,
    "retry": History.retry,
    "try keyed": History.try_keyed,
    "resolve": History.resolve,
    "tell": History.tell,
    "forget": History.forget,
    "cancel": History.cancel,
    "reopen": History.reopen,
    "close": History.close,
    "report": History.report,
}
#: Most of what happens when a mailing is over happens then: so every other history gets there.
_STEP = st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, READERS - 1))
_OVER = st.just([("take", 3), ("send the rest", 1), ("close", 0)])
HISTORIES = st.tuples(st.one_of(_OVER, st.just([])), st.lists(_STEP, max_size=8)).map(
    lambda parts: [*parts[0], *parts[1]]
)


def begin_anew(desk: Desk) -> None:
    with desk.database.store.writing() as connection:
        for table in ("events", "mailings", "suppressions"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - ours
    desk.database.ledger = SqlLedger(desk.database.store)  # it remembers mailings' numbers
    desk.add(READERS)


#: Every way in which a mailing that is over is changed after all.
_UNKNOWN = [("take", 4), ("unknown", 0), ("send the rest", 0), ("close", 0)]
_REFUSED = [("take", 4), ("refused", 0), ("send the rest", 1), ("close", 0)]


@example(steps=[*_UNKNOWN, ("tell", 0), ("close", 0), ("tell", 1), ("close", 0), ("forget", 0)])
@example(steps=[*_UNKNOWN, ("resolve", 0), ("close", 0)])
@example(steps=[*_UNKNOWN, ("try keyed", 0), ("send the rest", 0), ("close", 0)])
@example(steps=[*_REFUSED, ("reopen", 1), ("report", 0), ("retry", 0), ("cancel", 0)])
@example(steps=[*_REFUSED, ("cancel", 0), ("report", 0), ("forget", 2)])
@hypothesis(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=HISTORIES)
def test_what_is_kept_is_what_a_recount_finds(desk: Desk, steps: list[tuple[str, int]]) -> None:
    begin_anew(desk)
    history = History(desk, desk.mail())
    for name, n in steps:
        STEPS[name](history, n)
        books = desk.ledger.books(history.mailing.id)
        assert books.balanced
        if found := kept(desk, history.mailing):
            assert found == recounted(desk, history.mailing)
            assert (found.by_edition, found.excluded) == Columns.of(books)


def test_a_report_counts_anew_what_does_not_fit_the_books(desk: Desk) -> None:
    mailing = desk.mail()
    desk.send_all(mailing.id)
    assert desk.ledger.orders.close(mailing.id)
    with desk.database.store.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE deliveries SET status = 'refused', reason = 'by hand', domain = 'example.net'"
            " WHERE status = 'accepted'"
        )

    books = desk.ledger.books(mailing.id)
    figures = desk.database.figures.figures(mailing, books)

    assert books.balanced
    assert [(d.name, dict(d.counts)) for d in figures.domains] == [
        ("example.net", {Status.REFUSED: books.count(Status.REFUSED)})
    ]
    assert [(c.kind, c.reason) for c in figures.causes] == [("refused", "by hand")]


def test_what_another_version_kept_is_counted_anew(desk: Desk) -> None:
    mailing = desk.mail()
    desk.send_all(mailing.id)
    desk.ledger.orders.close(mailing.id)
    before = kept(desk, mailing)
    with desk.database.store.writing() as connection:
        connection.exec_driver_sql('UPDATE tallies SET content = \'{"form":0,"all":1}\'')
    assert kept(desk, mailing) is None

    desk.database.figures.keep(mailing.id)

    assert kept(desk, mailing) == before
    assert before is not None


def test_of_a_mailing_under_way_nothing_is_kept_and_a_report_stops_no_sender(desk: Desk) -> None:
    mailing = desk.mail()
    desk.send(mailing, Answer.ACCEPTED, limit=2, batches=1)
    (held,) = desk.ledger.begin(mailing.id, 1)
    with desk.database.store.reading():
        desk.database.figures.keep(mailing.id)
    assert kept(desk, mailing) is None
    desk.ledger.finish([Outcome(held.id, Answer.ACCEPTED)])


def test_whoever_changes_a_line_waits_for_whoever_counts(desk: Desk) -> None:
    """Or it would find nothing to drop, and what was counted before would stay."""
    mailing = desk.mail()
    desk.send(mailing, Answer.UNKNOWN)
    changing = Thread(target=lambda: desk.ledger.resolve(mailing.id, Status.ACCEPTED))

    with desk.database.store.writing_rows() as connection:
        number = number_of(connection, mailing.id)
        tallies.keep(desk.database.store, connection, number)
        changing.start()
        changing.join(0.2)
    changing.join(60)

    assert not changing.is_alive()
    assert kept(desk, mailing) is None
    desk.database.figures.keep(mailing.id)
    assert kept(desk, mailing) == recounted(desk, mailing)
