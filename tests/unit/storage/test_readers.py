"""What readers ask for on our pages, as both kinds of database keep it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from composer.model.address import Address
from composer.model.delivery import Exclusion, Recipient, Status
from composer.model.joining import Ceilings, Purpose, SignUp, Verdict, Visit
from composer.reports.explained import Explained
from composer.sending.choice import Editions, choose_recipients
from composer.sending.parts import Parts
from composer.storage.database import Database
from composer.storage.reader_tables import consents, page_limits, signups, wordings
from tests.unit.storage.lists import bring_in_text, open_list

NOW = 1_790_000_000
DAY = 86_400
CEILINGS = Ceilings(visitor_an_hour=20, domain_an_hour=100)
ANA = Address.parse("ana@example.net")
WORDING = "Yes, send me Harbour Watch."


@pytest.fixture
def database(folder: Path) -> Database:
    return open_list(folder)


def signup(address: str = "ana@example.net", **choices: str) -> SignUp:
    return SignUp(Address.parse(address), "de", WORDING, "form", choices)


def visit(now: int = NOW, visitor: str = "192.0.2.7", proof: str = "") -> Visit:
    return Visit(visitor, now, proof)


def token_of(database: Database, address: str = "ana@example.net") -> str:
    known = database.store.identity.hash_of(Address.parse(address))
    with database.store.reading() as connection:
        query = select(signups.c.token).where(signups.c.hash == known)
        return str(connection.execute(query).scalar_one())


def joined(database: Database, address: str = "ana@example.net", **choices: str) -> str:
    """The reader's own token."""
    database.signups.ask(signup(address, **choices), visit(), CEILINGS)
    confirmed = database.signups.confirm(token_of(database, address), NOW + 60)
    assert confirmed is not None
    return confirmed.token


def mails(database: Database, now: int = NOW) -> list[str]:
    """To whom confirmation mails go now; each is said to be accepted."""
    found = []
    while mail := database.signups.next_mail(now):
        found.append(str(mail.address))
        database.signups.mailed(mail, Status.ACCEPTED, now)
    return found


def decisions(database: Database) -> list[tuple[str, str, str]]:
    with database.store.reading() as connection:
        rows = connection.execute(select(consents).order_by(consents.c.id))
        return [(row.what, row.how, row.reason) for row in rows]


# --- joining -----------------------------------------------------------------------------


def test_nobody_is_on_the_list_before_they_confirmed(database: Database) -> None:
    assert database.signups.ask(signup(topics="energy"), visit(), CEILINGS) is Verdict.TAKEN
    assert database.subscribers.find(ANA) is None

    confirmed = database.signups.confirm(token_of(database), NOW + 3600)

    found = database.subscribers.find(ANA)
    assert confirmed is not None
    assert found is not None
    assert confirmed.token == found.token
    assert confirmed.purpose is Purpose.JOIN
    assert found.subscriber.confirmed
    assert found.subscriber.locale == "de"
    assert found.subscriber.fields["topics"] == frozenset({"energy"})
    assert [e.token for e in database.subscribers.matching(database.rules["policy"])] == []


def test_what_was_agreed_to_is_kept_word_for_word(database: Database) -> None:
    joined(database)

    with database.store.reading() as connection:
        row = connection.execute(select(consents)).one()
        text = connection.execute(
            select(wordings.c.text).where(wordings.c.hash == row.wording)
        ).scalar_one()
    assert text == WORDING
    assert (row.what, row.how, row.source, row.locale) == ("joined", "form", "form", "de")
    assert row.asked < row.time


def test_one_mail_a_day_and_three_a_month_go_to_an_address(database: Database) -> None:
    for hour in range(30):
        again = visit(NOW + hour * 600, visitor=f"198.51.100.{hour}")
        assert database.signups.ask(signup(), again, CEILINGS) is Verdict.TAKEN
    assert mails(database, NOW + 30 * 600) == ["ana@example.net"]

    sent = 1
    for day in range(1, 15):
        database.signups.ask(signup(), visit(NOW + day * 2 * DAY), CEILINGS)
        sent += len(mails(database, NOW + day * 2 * DAY))
    assert sent == 3


