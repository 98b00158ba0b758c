"""A mailing delivered in shares, by several senders at once, on each kind of database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import GuardError
from composer.model.address import Address
from composer.model.delivery import Status
from composer.model.mailing import Mailing
from composer.sending.deliver import Terms, deliver
from composer.sending.ledger import Share
from composer.sending.orders import Wish
from composer.sending.provider import Answer, Outcome
from composer.storage import attempts, shares, under_way
from tests.contract import dying
from tests.contract.ledgers import NOW, Desk
from tests.forking import forked
from tests.unit.sending.fakes import ScriptedProvider


@pytest.fixture
def desk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Sixty readers, six of them not confirmed; shares of twenty lines."""
    monkeypatch.setattr(shares, "LEAST", 20)
    made = Desk.of(folder, 60)
    yield made
    made.database.store.engine.dispose()


def the_rest(desk: Desk, mailing: Mailing, share: Share) -> list[str]:
    """Deliver what is planned in a share; the addresses."""
    ledger, reached = desk.ledger.of_share(share), []
    while batch := ledger.begin(mailing.id, 7):
        reached += [str(d.recipient.address) for d in batch]
        ledger.finish([Outcome(d.id, Answer.ACCEPTED) for d in batch])
    return reached


@given(st.integers(1, 3_000_000))
def test_shares_are_neither_tiny_nor_endless(lines: int) -> None:
    size = shares.share_size(lines)
    assert shares.LEAST <= size <= shares.MOST
    assert -(-lines // size) <= shares.ENOUGH or size == shares.MOST


def test_the_shares_of_a_mailing_hold_everybody_once_and_nobody_of_another(desk: Desk) -> None:
    other = desk.mail("board", boards=True)
    mailing = desk.mail(boards=True)

    cut = desk.ledger.shares(mailing.id)

    assert len(cut) == 3
    assert cut == desk.ledger.shares(mailing.id)
    reached = [address for share in reversed(cut) for address in the_rest(desk, mailing, share)]
    planned = {line.address for line in desk.ledger.every_line(mailing.id)}
    assert Counter(reached) == Counter(
        line.address
        for line in desk.ledger.every_line(mailing.id)
        if line.status is Status.ACCEPTED
    )
    assert len(planned) == 60
    assert desk.ledger.books(mailing.id).unfinished == 0
    assert desk.ledger.shares(mailing.id) == []
    assert desk.ledger.books(other.id).count(Status.PLANNED) == 18


def test_a_share_that_is_done_is_named_no_more_and_the_others_keep_their_ends(desk: Desk) -> None:
    mailing = desk.mail()
    first, second, third = desk.ledger.shares(mailing.id)
    the_rest(desk, mailing, second)
    assert desk.ledger.shares(mailing.id) == [first, third]
    desk.ledger.of_share(third).begin(mailing.id, 100)
    the_rest(desk, mailing, first)
    assert desk.ledger.shares(mailing.id) == [third], "somebody may have to recover it"


def test_what_a_dead_sender_left_in_a_share_is_found_by_the_next_sender_of_it(desk: Desk) -> None:
    mailing = desk.mail()
    first, second, _ = desk.ledger.shares(mailing.id)
    left = desk.ledger.of_share(second).begin(mailing.id, 4)

    assert desk.ledger.of_share(first).recover(mailing.id) == 0
    with desk.ledger.of_share(second).sender(mailing.id):
        assert desk.ledger.of_share(second).recover(mailing.id) == 4

    lines = desk.ledger.lines(mailing.id, Status.UNKNOWN)
    assert [line.delivery_id for line in lines] == [d.id for d in left]
    assert desk.ledger.books(mailing.id).balanced


def _suppress(desk: Desk, _: Mailing) -> None:
    desk.suppress(4)


def _forget(desk: Desk, _: Mailing) -> None:
    desk.database.subscribers.forget(Address("reader4", "example.org"), since=NOW)


def _cancel(desk: Desk, mailing: Mailing) -> None:
    desk.ledger.orders.ask(mailing.id, Wish.CANCEL)
    desk.ledger.orders.exclude_left(mailing.id)


def _change(words: str) -> Callable[[Desk, Mailing], None]:
    def change(desk: Desk, _: Mailing) -> None:
        with desk.database.store.writing() as connection:
            where = "address = 'reader4@example.org'"
            connection.exec_driver_sql(f"UPDATE deliveries SET {words} WHERE {where}")  # noqa: S608

    return change


@pytest.mark.parametrize(
    ("change", "then"),
    [
        (_suppress, Status.EXCLUDED),
        (_forget, Status.EXCLUDED),
        (_cancel, Status.EXCLUDED),
        (_change("address = 'new4@example.org'"), Status.ATTEMPTING),
        (_change("due = 4000000000"), Status.PLANNED),
        (_change("edition = 'zz'"), Status.PLANNED),
        (_change("status = 'accepted'"), Status.ACCEPTED),
    ],
    ids=["suppressed", "forgotten", "cancelled", "moved", "put off", "decided", "settled"],
)
def test_what_happens_between_the_look_and_the_intent_is_heeded(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Desk, Mailing], None],
    then: Status,
) -> None:
    mailing = desk.mail()
    share = desk.ledger.shares(mailing.id)[0]
    looks: list[int] = []

    def look_and_be_late(*given: Any) -> Any:
        seen = attempts.foresee(*given)
        if not looks:
            change(desk, mailing)
        looks.append(len(seen))
        return seen

    monkeypatch.setattr(under_way, "foresee", look_and_be_late)
    if not desk.database.store.keeping.one_writer:
        change(desk, mailing)  # there, whoever looks has the rows' locks: nothing can be between
    before = [line.delivery_id for line in desk.ledger.every_line(mailing.id)]

    taken = desk.ledger.of_share(share).begin(mailing.id, 20)

    assert looks in ([18], [])
    reached = {str(one.recipient.address) for one in taken}
    assert "reader4@example.org" not in reached
    assert len(reached) == (0 if change is _cancel else 18 if then is Status.ATTEMPTING else 17)
    assert (then is Status.ATTEMPTING) == ("new4@example.org" in reached)
    lines = {line.delivery_id: line for line in desk.ledger.every_line(mailing.id)}
    assert list(lines) == before
    assert lines[before[4]].status is then
    assert {name for name, line in lines.items() if line.status is Status.ATTEMPTING} == {
        one.id for one in taken
    }
    assert desk.ledger.books(mailing.id).balanced


