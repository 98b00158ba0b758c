"""What was told is written once and acted on once, on either database."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from composer.events.event import Event, Kind, Reason, key_of, moment
from composer.model.address import Address
from composer.model.delivery import Delivery, Status
from composer.model.mailing import Mailing
from composer.sending.provider import Answer, Outcome
from composer.storage import events as book
from composer.storage import leaving as going
from composer.storage.arrivals import Arrival, Kept, State
from composer.storage.dialect import marked
from composer.storage.event_tables import events
from composer.storage.events import Applied
from tests.contract.ledgers import Desk

NOW = "2026-11-26T09:00:00Z"
DAY_S = 86_400
START_S = 1_790_000_000


@pytest.fixture
def desk(folder: Path) -> Desk:
    return Desk.of(folder, 12)


def sent(desk: Desk, answer: Answer = Answer.ACCEPTED) -> tuple[Mailing, dict[str, Delivery]]:
    """A mailing, and its deliveries by the name before the @."""
    mailing = desk.mail()
    found: dict[str, Delivery] = {}
    while batch := desk.ledger.begin(mailing.id, 50):
        found |= {d.recipient.address.local: d for d in batch}
        desk.ledger.finish([Outcome(d.id, answer, "p", "said so") for d in batch])
    return mailing, found


def event(delivery: Delivery | str, kind: Kind, **more: Any) -> Event:
    name = delivery if isinstance(delivery, str) else delivery.id
    key = key_of(name, kind, *map(str, more.values()))
    return Event(key, kind, **{"at": NOW, "delivery": name} | more)


def be_of_another_issue(desk: Desk, mailing: Mailing) -> None:
    """So that whoever got it also gets the next one."""
    with desk.database.store.writing() as connection:
        connection.exec_driver_sql(
            f"UPDATE mailings SET issue_id = 'of-{mailing.id}' WHERE id = '{mailing.id}'"  # noqa: S608
        )


def tell(desk: Desk, *told: Event, tracked: frozenset[Kind] = frozenset()) -> Applied:
    applied = desk.database.events.apply("sendgrid", told, now=NOW, tracked=tracked)
    assert applied is not None
    return applied


def suppressed(desk: Desk) -> dict[str, str]:
    found = {}
    for number in range(12):
        address = Address(f"reader{number}", "example.org")
        if known := desk.database.subscribers.suppression(address):
            found[address.local] = known[0]
    return found


def rows(desk: Desk) -> Sequence[Any]:
    with desk.database.store.reading() as connection:
        return connection.execute(select(events).order_by(events.c.key)).all()


def test_counts_are_of_deliveries_and_repetition_adds_nothing(desk: Desk) -> None:
    mailing, by = sent(desk)
    told = [
        event(by["reader0"], Kind.DELIVERED),
        event(by["reader1"], Kind.DELIVERED),
        event(by["reader1"], Kind.DELIVERED, detail="again, by another server"),
        event(by["reader2"], Kind.BOUNCED, code="5.2.2", permanent=True),
        event(by["reader3"], Kind.COMPLAINED),
        event(by["reader4"], Kind.UNSUBSCRIBED),
        event("1-0123456789abcdef", Kind.DELIVERED),
        event("", Kind.DELIVERED, address="stranger@example.com"),
    ]

    first, second = tell(desk, *told), tell(desk, *told, *told)

    assert (first.told, first.new, first.foreign, first.suppressed) == (8, 6, 2, 2)
    assert (second.new, second.suppressed, second.settled) == (0, 0, 0)
    assert dict(desk.ledger.books(mailing.id).events) == {
        "delivered": 2,
        "bounced": 1,
        "complained": 1,
        "unsubscribed": 1,
    }
    assert suppressed(desk) == {"reader3": "complained", "reader4": "unsubscribed"}
    assert desk.ledger.books(mailing.id).balanced


def test_the_dead_go_at_once_the_full_are_counted_and_our_fault_is_nobodys(desk: Desk) -> None:
    mailing, by = sent(desk)

    applied = tell(
        desk,
        event(by["reader0"], Kind.BOUNCED, code="5.1.1", permanent=True),
        event(by["reader1"], Kind.BOUNCED, code="5.2.2", permanent=True),
        event(by["reader2"], Kind.BOUNCED, code="5.7.515", permanent=True),
        event(by["reader3"], Kind.BOUNCED, code="5.7.1", permanent=True),
        event(by["reader4"], Kind.REJECTED, reason=Reason.BOUNCED),
        event(by["reader5"], Kind.DEFERRED, code="4.2.2", permanent=False),
    )

    assert suppressed(desk) == {"reader0": "bounced", "reader4": "bounced"}
    assert [count for _, count in applied.ours.items()] == [2]
    assert [domain for _, domain in applied.ours] == ["example.org"]
    reader = desk.database.subscribers.find(Address("reader1", "example.org"))
    assert reader is not None
    assert desk.database.events.score(reader.subscriber.id, "reader1@example.org") == 1
    assert mailing.id


def issues_in_trouble(desk: Desk, days: Sequence[int]) -> list[Event]:
    """The same reader's mailbox is full when each of these issues arrives."""
    told = []
    for day in days:
        mailing, by = sent(desk)
        with desk.database.store.writing() as connection:  # each is another issue
            connection.exec_driver_sql(
                f"UPDATE mailings SET issue_id = 'issue-{day}' WHERE id = '{mailing.id}'"  # noqa: S608
            )
        at = moment(START_S + day * DAY_S)
        told.append(event(by["reader1"], Kind.BOUNCED, code="4.2.2", permanent=False, at=at))
    return told


