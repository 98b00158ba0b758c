"""Who is refused because nobody is at the address is mailed no more, on either database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from composer.errors import StorageError
from composer.events.event import Event, Kind, key_of
from composer.model.address import Address
from composer.model.delivery import Delivery, Status
from composer.model.mailing import SUPPRESSED, Mailing
from composer.model.settings import SmtpSettings
from composer.outgoing import tell
from composer.providers.smtp import SmtpProvider
from composer.reporting import report_of
from composer.reports.books import document_of, text_of
from composer.reports.standing import Standing
from composer.sending.deliver import Terms, deliver
from composer.sending.provider import Answer, Outcome
from composer.storage import under_way
from tests.contract.ledgers import NOW, Desk
from tests.contract.test_outgoing import bodies, desk_of, site_in, to_url
from tests.servers.listener import Listener
from tests.servers.smtp_sink import Rule, SmtpServer

READERS = 9
NOBODY = "550 5.1.1 no such user"
SPAM = "550 5.7.1 this looks like spam"
LONG_AFTER = "2099-01-01T00:00:00Z"


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    made = Desk.of(folder, READERS)
    yield made
    made.database.store.engine.dispose()


def gone(delivery: Delivery, reason: str = NOBODY) -> Outcome:
    return Outcome(delivery.id, Answer.REFUSED, reason=reason, gone=True)


def taken_up(desk: Desk, mailing: Mailing) -> Mapping[str, Delivery]:
    """All of them, by the name before the @."""
    return {d.recipient.address.local: d for d in desk.ledger.begin(mailing.id, 50)}


def suppressed(desk: Desk) -> dict[str, str]:
    people = desk.database.subscribers
    names = [f"reader{n}" for n in range(READERS)]
    found = {name: people.suppression(Address(name, "example.org")) for name in names}
    return {name: known[0] for name, known in found.items() if known}


def test_a_server_that_knows_no_such_user_is_asked_once(desk: Desk) -> None:
    rules = [
        Rule("RCPT", NOBODY, match="reader1@", times=None),
        Rule("RCPT", "550 5.2.2 mailbox full", match="reader2@", times=None),
        Rule("RCPT", SPAM, match="reader3@", times=None),
        Rule("RCPT", "556 5.1.10 null MX", match="reader4@", times=None),
    ]
    first = desk.mail()
    with SmtpServer(rules) as server:
        settings = SmtpSettings(port=server.port, security="none", connections=1)
        run = deliver(first, desk.ledger, SmtpProvider(settings), Terms())
    assert run.failure is None
    assert suppressed(desk) == {"reader1": "bounced", "reader4": "bounced"}
    books = desk.ledger.books(first.id)
    assert books.balanced
    assert books.count(Status.REFUSED) == 4
    assert run.books.gone == books.gone == 2
    said = "2 addresses were put on the suppression list: the mail server knows nobody there"
    assert said in text_of(first, run.books)
    assert document_of(first, run.books)["newly_suppressed"] == 2
    assert said in report_of(desk.database, first, books, Standing.of(books)).page

    again = desk.mail()

    assert again.matched == first.matched
    assert desk.ledger.books(again.id).excluded[SUPPRESSED] == 2
    assert {"reader1", "reader4"}.isdisjoint(taken_up(desk, again))


def test_what_a_breaker_may_take_back_has_no_such_consequence(desk: Desk) -> None:
    mailing = desk.mail()
    by = taken_up(desk, mailing)

    desk.ledger.finish([gone(by["reader1"], SPAM), gone(by["reader2"])])

    assert suppressed(desk) == {"reader2": "bounced"}
    assert desk.ledger.orders.reopen(mailing.id, "", since=0, due=0) == 1
    assert suppressed(desk) == {"reader2": "bounced"}


def test_a_report_tells_only_of_those_that_its_own_refusals_suppressed(desk: Desk) -> None:
    mailing = desk.mail()
    by = taken_up(desk, mailing)
    people = desk.database.subscribers

    desk.ledger.finish([gone(by["reader1"]), *(gone(by[f"reader{n}"], SPAM) for n in (2, 3))])
    assert people.suppress(Address("reader2", "example.org"), "bounced", since=LONG_AFTER)
    assert people.suppress(Address("reader3", "example.org"), "manual", since=NOW)

    books = desk.ledger.books(mailing.id)
    assert (books.count(Status.REFUSED), books.gone) == (3, 1)
    said = "1 address was put on the suppression list: the mail server knows nobody there"
    assert said in text_of(mailing, books)
    assert people.forget(Address("reader1", "example.org"), since=NOW)
    books = desk.ledger.books(mailing.id)
    assert books.gone == 0
    assert "suppression list" not in text_of(mailing, books)


def test_it_is_written_with_the_outcome_or_not_at_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing = desk.mail()
    by = taken_up(desk, mailing)

    def fail(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(under_way, "bury", fail)
        with pytest.raises(StorageError):
            desk.ledger.finish([gone(by["reader1"])])
    assert desk.ledger.books(mailing.id).count(Status.REFUSED) == 0

    for _ in range(2):
        desk.ledger.finish([gone(by["reader1"])])
        assert desk.ledger.books(mailing.id).count(Status.REFUSED) == 1
        assert suppressed(desk) == {"reader1": "bounced"}


def test_nothing_follows_for_who_was_settled_otherwise_or_forgotten(desk: Desk) -> None:
    mailing = desk.mail()
    by = taken_up(desk, mailing)
    people = desk.database.subscribers
    arrived = Event(key_of("a"), Kind.DELIVERED, at=NOW, delivery=by["reader1"].id)
    desk.database.events.apply("postmark", [arrived], now=NOW)
    people.forget(Address("reader2", "example.org"), since=NOW)
    assert people.suppress(Address("reader3", "example.org"), "complained", since=NOW)

    desk.ledger.finish([gone(by[f"reader{n}"]) for n in (1, 2, 3)])

    assert suppressed(desk) == {"reader2": "forgotten", "reader3": "complained"}
    assert desk.ledger.books(mailing.id).count(Status.ACCEPTED) == 1


def test_others_are_told_of_it_once(folder: Path) -> None:
    with Listener() as listener:
        site = site_in(folder, to_url(listener))
        desk = desk_of(site)
        by = taken_up(desk, desk.mail())
        for _ in range(2):
            desk.ledger.finish([gone(by["reader1"])])
        tell(site)
    (told,) = bodies(listener)
    assert told["type"] == "subscriber.unsubscribed"
    assert told["data"] == {
        "address": "reader1@example.org",
        "reason": "bounced",
        "how": "refused",
    }
    site.database.store.engine.dispose()