def test_the_deferred_of_a_share_alone_are_tried_again(desk: Desk) -> None:
    mailing = desk.mail()
    desk.send(mailing, Answer.DEFERRED)
    share = desk.ledger.shares(mailing.id)[1]
    ledger = desk.ledger.of_share(share)
    again = ledger.retry_deferred(mailing.id)
    assert again == desk.ledger.books(mailing.id).count(Status.PLANNED) == 18
    taken = ledger.begin(mailing.id, 5)
    ledger.give_back(taken)
    assert ledger.begin(mailing.id, 5) == taken


def test_shares_have_senders_of_their_own_and_the_whole_keeps_out_all_of_them(desk: Desk) -> None:
    mailing = desk.mail()
    first, second, _ = desk.ledger.shares(mailing.id)
    of_first, of_second = desk.ledger.of_share(first), desk.ledger.of_share(second)
    sending = desk.database.standings.is_sending
    with of_first.sender(mailing.id), of_second.sender(mailing.id):
        for refused in (of_first, desk.ledger):
            with pytest.raises(GuardError, match="by another process"), ExitStack() as stack:
                stack.enter_context(refused.sender(mailing.id))
        with pytest.raises(GuardError):
            of_first.discard(mailing.id)
        assert sending(mailing.id)
    assert not sending(mailing.id)
    with desk.ledger.sender(mailing.id):
        with pytest.raises(GuardError), of_first.sender(mailing.id):
            pass
        assert sending(mailing.id)
    with of_first.sender(mailing.id):
        assert sending(mailing.id)
    assert not sending(mailing.id)


def test_the_same_code_delivers_a_share(desk: Desk) -> None:
    mailing = desk.mail()
    first, second, third = desk.ledger.shares(mailing.id)
    provider = ScriptedProvider()

    run = deliver(mailing, desk.ledger.of_share(second), provider, Terms())

    assert run.handed_over == len(provider.handed) == 18
    assert run.books.balanced
    assert run.books.matched == 60
    assert desk.ledger.shares(mailing.id) == [first, third]
    for share in (first, third):
        deliver(mailing, desk.ledger.of_share(share), provider, Terms())
    assert len(set(provider.handed)) == len(provider.handed) == 54


@contextmanager
def delivering(folder: Path, share: Share) -> Iterator[None]:
    """A process that has a share in hand, killed in the end."""
    with forked(dying.deliver, folder, share) as child:
        assert child.heard()
        yield


def test_senders_are_killed_and_their_shares_go_on_elsewhere(folder: Path) -> None:
    desk = Desk.of(folder, 3_000)
    mailing = desk.mail()
    cut = desk.ledger.shares(mailing.id)
    assert len(cut) == 6
    with delivering(folder, cut[0]), delivering(folder, cut[4]):
        pass
    for share in cut:
        ledger = desk.ledger.of_share(share)
        with ledger.sender(mailing.id):
            ledger.recover(mailing.id)
            the_rest(desk, mailing, share)
    books = desk.ledger.books(mailing.id)
    assert books.balanced
    assert books.unfinished == books.count(Status.ATTEMPTING) == 0
    assert books.count(Status.UNKNOWN) <= 14
    handed = Counter((folder / "handed.txt").read_text().split())
    assert set(handed.values()) == {1}
    settled = (Status.ACCEPTED, Status.UNKNOWN)
    lines = {line.address: line.status for line in desk.ledger.every_line(mailing.id)}
    assert all(lines[address] in settled for address in handed)
    desk.database.store.engine.dispose()
