"""No statement changes a line and leaves the tally from before: all are found, and all are run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from composer.events.event import Event, Kind, key_of
from composer.model.ab_test import AbTest, Decision, Figure, Why
from composer.model.address import Address
from composer.model.delivery import Status
from composer.model.joining import Verdict
from composer.model.mailing import Mailing
from composer.sending.choice import Course
from composer.sending.orders import Bounds, Wish
from composer.sending.provider import Answer, Outcome
from tests.contract.changes import callers, holders, watched
from tests.contract.ledgers import NOW, Desk
from tests.contract.test_tallies import begin_anew, kept, recounted
from tests.unit.storage.test_readers import CEILINGS, signup, token_of, visit
from tests.unit.storage.test_readers import NOW as SECONDS

READERS = 12
NEW = "elsewhere@example.net"
LATER = Status.DEFERRED
POLICY = "554 5.7.1 not from there"
#: Of what these change, at least one line is planned or under way: there is no tally then.
MOVING = {
    "agenda.SqlAgenda.decide": "what waits for a decision is planned",
    "attempts._allowed": "what is put off is planned",
    "groups.exclude": "a claim looks at what is planned",
    "groups.attempt": "a claim takes what is planned",
    "groups.give_back": "what is given back is under way",
    "groups.settle": "what has an answer is under way",
}
#: The lines begin or end with their mailing, and its tally with them.
WITH_MAILING = {"mailings.forgotten", "postgres_import.add_lines", "sqlite.SqliteFile.add_lines"}
#: They do not know whose lines they change: whoever calls them drops.
FOR_OTHERS = {"consequences.settle"}


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    made = Desk.of(folder, READERS)
    yield made
    made.database.store.engine.dispose()


def droppers() -> set[str]:
    return set(holders()) - set(MOVING) - WITH_MAILING


def test_whoever_changes_lines_drops_their_tally_or_says_why_not() -> None:
    found = holders()
    known = set(MOVING) | WITH_MAILING | FOR_OTHERS

    assert known <= set(found), "what is listed here holds no such statement any more"
    forgetful = [name for name, one in found.items() if not one.drops and name not in known]
    assert forgetful == []
    for name in FOR_OTHERS:
        calling = callers(name)
        assert calling
        assert all(one.drops for one in calling), name


def test_statements_are_found_however_they_are_written(tmp_path: Path) -> None:
    source = """
_SQL = "UPDATE " "deliveries SET status = 'refused'"
_REST = _SQL + " WHERE id = ?"
_INSERT = f"INSERT INTO deliveries ({', '.join(COLUMNS)}) VALUES (?)"
def by_text(c): c.exec_driver_sql("DELETE FROM deliveries WHERE id = 1")
def by_name(c): c.exec_driver_sql(_REST)
def by_another_name(c): c.exec_driver_sql(_INSERT)
def by_expression(c): c.execute(update(deliveries).values(status="x"))
def by_dialect(c): c.execute(insert(c, tables.deliveries).values(status="x"))
def by_copy(c): copy_into(c, "deliveries")
def reads(c): return c.execute(select(deliveries))
class Room:
    def within(self, c):
        tallies.drop(c, [1])
        def later(): c.execute(delete(deliveries))