def test_a_mailbox_that_stays_full_is_given_up_after_four_weeks(desk: Desk) -> None:
    told = issues_in_trouble(desk, [0, 7, 14, 21, 29])

    tell(desk, *told[:4], *told[:4])
    assert suppressed(desk) == {}
    tell(desk, told[4])
    assert suppressed(desk) == {"reader1": "bounced"}


def test_mail_that_arrives_between_gives_it_a_new_start(desk: Desk) -> None:
    told = issues_in_trouble(desk, [0, 7, 14, 21])
    mailing, by = sent(desk)
    arrived = event(by["reader1"], Kind.DELIVERED, at=moment(START_S + 22 * DAY_S))
    with desk.database.store.writing() as connection:
        connection.exec_driver_sql(
            f"UPDATE mailings SET issue_id = 'issue-22' WHERE id = '{mailing.id}'"  # noqa: S608
        )

    tell(desk, arrived, *told, *issues_in_trouble(desk, [29]))

    assert suppressed(desk) == {}


def test_what_is_told_in_any_order_and_in_any_pieces_leads_to_the_same(folder: Path) -> None:
    desk = Desk.of(folder, 12)
    mailing, by = sent(desk, Answer.UNKNOWN)
    told = [
        event(by["reader0"], Kind.QUEUED),
        event(by["reader0"], Kind.REJECTED, reason=Reason.OTHER),
        event(by["reader1"], Kind.DELIVERED),
        event(by["reader1"], Kind.COMPLAINED),
        event(by["reader1"], Kind.BOUNCED, code="5.1.1", permanent=True),
        event(by["reader2"], Kind.REJECTED, reason=Reason.UNSUBSCRIBED),
        event(by["reader3"], Kind.CLICKED, link="https://harbour.example/"),
        event(by["reader3"], Kind.DELIVERED),
        event("", Kind.COMPLAINED, address="Reader4@Example.org"),
        event("", Kind.UNKNOWN, detail="levitated"),
    ]
    tracked = frozenset({Kind.CLICKED})
    seen = set()
    for seed in range(8):
        _undo(desk)
        dice = random.Random(seed)  # noqa: S311
        shuffled = [*told, *dice.sample(told, 5)]
        dice.shuffle(shuffled)
        cut = dice.randrange(len(shuffled))
        tell(desk, *shuffled[:cut], tracked=tracked)
        tell(desk, *shuffled[cut:], tracked=tracked)
        statuses = [(line.delivery_id, line.status) for line in desk.ledger.every_line(mailing.id)]
        written = [(bytes(row.key), row.delivery, row.machine) for row in rows(desk)]
        seen.add(repr((statuses, written, suppressed(desk), desk.ledger.books(mailing.id))))

    assert len(seen) == 1
    assert suppressed(desk) == {
        "reader1": "complained",
        "reader2": "unsubscribed",
        "reader4": "complained",
    }