def test_the_list_bomber_is_stopped_by_visitor_and_by_domain(database: Database) -> None:
    ceilings = Ceilings(visitor_an_hour=3, domain_an_hour=5)
    verdicts = [
        database.signups.ask(signup(f"r{n}@example.net"), visit(), ceilings) for n in range(5)
    ]
    assert verdicts == [Verdict.TAKEN] * 3 + [Verdict.VISITOR_BUSY] * 2

    verdicts = [
        database.signups.ask(
            signup(f"s{n}@example.net"), visit(visitor=f"198.51.100.{n}"), ceilings
        )
        for n in range(4)
    ]
    assert verdicts == [Verdict.TAKEN] * 2 + [Verdict.DOMAIN_BUSY] * 2
    assert len(mails(database)) == 5


def test_who_asks_too_often_has_to_solve_a_puzzle_and_each_counts_once(
    database: Database,
) -> None:
    ceilings = Ceilings(visitor_an_hour=20, domain_an_hour=100, proof_from=1)

    def ask(n: int, proof: str = "") -> Verdict:
        return database.signups.ask(signup(f"r{n}@example.net"), visit(proof=proof), ceilings)

    assert ask(0) is Verdict.TAKEN
    assert ask(1) is Verdict.PROOF_WANTED
    assert ask(1, "one") is Verdict.TAKEN
    assert ask(2, "one") is Verdict.PROOF_WANTED
    assert ask(2, "two") is Verdict.TAKEN


@pytest.mark.parametrize(
    ("reason", "mailed"), [("bounced", 0), ("manual", 0), ("unsubscribed", 1), ("complained", 1)]
)
def test_whoever_was_suppressed_gets_the_same_answer(
    database: Database, reason: str, mailed: int
) -> None:
    database.subscribers.suppress(ANA, reason, since="2026-01-01T00:00:00Z")

    assert database.signups.ask(signup(), visit(), CEILINGS) is Verdict.TAKEN
    assert len(mails(database)) == mailed


def test_confirming_again_changes_nothing_and_an_old_link_is_none(database: Database) -> None:
    database.signups.ask(signup(), visit(), CEILINGS)
    token = token_of(database)
    assert database.signups.confirm(token, NOW + 8 * DAY) is None
    first = database.signups.confirm(token, NOW + DAY)
    assert first == database.signups.confirm(token, NOW + 2 * DAY)
    assert len(decisions(database)) == 1
    assert database.signups.confirm("no-such-token", NOW) is None

    assert first is not None
    database.leaving.leave(first.token, "page", "2026-11-20T00:00:00Z")
    assert database.signups.confirm(token, NOW + 2 * DAY) is None  # it does not bring them back


def test_a_new_confirmation_brings_back_who_had_left(database: Database) -> None:
    token = joined(database)
    database.leaving.leave(token, "one-click", "2026-11-20T00:00:00Z")
    later = NOW + 3 * DAY
    database.signups.ask(signup(), visit(later), CEILINGS)

    confirmed = database.signups.confirm(token_of(database), later)

    assert confirmed is not None
    assert confirmed.token == token
    assert database.subscribers.suppression(ANA) is None


def test_a_mail_that_was_deferred_is_tried_again_and_a_lost_one_is_not(
    database: Database,
) -> None:
    database.signups.ask(signup(), visit(), CEILINGS)
    mail = database.signups.next_mail(NOW)
    assert mail is not None
    assert database.signups.next_mail(NOW) is None  # somebody has it in hand
    database.signups.mailed(mail, Status.DEFERRED, NOW)
    assert database.signups.next_mail(NOW) is None
    again = database.signups.next_mail(NOW + 3600)
    assert again is not None
    assert again.token == mail.token

    database.signups.tidy(NOW + 2 * 3600)  # whoever had it died
    assert database.signups.next_mail(NOW + 3 * 3600) is None


