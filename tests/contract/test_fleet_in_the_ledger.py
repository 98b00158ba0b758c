"""Who works, and what was handed to workers, on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from composer.model.delivery import Status
from composer.sending.fleet import Worker, pace_of
from composer.sending.ledger import Share
from composer.sending.orders import Wish
from composer.sending.provider import Answer, Outcome
from composer.storage import shares
from tests.contract.ledgers import Desk


@pytest.fixture
def desk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(shares, "LEAST", 20)
    made = Desk.of(folder, 60)
    yield made
    made.database.store.engine.dispose()


def test_workers_are_seen_as_they_last_said_and_gone_when_they_leave(desk: Desk) -> None:
    fleet = desk.database.fleet
    first = Worker("a", "mail-1", 10, "m-1", "1-500", 12.5)
    fleet.beat(first)
    fleet.beat(Worker("b", "mail-2", 11))
    fleet.beat(first)

    found = fleet.workers()

    assert [(w.id, w.host, w.pid, w.mailing, w.share) for w in found] == [
        ("a", "mail-1", 10, "m-1", "1-500"),
        ("b", "mail-2", 11, "", ""),
    ]
    assert pace_of(found, "m-1") == 12.5
    assert pace_of(found, "m-2") == 0
    assert found[0].words.startswith("mail-1 (pid 10): m-1/1-500, 750 a minute")
    assert found[1].words.startswith("mail-2 (pid 11): waiting")
    fleet.leave("a")
    assert [w.id for w in fleet.workers()] == ["b"]


class Broken(Exception):
    pass


def test_a_freeze_and_its_handing_on_are_one_transaction(desk: Desk) -> None:
    given: list[Share] = []

    def take(some: Sequence[Share], connection: object) -> None:
        assert connection is not None
        given.extend(some)

    def fall(some: Sequence[Share], connection: object) -> None:
        raise Broken

    prepared = desk.prepare()
    with pytest.raises(Broken):
        desk.freeze(prepared, hand_on=fall)
    assert desk.ledger.mailings() == []
    mailing = desk.freeze(prepared, hand_on=take)
    assert given == list(desk.ledger.shares(mailing.id))
    assert len(given) == 3
    assert desk.database.fleet.is_queued(mailing.id)
    assert desk.database.fleet.to_deliver() == [mailing.id]


def test_only_what_goes_on_by_itself_is_the_workers(desk: Desk) -> None:
    fleet, given = desk.database.fleet, list[Share]()
    mailing = desk.mail()
    assert not fleet.is_queued(mailing.id)
    assert fleet.to_deliver() == []
    assert fleet.hand_on(mailing.id, lambda some, _: given.extend(some)) == 3
    assert fleet.hand_on("no-such", lambda some, _: given.extend(some)) == 0
    assert fleet.to_deliver() == [mailing.id]

    desk.ledger.orders.ask(mailing.id, Wish.PAUSE)
    assert fleet.to_deliver() == []
    desk.ledger.orders.ask(mailing.id, Wish.NONE)
    desk.send(mailing, Answer.DEFERRED)
    assert len(desk.ledger.shares(mailing.id)) == 3
    assert desk.ledger.shares(mailing.id, by_themselves=True) == []
    desk.ledger.retry_deferred(mailing.id)
    (one,) = desk.ledger.begin(mailing.id, 1)
    desk.ledger.finish([Outcome(one.id, Answer.DEFERRED)], due={one.id: 2_000_000_000})
    desk.send(mailing, Answer.ACCEPTED)
    assert desk.ledger.books(mailing.id).count(Status.DEFERRED) == 1
    assert desk.ledger.shares(mailing.id, by_themselves=True) == given[:1]
    assert not desk.ledger.orders.close(mailing.id)
    desk.ledger.retry_deferred(mailing.id)
    desk.send(mailing, Answer.ACCEPTED)
    assert desk.ledger.orders.close(mailing.id)
    assert fleet.to_deliver() == []
