"""What every ledger must do, on each kind of database: `folder` is a site on one of them."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.errors import GuardError, StorageError
from composer.model.address import Address
from composer.model.delivery import Delivery, Exclusion, Recipient, Status
from composer.model.edition import Edition, EditionKey, InlineImage
from composer.model.mailing import REASONS
from composer.sending.ledger import Trouble
from composer.sending.provider import Answer, Outcome
from tests.contract.ledgers import NOW, Desk
from tests.databases import BOTH
from tests.unit.sending.fakes import ANSWERS
from tests.unit.sending.samples import LETTERHEAD
from tests.unit.storage.lists import open_list


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    """Thirty readers, three of them not confirmed, two of them suppressed."""
    made = Desk.of(folder, 30)
    made.suppress(1, 3)
    yield made
    made.database.store.engine.dispose()


# --- freezing -------------------------------------------------------------------------------


def test_a_frozen_mailing_has_a_line_for_everybody_who_matched(desk: Desk) -> None:
    mailing = desk.mail()

    books = desk.ledger.books(mailing.id)

    assert books.balanced
    assert (books.matched, books.counts) == (30, {Status.PLANNED: 25})
    assert books.excluded == {
        "suppressed": 2,
        "unconfirmed": 3,
        "duplicate": 0,
        "already has this issue": 0,
    }
    assert list(books.excluded) == list(REASONS)
    assert len(list(desk.ledger.every_line(mailing.id))) == 30


def test_a_mailing_is_found_again_as_it_was(desk: Desk) -> None:
    first = desk.mail("board")
    second = desk.mail("everyone")

    assert desk.ledger.mailing(first.id) == first
    assert first.letterhead == LETTERHEAD
    assert first.created == NOW
    assert desk.ledger.latest() == second
    assert list(desk.ledger.mailings()) == [second, first]
    assert desk.ledger.mailing("no-such") is None
    assert desk.ledger.unfinished("2026-014", "board") == first
    assert desk.ledger.unfinished("2026-014", "policy") is None
    assert desk.ledger.unfinished("2026-015", "board") is None


def test_the_frozen_editions_are_the_bytes_that_were_approved(desk: Desk) -> None:
    prepared = desk.prepare(boards=True)
    pictured = {
        key: replace(
            edition,
            images=(InlineImage("a@b", "crane.png", "image/png", bytes(range(256))),),
            preheader=("Nine hours ", *edition.text[1:2]),
        )
        for key, edition in prepared.editions.items()
    }
    digests = {str(key): edition.digest for key, edition in pictured.items()}
    plan = replace(prepared.plan, editions=digests)
    desk.freeze(replace(prepared, editions=pictured, plan=plan))

    thawed = desk.ledger.editions(plan.id)

    assert thawed == {str(key): edition for key, edition in pictured.items()}
    assert len(thawed) == 2
    assert {name: edition.digest for name, edition in thawed.items()} == digests


def test_an_edition_that_was_changed_by_hand_is_not_sent(desk: Desk) -> None:
    mailing = desk.mail()
    with desk.database.store.writing() as connection:
        connection.exec_driver_sql("UPDATE editions SET content = replace(content, 'Hello', 'Bye')")

    with pytest.raises(StorageError) as caught:
        desk.ledger.editions(mailing.id)
    assert "is not the one that was approved" in caught.value.problem


def test_the_same_plan_is_frozen_once(desk: Desk) -> None:
    prepared = desk.prepare()
    mailing = desk.freeze(prepared)

    with pytest.raises(GuardError) as caught:
        desk.ledger.freeze(prepared.plan, LETTERHEAD, [], [], created=NOW)
    assert "exists already" in caught.value.problem
    assert desk.ledger.books(mailing.id).matched == 30


@pytest.mark.parametrize(
    "change", ["one more", "suppressed", "confirmed", "other edition", "fewer"]
)
def test_a_list_that_changed_since_the_plan_is_not_frozen(desk: Desk, change: str) -> None:
    prepared = desk.prepare(boards=True)
    decisions = list(prepared.decisions(desk.database.audience))
    changed = {
        "one more": [*decisions, replace(decisions[0], subscriber_id=99)],
        "suppressed": [_exclude(decisions[0], "suppressed"), *decisions[1:]],
        "confirmed": [
            _exclude(d, "unconfirmed") if isinstance(d, Exclusion) else d for d in decisions
        ],
        "other edition": [
            _on_board(decisions[0]),
            _on_board(decisions[2]),
            *decisions[3:],
            decisions[1],
        ],
        "fewer": decisions[1:],
    }[change]

    with pytest.raises(GuardError) as caught:
        desk.ledger.freeze(
            prepared.plan, LETTERHEAD, prepared.editions.values(), changed, created=NOW
        )
    assert "nothing was sent" in caught.value.problem
    assert list(desk.ledger.mailings()) == []
    desk.freeze(prepared)


def _exclude(decision: Recipient | Exclusion, reason: str) -> Exclusion:
    return Exclusion(decision.subscriber_id, decision.address, reason)


def _on_board(decision: Recipient | Exclusion) -> Recipient | Exclusion:
    if isinstance(decision, Exclusion):
        return decision
    return replace(decision, edition=EditionKey("en", "", ("board",)))


def test_editions_that_are_not_of_the_plan_are_not_frozen(desk: Desk) -> None:
    prepared = desk.prepare()
    others = [replace(e, subject=("Another",)) for e in prepared.editions.values()]
    wrong: list[list[Edition]] = [[], others]
    for editions in wrong:
        with pytest.raises(GuardError):
            desk.ledger.freeze(
                prepared.plan,
                LETTERHEAD,
                editions,
                prepared.decisions(desk.database.audience),
                created=NOW,
            )
    assert list(desk.ledger.mailings()) == []


# --- sending --------------------------------------------------------------------------------


def test_a_delivery_carries_what_was_frozen(desk: Desk) -> None:
    mailing = desk.mail()

    (first,) = desk.ledger.begin(mailing.id, 1)

    entry = desk.database.subscribers.find(first.recipient.address)
    assert entry is not None
    assert first.recipient == Recipient(
        subscriber_id=entry.subscriber.id,
        address=entry.subscriber.address,
        display_name="Näme 0",
        edition=EditionKey("en"),
        values={"subscriber.first_name": "Näme 0"},
        token=entry.token,
    )
    assert first.attempt == 1


def test_a_batch_is_of_one_edition_and_no_reader_is_in_two(desk: Desk) -> None:
    mailing = desk.mail(boards=True)
    seen: Counter[str] = Counter()
    while batch := desk.ledger.begin(mailing.id, 4):
        assert len(batch) <= 4
        assert len({d.recipient.edition for d in batch}) == 1
        seen.update(str(d.recipient.address) for d in batch)

    assert len(seen) == 25
    assert set(seen.values()) == {1}
    assert desk.ledger.books(mailing.id).counts == {Status.ATTEMPTING: 25}


def test_delivery_ids_are_opaque_and_of_what_a_mailbox_may_hold(desk: Desk) -> None:
    one, other = desk.mail("board"), desk.mail("everyone")
    ids = [d.id for mailing in (one, other) for d in desk.ledger.begin(mailing.id, 100)]

    assert len(set(ids)) == len(ids) == 25
    for name in ids:
        assert re.fullmatch(r"[a-z0-9-]{1,32}", name)
        guessed = name[:-1] + ("a" if name[-1] != "a" else "b")
        with pytest.raises(ValueError, match="not a delivery"):
            desk.ledger.finish([Outcome(guessed, Answer.ACCEPTED)])


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_outcome_is_what_the_provider_said(desk: Desk, answer: Answer) -> None:
    mailing = desk.mail()

    assert desk.send(mailing, answer) == 25

    books = desk.ledger.books(mailing.id)
    assert books.balanced
    assert books.counts == {Status(answer.value): 25}
    lines = desk.ledger.lines(mailing.id, Status(answer.value), limit=5)
    assert [(line.reason, line.attempts) for line in lines] == [("said so", 1)] * 5
    assert desk.ledger.begin(mailing.id, 10) == []


def test_troubles_are_told_by_reason_the_most_frequent_first(desk: Desk) -> None:
    mailing = desk.mail()
    said = {
        Answer.REFUSED: ["no such user", "full", "full", "full", "moved", "moved"],
        Answer.DEFERRED: ["later"],
        Answer.UNKNOWN: ["", ""],
        Answer.ACCEPTED: ["250 ok"] * 16,
    }
    answers = [(answer, reason) for answer, reasons in said.items() for reason in reasons]
    begun = desk.ledger.begin(mailing.id, 25)
    desk.ledger.finish(
        [Outcome(d.id, a, reason=why) for d, (a, why) in zip(begun, answers, strict=True)]
    )

    told = desk.ledger.troubles(mailing.id, limit=2)

    first = [str(begun[n].recipient.address) for n in (1, 4, 6, 7)]
    assert told == [
        Trouble(Status.REFUSED, "full", 3, first[0]),
        Trouble(Status.REFUSED, "moved", 2, first[1]),
        Trouble(Status.DEFERRED, "later", 1, first[2]),
        Trouble(Status.UNKNOWN, "", 2, first[3]),
    ]


def test_an_outcome_of_a_delivery_that_is_not_under_way_changes_nothing(desk: Desk) -> None:
    mailing = desk.mail()
    (delivery,) = desk.ledger.begin(mailing.id, 1)
    desk.ledger.finish([Outcome(delivery.id, Answer.ACCEPTED)])

    desk.ledger.finish([Outcome(delivery.id, Answer.REFUSED, reason="too late")])

    assert desk.ledger.books(mailing.id).counts == {Status.PLANNED: 24, Status.ACCEPTED: 1}


def test_accepted_outcomes_are_written_with_the_next_intents_or_with_nothing(desk: Desk) -> None:
    mailing = desk.mail()
    said = [
        Outcome(delivery.id, Answer.ACCEPTED, provider_id=f"queued as {number}")
        for number, delivery in enumerate(desk.ledger.begin(mailing.id, 3))
    ]

    with pytest.raises(ValueError, match="not a delivery of this ledger"):
        desk.ledger.begin(mailing.id, 2, accepted=[*said, Outcome("1-0", Answer.ACCEPTED)])
    assert desk.ledger.books(mailing.id).counts == {Status.PLANNED: 22, Status.ATTEMPTING: 3}

    assert len(desk.ledger.begin(mailing.id, 2, accepted=said)) == 2
    assert desk.ledger.books(mailing.id).counts == {
        Status.PLANNED: 20,
        Status.ATTEMPTING: 2,
        Status.ACCEPTED: 3,
    }


def test_what_a_dead_sender_left_becomes_unknown_and_is_not_sent_again(desk: Desk) -> None:
    mailing = desk.mail()
    left = desk.ledger.begin(mailing.id, 4)

    with desk.ledger.sender(mailing.id):
        assert desk.ledger.recover(mailing.id) == 4
        assert desk.ledger.recover(mailing.id) == 0
        assert desk.send(mailing, Answer.ACCEPTED) == 21

    assert desk.ledger.books(mailing.id).counts == {Status.UNKNOWN: 4, Status.ACCEPTED: 21}
    lines = desk.ledger.lines(mailing.id, Status.UNKNOWN)
    assert [line.delivery_id for line in lines] == [d.id for d in left]
    assert lines[0].reason == "in flight when an earlier run ended"


def test_the_deferred_are_tried_again_under_the_same_id(desk: Desk) -> None:
    mailing = desk.mail()
    desk.send(mailing, Answer.DEFERRED)
    assert desk.ledger.unfinished("2026-014", "everyone") == mailing
    before = [line.delivery_id for line in desk.ledger.lines(mailing.id, Status.DEFERRED)]

    assert desk.ledger.retry_deferred(mailing.id) == 25

    again = desk.ledger.begin(mailing.id, 100)
    assert [d.id for d in again] == before
    assert {d.attempt for d in again} == {2}


def test_what_was_given_back_is_planned_as_if_it_had_not_been_tried(desk: Desk) -> None:
    mailing = desk.mail()
    taken = desk.ledger.begin(mailing.id, 5)

    desk.ledger.give_back(taken)

    assert desk.ledger.books(mailing.id).counts == {Status.PLANNED: 25}
    assert desk.ledger.begin(mailing.id, 5) == taken


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.PLANNED])
def test_a_person_settles_the_unknown_one_or_all(desk: Desk, status: Status) -> None:
    mailing = desk.mail()
    desk.send(mailing, Answer.UNKNOWN, batches=1)

    assert desk.ledger.resolve(mailing.id, status, only="READER2@example.org") == 1
    assert desk.ledger.resolve(mailing.id, status, only="reader2@example.org") == 0
    assert desk.ledger.books(mailing.id).count(Status.UNKNOWN) == 6
    assert desk.ledger.resolve(mailing.id, status) == 6
    books = desk.ledger.books(mailing.id)
    assert books.balanced
    assert books.count(Status.UNKNOWN) == 0
    assert books.count(status) == (7 if status is Status.ACCEPTED else 25)


def test_who_was_suppressed_since_the_plan_is_excluded_at_the_last_moment(desk: Desk) -> None:
    mailing = desk.mail()
    desk.suppress(0, 2, 4)

    reached = []
    while batch := desk.ledger.begin(mailing.id, 2):
        reached += [str(d.recipient.address) for d in batch]

    assert len(reached) == 22
    assert not {f"reader{n}@example.org" for n in (0, 1, 2, 3, 4)} & set(reached)
    books = desk.ledger.books(mailing.id)
    assert books.balanced
    assert books.excluded["suppressed"] == 5


def test_who_paused_since_the_plan_is_left_out_and_who_came_back_is_not(desk: Desk) -> None:
    mailing = desk.mail()
    first = desk.ledger.begin(mailing.id, 2)
    desk.ledger.finish([Outcome(d.id, Answer.DEFERRED) for d in first])
    paused = [int(str(d.recipient.address)[len("reader") : -len("@example.org")]) for d in first]
    for n in (*paused, 10, 11):
        desk.pause(n, "2100-01-01T00:00:00Z")
    desk.pause(12, "2001-01-01T00:00:00Z")  # it is over
    desk.suppress(11)
    assert desk.ledger.retry_deferred(mailing.id) == 2

    reached = set()
    while batch := desk.ledger.begin(mailing.id, 3):
        reached |= {str(d.recipient.address) for d in batch}
        desk.ledger.finish([Outcome(d.id, Answer.ACCEPTED) for d in batch])

    assert not {f"reader{n}@example.org" for n in (*paused, 10, 11)} & reached
    assert "reader12@example.org" in reached
    books = desk.ledger.books(mailing.id)
    assert books.balanced
    assert books.excluded["paused"] == 3
    desk.pause(10, "")
    again = desk.prepare().plan
    assert (again.recipients, again.excluded["paused"]) == (1, 2)


def test_who_pauses_while_it_is_tried_again_under_its_key_may_have_it(desk: Desk) -> None:
    mailing = desk.mail()
    held = desk.ledger.begin(mailing.id, 1, provider="keyed")
    desk.ledger.finish([Outcome(d.id, Answer.UNKNOWN) for d in held])
    desk.send_all(mailing.id)
    assert desk.ledger.retry_keyed(mailing.id, "keyed") == 1
    desk.pause(int(held[0].recipient.address.local.removeprefix("reader")), "2100-01-01T00:00:00Z")

    assert desk.ledger.begin(mailing.id, 1, provider="keyed") == []

    books = desk.ledger.books(mailing.id)
    assert books.balanced
    assert (books.count(Status.UNKNOWN), books.excluded.get("paused", 0)) == (1, 0)


def test_a_mailing_has_one_sender(desk: Desk) -> None:
    mailing = desk.mail()
    other = desk.mail("board")
    standings = desk.database.standings
    assert not standings.is_sending(mailing.id)
    with desk.ledger.sender(mailing.id):
        assert standings.is_sending(mailing.id)
        assert not standings.is_sending(other.id)
        with pytest.raises(GuardError) as caught, desk.ledger.sender(mailing.id):
            pass
        with desk.ledger.sender(other.id):
            pass
    assert "by another process" in caught.value.problem
    with desk.ledger.sender(mailing.id):
        pass


def test_only_what_was_never_attempted_can_be_discarded(desk: Desk) -> None:
    mailing = desk.mail()
    batch = desk.ledger.begin(mailing.id, 2)
    assert not desk.ledger.discard(mailing.id)
    desk.ledger.give_back(batch)

    assert desk.ledger.discard(mailing.id)

    assert desk.ledger.mailing(mailing.id) is None
    assert list(desk.ledger.mailings()) == []
    assert desk.send(desk.mail(), Answer.ACCEPTED) == 25


def test_a_mailing_that_is_not_there_is_told_plainly(desk: Desk) -> None:
    for ask in (desk.ledger.books, desk.ledger.recover, desk.ledger.editions):
        with pytest.raises(GuardError) as caught:
            ask("no-such")
        assert caught.value.problem == "there is no mailing no-such"


# --- an issue once --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "has"),
    [
        (Answer.ACCEPTED, True),
        (Answer.UNKNOWN, True),
        (Answer.DEFERRED, True),
        (Answer.REFUSED, False),
    ],
)
def test_a_second_mailing_of_an_issue_leaves_out_who_has_or_may_have_it(
    desk: Desk, answer: Answer, has: bool
) -> None:
    desk.send(desk.mail("board"), answer)

    excluded = desk.prepare("everyone").plan.excluded

    assert excluded["already has this issue"] == (8 if has else 0)


def test_what_is_planned_or_under_way_counts_as_having_the_issue(desk: Desk) -> None:
    mailing = desk.mail("board")
    assert desk.prepare().plan.excluded["already has this issue"] == 8
    desk.ledger.begin(mailing.id, 3)
    assert desk.prepare().plan.excluded["already has this issue"] == 8
    candidates = list(desk.database.audience.candidates("everyone", issue_id="2026-015"))
    assert not any(candidate.has_issue for candidate in candidates)


# --- for all histories ----------------------------------------------------------------------


class Hands:
    """Everything that can happen to a mailing, in any order."""

    def __init__(self, desk: Desk) -> None:
        self.ledger, self.people = desk.ledger, desk.database.subscribers
        self.mailing = desk.mail(boards=True).id
        self.taken: list[Delivery] = []

    def begin(self, number: int, _: Answer) -> None:
        self.taken += self.ledger.begin(self.mailing, number)

    def finish(self, number: int, answer: Answer) -> None:
        self.ledger.finish([Outcome(d.id, answer) for d in self.taken[:number]])
        del self.taken[:number]

    def give_back(self, number: int, _: Answer) -> None:
        self.ledger.give_back(self.taken[:number])
        del self.taken[:number]

    def die_and_recover(self, _: int, __: Answer) -> None:
        assert self.ledger.recover(self.mailing) == len(self.taken)
        self.taken.clear()

    def retry(self, _: int, __: Answer) -> None:
        self.ledger.retry_deferred(self.mailing)

    def resolve(self, number: int, _: Answer) -> None:
        self.ledger.resolve(self.mailing, Status.ACCEPTED if number % 2 else Status.PLANNED)

    def suppress(self, number: int, _: Answer) -> None:
        self.people.suppress(Address(f"reader{number}", "example.org"), "manual", since=NOW)

    def forget(self, number: int, _: Answer) -> None:
        self.people.forget(Address(f"reader{number}", "example.org"), since=NOW)


STEPS = [
    Hands.begin, Hands.finish, Hands.give_back, Hands.die_and_recover, Hands.retry,
    Hands.resolve, Hands.suppress, Hands.forget,
]  # fmt: skip


#: A desk with twelve readers, as if nothing had ever been done there.
FreshDesk = Callable[[], AbstractContextManager[Desk]]


@contextmanager
def copied(site: Path) -> Iterator[Desk]:
    with TemporaryDirectory() as name:
        shutil.copytree(site, name, dirs_exist_ok=True)
        desk = Desk(open_list(Path(name)))
        yield desk
        desk.database.store.engine.dispose()


@contextmanager
def emptied(desk: Desk) -> Iterator[Desk]:
    with desk.database.store.writing() as connection:
        connection.exec_driver_sql("TRUNCATE subscribers, suppressions, mailings CASCADE")
    desk.add(12)
    yield Desk(replace(desk.database))


@pytest.fixture(scope="module", params=BOTH)
def fresh_desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> FreshDesk:
    folder = tmp_path_factory.mktemp("site")
    if request.param != "sqlite":
        request.getfixturevalue("server_databases").place(folder)
        return partial(emptied, Desk(open_list(folder)))
    Desk.of(folder, 12).database.store.engine.dispose()
    return partial(copied, folder)


@settings(max_examples=30)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 9), st.sampled_from(ANSWERS)),
        max_size=20,
    )
)
def test_the_books_balance_after_every_step(
    fresh_desk: FreshDesk,
    steps: list[tuple[Callable[[Hands, int, Answer], None], int, Answer]],
) -> None:
    with fresh_desk() as desk:
        hands = Hands(desk)
        for step, number, answer in steps:
            step(hands, number, answer)
            books = desk.ledger.books(hands.mailing)
            assert books.balanced
            assert books.matched == 12
            assert books.count(Status.ATTEMPTING) == len(hands.taken)