def test_nothing_is_kept_of_who_never_confirmed(database: Database) -> None:
    database.signups.ask(signup(), visit(), CEILINGS)

    database.signups.tidy(NOW + 40 * DAY)

    with database.store.reading() as connection:
        assert connection.execute(select(signups)).all() == []
        assert connection.execute(select(page_limits)).all() == []


# --- leaving -----------------------------------------------------------------------------


def test_leaving_holds_however_often_and_can_be_taken_back(database: Database) -> None:
    token = joined(database)

    assert database.leaving.leave(token, "one-click", "2026-11-20T00:00:00Z")
    assert not database.leaving.leave(token, "one-click", "2026-11-21T00:00:00Z")
    assert not database.leaving.leave(token, "page", "2026-11-21T00:00:00Z", reason="too-often")
    assert database.subscribers.suppression(ANA) == ("unsubscribed", "2026-11-20T00:00:00Z")
    assert decisions(database)[1:] == [("left", "one-click", "too-often")]

    assert database.leaving.stay(token, "2026-11-22T00:00:00Z")
    assert database.subscribers.suppression(ANA) is None
    assert not database.leaving.leave("never-given-out", "page", "2026-11-22T00:00:00Z")
    assert not database.leaving.stay("never-given-out", "2026-11-22T00:00:00Z")


def test_undo_does_not_lift_what_was_suppressed_for_another_reason(database: Database) -> None:
    token = joined(database)
    database.subscribers.suppress(ANA, "complained", since="2026-11-20T00:00:00Z")

    assert not database.leaving.stay(token, "2026-11-22T00:00:00Z")
    assert database.subscribers.suppression(ANA) is not None


def test_a_letter_of_years_ago_can_be_left_by_after_import_forgetting_and_joining(
    database: Database,
) -> None:
    token = joined(database)
    bring_in_text(database, "email\nana@example.net\n")
    assert database.subscribers.by_token(token) is not None

    database.subscribers.forget(ANA, since="2026-11-20T00:00:00Z")
    assert not database.leaving.leave(token, "page", "2026-11-21T00:00:00Z")
    later = NOW + 30 * DAY
    database.signups.ask(signup(), visit(later), CEILINGS)
    again = database.signups.confirm(token_of(database), later)

    assert again is not None
    assert again.token != token
    assert database.leaving.leave(token, "one-click", "2026-11-22T00:00:00Z")
    assert database.subscribers.suppression(ANA) is not None


# --- choosing ----------------------------------------------------------------------------


def test_what_a_reader_chose_goes_before_the_next_import(database: Database) -> None:
    bring_in_text(database, "email,topics,role,locale\nana@example.net,policy;energy,board,en\n")
    entry = database.subscribers.find(ANA)
    assert entry is not None

    assert database.preferences.choose(
        entry.token, {"topics": "energy", "locale": "fr"}, "2026-11-20T00:00:00Z", until=""
    )
    bring_in_text(database, "email,topics,role,locale\nana@example.net,policy;energy,member,en\n")

    found = database.subscribers.find(ANA)
    assert found is not None
    assert found.raw["topics"] == "energy"
    assert found.raw["role"] == "member"
    assert found.subscriber.locale == "fr"
    policy = database.rules["policy"]
    assert list(database.subscribers.matching(policy)) == []