"""
    (tmp_path / "room.py").write_text(source)

    found = holders(tmp_path)

    by = [f"room.by_{how}" for how in ("text", "name", "another_name", "expression", "dialect")]
    assert set(found) == {*by, "room.by_copy", "room.Room.within"}
    assert [name for name, one in found.items() if one.drops] == ["room.Room.within"]


# --- everything that can happen, once -------------------------------------------------------


def at_rest(desk: Desk, answer: Answer = Answer.ACCEPTED) -> Mailing:
    """A mailing that is over, with two lines in `answer`, and counted."""
    mailing = desk.mail()
    batch = desk.ledger.begin(mailing.id, 2)
    desk.ledger.finish([Outcome(d.id, answer, reason=POLICY) for d in batch])
    desk.send_all(mailing.id)
    desk.database.figures.keep(mailing.id)
    assert kept(desk, mailing) is not None
    return mailing


def resolve(desk: Desk) -> Mailing:
    mailing = at_rest(desk, Answer.UNKNOWN)
    assert desk.ledger.resolve(mailing.id, Status.ACCEPTED) == 2
    return mailing


def cancel(desk: Desk) -> Mailing:
    mailing = at_rest(desk, Answer.DEFERRED)
    desk.ledger.orders.ask(mailing.id, Wish.CANCEL)
    assert desk.ledger.orders.exclude_left(mailing.id) == 2
    return mailing


def reopen(desk: Desk) -> Mailing:
    mailing = at_rest(desk, Answer.REFUSED)
    assert desk.ledger.orders.reopen(mailing.id, "", since=0, due=0) == 2
    return mailing


def tell(desk: Desk) -> Mailing:
    mailing = at_rest(desk, Answer.UNKNOWN)
    lines = [line for line in desk.ledger.every_line(mailing.id) if line.status is Status.UNKNOWN]
    kinds = (Kind.DELIVERED, Kind.REJECTED)
    told = [
        Event(key_of(line.delivery_id), kind, NOW, line.delivery_id)
        for line, kind in zip(lines, kinds, strict=True)
    ]
    applied = desk.database.events.apply("sendgrid", told, now=NOW)
    assert applied is not None
    assert applied.settled == 2
    return mailing


def forget(desk: Desk) -> Mailing:
    mailing = at_rest(desk, Answer.REFUSED)
    for n in range(READERS):
        desk.database.subscribers.forget(Address(f"reader{n}", "example.org"), since=NOW)
    return mailing


def redirect(desk: Desk) -> Mailing:
    """What is deferred and waits for a person goes to the reader's new address."""
    mailing = at_rest(desk, Answer.DEFERRED)
    deferred = [line.address for line in desk.ledger.every_line(mailing.id) if line.status is LATER]
    reader = desk.database.audience.reader(Address.parse(deferred[0]), issue_id="2026-014")
    assert reader is not None
    asked = desk.database.signups.ask_to_move(reader.token, signup(NEW), visit(), CEILINGS)
    assert asked is Verdict.TAKEN
    assert desk.database.signups.confirm(token_of(desk.database, NEW), SECONDS + 60)
    return mailing


def put_off(desk: Desk) -> None:
    mailing = desk.mail()
    held = Bounds(held=dict.fromkeys(("example.org", "example.net"), SECONDS * 2))
    assert desk.ledger.begin(mailing.id, 1, bounds=held) == []


def give_back(desk: Desk) -> None:
    """And one is suppressed while the others are taken up."""
    mailing = desk.mail()
    desk.suppress(1)
    desk.ledger.give_back(desk.ledger.begin(mailing.id, READERS))
    desk.send_all(mailing.id)


def decide(desk: Desk) -> None:
    mailing = desk.mail(course=Course(ab_test=AbTest(percent=40, wait_s=3_600)))
    assert mailing.contest is not None
    figures = {"a": Figure(5, 1), "b": Figure(6, 3)}
    made = Decision("b", Why.BEST, NOW, figures)
    assert desk.database.agenda.decide(mailing.id, mailing.contest, made, 0)


def discard(desk: Desk) -> None:
    assert desk.ledger.discard(desk.mail().id)


PASSING = (put_off, give_back, decide, discard)
#: What can become of a mailing that is over, and has a tally.
RESTING = (resolve, cancel, reopen, tell, forget, redirect)


def test_every_statement_that_changes_lines_is_run_and_leaves_no_old_tally(desk: Desk) -> None:
    """One that is added must be played here: on what is at rest, or while something moves."""
    engine = desk.database.store.engine
    ran, resting = set[str](), set[str]()
    for play in (*RESTING, *PASSING):
        with watched(engine) as seen:
            mailing = play(desk)

        assert seen.strangers == set()
        assert seen.resting <= droppers()
        if mailing is not None:
            assert seen.resting, f"{play.__name__} would prove nothing"
            found = kept(desk, mailing)
            assert found is None or found == recounted(desk, mailing)
            assert desk.ledger.books(mailing.id).balanced
        ran |= seen.ran
        resting |= seen.resting
        begin_anew(desk)

    other = "sqlite." if engine.dialect.name == "postgresql" else "postgres_import."
    copied = {"postgres_import.add_lines"}  # COPY is no statement of the kind that is watched
    assert resting == droppers()
    assert ran >= {name for name in holders() if not name.startswith(other)} - copied