def _undo(desk: Desk) -> None:
    with desk.database.store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM events")
        connection.exec_driver_sql("DELETE FROM suppressions")
        connection.exec_driver_sql(
            "UPDATE deliveries SET status = 'unknown', reason = '' WHERE token <> ''"
        )


def test_an_unknown_delivery_is_settled_by_what_proves_it(desk: Desk) -> None:
    mailing, by = sent(desk, Answer.UNKNOWN)

    applied = tell(
        desk,
        event(by["reader0"], Kind.DELIVERED),
        event(by["reader1"], Kind.BOUNCED, code="5.2.2", permanent=True),
        event(by["reader2"], Kind.REJECTED, reason=Reason.OTHER),
        event(by["reader3"], Kind.UNKNOWN, detail="levitated"),
        event(by["reader4"], Kind.SUBSCRIBED),
    )

    books = desk.ledger.books(mailing.id)
    assert applied.settled == 3
    assert (books.count(Status.ACCEPTED), books.count(Status.REFUSED)) == (2, 1)
    assert books.count(Status.UNKNOWN) == len(by) - 3
    assert books.balanced


def test_what_a_person_gave_back_to_be_sent_again_is_not_when_it_did_arrive(desk: Desk) -> None:
    mailing, by = sent(desk, Answer.UNKNOWN)
    desk.ledger.resolve(mailing.id, Status.PLANNED)

    tell(desk, event(by["reader0"], Kind.DELIVERED))

    left = desk.ledger.begin(mailing.id, 50)
    assert by["reader0"].id not in {delivery.id for delivery in left}
    assert len(left) == len(by) - 1


def test_an_outcome_that_comes_after_its_event_changes_nothing(desk: Desk) -> None:
    mailing = desk.mail()
    batch = desk.ledger.begin(mailing.id, 2)
    tell(desk, event(batch[0], Kind.DELIVERED))
    desk.ledger.finish([Outcome(d.id, Answer.UNKNOWN, reason="no answer") for d in batch])

    books = desk.ledger.books(mailing.id)
    assert (books.count(Status.ACCEPTED), books.count(Status.UNKNOWN)) == (1, 1)


def test_bounces_come_home_under_a_mark_that_no_reader_knows(desk: Desk) -> None:
    _, by = sent(desk)
    told = [
        Event(key_of(n), Kind.BOUNCED, at=NOW, returned=name, code="5.1.1", permanent=True)
        for n, name in enumerate(
            [
                by["reader0"].returned,
                by["reader1"].returned.upper(),
                by["reader2"].id,  # a reader knows it
                f"{by['reader3'].returned[:-1]}x",
                "1f-",
                "ffffffffffffffffffff-0123456789abcdef",
                "-",
                "é",
            ]
        )
    ]

    tell(desk, *told)

    assert suppressed(desk) == {"reader0": "bounced", "reader1": "bounced"}
    assert len({d.returned for d in by.values()} | {d.id for d in by.values()}) == 2 * len(by)


def test_mail_sent_before_there_was_a_mark_still_comes_home(desk: Desk) -> None:
    _, by = sent(desk)
    with desk.database.store.writing() as connection:
        last = connection.exec_driver_sql("SELECT max(id) FROM deliveries").scalar_one()
        note = marked(connection, "UPDATE meta SET content = ? WHERE name = 'plain_returns'")
        connection.exec_driver_sql(note, (str(last).encode(),))
    plain = by["reader2"].id

    tell(desk, Event(key_of("x"), Kind.BOUNCED, returned=plain, code="5.1.1", permanent=True))

    assert suppressed(desk) == {"reader2": "bounced"}