def test_a_pause_leaves_them_out_with_a_reason_until_it_is_over(database: Database) -> None:
    token = joined(database)
    editions = Editions("2026-014", ("en",), ("",), (), ())
    parts = Parts("2026-014", ("",))

    def decided() -> list[str]:
        candidates = database.audience.candidates("everyone", issue_id="2026-014")
        chosen = list(choose_recipients(candidates, editions, parts))
        gets_it = [d.subscriber_id for d in chosen if isinstance(d, Recipient)]
        assert list(database.audience.eligible("everyone", issue_id="2026-014")) == gets_it
        return [d.reason if isinstance(d, Exclusion) else "gets it" for d in chosen]

    assert decided() == ["gets it"]
    database.preferences.choose(token, {}, "2026-11-20T00:00:00Z", until="2999-01-01T00:00:00Z")
    assert decided() == ["paused"]
    counts = database.subscribers.count(database.rules["everyone"])
    assert (counts.matched, counts.mailable, counts.paused) == (1, 0, 1)
    entry = database.subscribers.find(ANA)
    assert entry is not None
    assert Explained.of(entry, database.rules).kept_back == "paused until 2999-01-01"
    database.preferences.choose(token, {}, "2026-11-20T00:00:00Z", until="2001-01-01T00:00:00Z")
    assert decided() == ["gets it"]


def test_a_move_takes_the_reader_along_and_leaves_the_old_address_alone(
    database: Database,
) -> None:
    token = joined(database, topics="energy")
    to = signup("ana@example.org")
    assert database.signups.ask_to_move("nobody", to, visit(), CEILINGS) is None
    assert database.signups.ask_to_move(token, to, visit(), CEILINGS) is Verdict.TAKEN
    before = database.subscribers.find(ANA)

    moved = database.signups.confirm(token_of(database, "ana@example.org"), NOW + 60)

    after = database.subscribers.find(Address.parse("ana@example.org"))
    assert moved is not None
    assert before is not None
    assert after is not None
    assert moved.token == token == after.token
    assert after.subscriber.id == before.subscriber.id
    assert after.raw["topics"] == "energy"
    assert database.subscribers.find(ANA) is None
    assert database.subscribers.suppression(ANA) == ("moved", decisions_time(database))
    bring_in_text(database, "email,topics\nana@example.net,policy\n")
    assert database.subscribers.suppression(ANA) is not None


def decisions_time(database: Database) -> str:
    with database.store.reading() as connection:
        rows = connection.execute(select(consents.c.time).order_by(consents.c.id.desc()))
        return str(rows.scalars().first())


def test_a_move_to_an_address_that_is_there_leaves_one_reader(database: Database) -> None:
    token, other = joined(database), joined(database, "ana@example.org")
    database.signups.ask_to_move(token, signup("ana@example.org"), visit(), CEILINGS)

    with database.store.reading() as connection:
        query = select(signups.c.token).where(signups.c.purpose == "move")
        link = str(connection.execute(query).scalar_one())
    moved = database.signups.confirm(link, NOW + 60)

    assert moved is not None
    assert moved.token == other
    assert database.subscribers.find(ANA) is None
    assert database.leaving.leave(token, "page", "2026-11-22T00:00:00Z")  # by the old letters
    assert database.subscribers.suppression(Address.parse("ana@example.org")) is not None


def test_everything_is_told_and_nothing_of_it_is_left_after_forgetting(
    database: Database,
) -> None:
    token = joined(database, topics="energy")
    database.leaving.leave(token, "page", "2026-11-21T00:00:00Z", reason="my name is Ana")

    told = database.preferences.everything(token)

    assert told is not None
    assert told["address"] == "ana@example.net"
    assert "Harbour Watch" in str(told["decisions"])
    database.subscribers.forget(ANA, since="2026-11-22T00:00:00Z")
    assert database.preferences.everything(token) is None
    assert database.preferences.standing(token, "2026-11-22T00:00:00Z") is None
    assert [(what, reason) for what, _, reason in decisions(database)] == [
        ("joined", ""),
        ("left", ""),
        ("forgotten", ""),
    ]
    with database.store.reading() as connection:
        assert connection.execute(select(signups)).all() == []