def test_who_only_knows_a_message_id_cannot_throw_anybody_out(desk: Desk) -> None:
    _, by = sent(desk)
    forged = replace(
        event(by["reader0"], Kind.BOUNCED, code="5.1.1", permanent=True), forgeable=True
    )

    tell(desk, forged, replace(forged, key=key_of("c"), kind=Kind.COMPLAINED, code=""))
    assert suppressed(desk) == {}
    tell(desk, replace(forged, key=key_of("d"), address="Reader0@example.org"))
    assert suppressed(desk) == {"reader0": "bounced"}


def test_a_reader_who_writes_to_be_taken_off_is(desk: Desk) -> None:
    mailing, _ = sent(desk)
    entry = desk.database.subscribers.find(Address("reader5", "example.org"))
    assert entry is not None

    tell(
        desk,
        Event(key_of("a"), Kind.UNSUBSCRIBED, token=entry.token),
        Event(key_of("b"), Kind.UNSUBSCRIBED, token="nobody's"),  # noqa: S106
        Event(key_of("c"), Kind.UNSUBSCRIBED, token="\0"),  # noqa: S106
    )

    assert suppressed(desk) == {"reader5": "unsubscribed"}
    assert dict(desk.ledger.books(mailing.id).events) == {"unsubscribed": 1}


def test_who_leaves_on_our_own_pages_counts_once_for_the_last_mailing_that_they_got(
    desk: Desk,
) -> None:
    leaving, audience = desk.database.leaving, desk.database.subscribers
    first, by = sent(desk)
    be_of_another_issue(desk, first)
    second, _ = sent(desk)
    be_of_another_issue(desk, second)
    sent(desk, Answer.REFUSED)  # nobody got that one
    token = by["reader6"].recipient.token
    before = desk.ledger.books(second.id)

    assert leaving.leave(token, "one-click", NOW)
    assert not leaving.leave(token, "page", NOW, reason="too-often")
    assert not leaving.leave("nobody's", "page", NOW)
    assert leaving.stay(token, NOW)
    assert leaving.leave(token, "page", "2026-11-27T09:00:00Z")

    assert [(row.kind, row.provider, row.at) for row in rows(desk)] == [
        ("unsubscribed", "web", NOW)
    ]
    books = desk.ledger.books(second.id)
    assert dict(books.events) == {"unsubscribed": 1}
    assert not desk.ledger.books(first.id).events
    assert (books.by_edition, books.excluded) == (before.by_edition, before.excluded)
    assert books.balanced
    assert suppressed(desk) == {"reader6": "unsubscribed"}
    assert audience.suppression(Address("reader7", "example.org")) is None


def test_who_leaves_by_letter_and_button_and_provider_counts_once(desk: Desk) -> None:
    mailing, by = sent(desk)
    token = by["reader6"].recipient.token

    assert desk.database.leaving.leave(token, "one-click", NOW)
    tell(
        desk,
        Event(key_of("mail"), Kind.UNSUBSCRIBED, token=token),
        event(by["reader6"], Kind.UNSUBSCRIBED),
    )

    assert dict(desk.ledger.books(mailing.id).events) == {"unsubscribed": 1}


def test_who_never_got_a_letter_leaves_and_counts_for_no_mailing(desk: Desk) -> None:
    mailing, by = sent(desk, Answer.REFUSED)

    assert desk.database.leaving.leave(by["reader6"].recipient.token, "page", NOW)

    assert rows(desk) == []
    assert not desk.ledger.books(mailing.id).events
    assert suppressed(desk) == {"reader6": "unsubscribed"}


def test_a_mailing_is_found_however_many_there_were_since(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(going, "_MAILINGS", 2)
    first, by = sent(desk)
    be_of_another_issue(desk, first)
    for _ in range(3):
        assert len(sent(desk, Answer.REFUSED)[1]) == len(by)

    assert desk.database.leaving.leave(by["reader6"].recipient.token, "page", NOW)

    assert dict(desk.ledger.books(first.id).events) == {"unsubscribed": 1}


def test_whoever_was_forgotten_leaves_no_trace_in_what_is_told_later(desk: Desk) -> None:
    _, by = sent(desk)
    tell(desk, event(by["reader0"], Kind.BOUNCED, code="5.2.2", detail="Näme 0 is over quota"))
    address = Address("reader0", "example.org")
    desk.database.subscribers.forget(address, since=NOW)

    tell(desk, event(by["reader0"], Kind.COMPLAINED, detail="Näme 0 says it is spam"))

    assert desk.database.subscribers.suppression(address) == ("forgotten", NOW)
    assert [row.detail for row in rows(desk)] == ["", ""]


def test_opens_and_clicks_are_dropped_where_nobody_asked_for_them(desk: Desk) -> None:
    mailing, by = sent(desk)
    told = (
        event(by["reader0"], Kind.OPENED, machine=True),
        event(by["reader1"], Kind.OPENED),
        event(by["reader0"], Kind.CLICKED, link="https://harbour.example/"),
    )

    tell(desk, *told)
    assert rows(desk) == []
    tell(desk, *told, tracked=frozenset({Kind.OPENED}))
    assert dict(desk.ledger.books(mailing.id).events) == {"opened": 1, "opened_by_machines": 1}


# --- arrivals ---------------------------------------------------------------------------


def keep(desk: Desk, nonce: str, body: bytes = b"[]") -> Kept:
    return desk.database.arrivals.keep("sendgrid", nonce, body, received=NOW)


def test_a_call_is_kept_once_and_a_forgery_of_it_never(desk: Desk) -> None:
    assert keep(desk, "a") is Kept.NEW
    assert keep(desk, "a") is Kept.AGAIN
    assert keep(desk, "a", b"[1]") is Kept.FORGED
    assert keep(desk, "b") is Kept.NEW
    assert [one.body for one in desk.database.arrivals.waiting()] == [b"[]", b"[]"]


def test_a_call_is_applied_by_one_and_leaves_nothing_of_its_body(desk: Desk) -> None:
    _, by = sent(desk)
    keep(desk, "a", b"secret")
    arrival = desk.database.arrivals.waiting()[0]
    told = [event(by["reader0"], Kind.DELIVERED)]

    first = desk.database.events.apply("sendgrid", told, now=NOW, arrival=arrival.id)
    second = desk.database.events.apply("sendgrid", told, now=NOW, arrival=arrival.id)

    assert first is not None
    assert first.new == 1
    assert second is None
    assert desk.database.arrivals.waiting() == []
    assert desk.database.arrivals.counts()[State.APPLIED] == 1
    assert keep(desk, "a", b"secret") is Kept.AGAIN
    with desk.database.store.reading() as connection:
        assert not bytes(connection.exec_driver_sql("SELECT body FROM arrivals").scalar_one())


def test_whatever_breaks_while_a_call_is_applied_leaves_it_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing, by = sent(desk, Answer.UNKNOWN)
    keep(desk, "a")
    arrival = desk.database.arrivals.waiting()[0]
    told = [event(by["reader0"], Kind.DELIVERED), event(by["reader1"], Kind.COMPLAINED)]

    def falls(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(book, "suppress", falls)
        with pytest.raises(KeyboardInterrupt):
            desk.database.events.apply("sendgrid", told, now=NOW, arrival=arrival.id)

    assert rows(desk) == []
    assert desk.ledger.books(mailing.id).count(Status.UNKNOWN) == len(by)
    assert [one.id for one in desk.database.arrivals.waiting()] == [arrival.id]
    applied = desk.database.events.apply("sendgrid", told, now=NOW, arrival=arrival.id)
    assert applied is not None
    assert (applied.new, applied.settled, applied.suppressed) == (2, 2, 1)


def test_old_calls_are_forgotten_and_waiting_ones_never(desk: Desk) -> None:
    arrivals = desk.database.arrivals
    for nonce in ("a", "b", "c"):
        keep(desk, nonce)
    first, second, _ = arrivals.waiting()
    desk.database.events.apply("sendgrid", [], now=NOW, arrival=first.id)
    arrivals.give_up(second, "it is not JSON")

    assert arrivals.forget_old(now="2026-12-30T09:00:00Z") == 0
    assert arrivals.forget_old(now="2027-01-30T09:00:00Z") == 2
    assert [isinstance(one, Arrival) for one in arrivals.waiting()] == [True]
