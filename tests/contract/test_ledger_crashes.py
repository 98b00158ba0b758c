"""Killed with SIGKILL at many moments: nothing half done, and the books balance."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from composer.errors import GuardError
from composer.model.delivery import Status
from composer.storage import postgres_lock
from composer.storage.living import surely_gone
from tests.contract import dying
from tests.contract.ledgers import Desk
from tests.databases import Databases
from tests.forking import Say, forked
from tests.unit.storage.lists import addresses, bring_in, open_list

READERS = 1_000
NEW = 20_000


@pytest.fixture
def desk(folder: Path) -> Desk:
    return Desk.of(folder, READERS)


def killed(
    work: Callable[[Say, Path], None], folder: Path, *, after: int, delay_ms: int = 0
) -> bool:
    """Kill `work` when it has said `ready` so often; False when it had ended before."""
    with forked(work, folder) as child:
        for _ in range(after):
            if not child.heard():
                break
        child.process.join(delay_ms / 1000)
        child.process.kill()
        return child.end() == -signal.SIGKILL


def sound(folder: Path) -> Desk:
    """The site opened again, its database whole."""
    desk = Desk(open_list(folder))
    with desk.database.store.reading() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    return desk


def test_an_import_that_was_killed_changed_nothing_and_leaves_nothing_behind(
    desk: Desk, folder: Path
) -> None:
    before = list(desk.database.subscribers.matching())
    large = folder / "large.csv"
    rows = "".join(f"new{n}@example.org,New {n},x\n" for n in range(NEW))
    large.write_text(f"email,first_name,role\nreader0@example.org,Changed,x\n{rows}")
    kills = 0
    for after, delay_ms in ((1, 0), (2, 0), (4, 0), (5, 20), (5, 80)):
        kills += killed(dying.bring_in, folder, after=after, delay_ms=delay_ms)
        again = sound(folder)
        now = list(again.database.subscribers.matching())
        assert now == before or len(now) == READERS + NEW
        names = {p.name for p in again.database.store.folder.iterdir()}
        assert names <= {"newsletter.db", "newsletter.db-wal", "newsletter.db-shm", "list.csv"}
    assert kills >= 3
    done, refused = bring_in(sound(folder).database, large)
    assert (done.good, refused) == (NEW + 1, [])
    assert len(set(addresses(sound(folder).database.subscribers.matching()))) == READERS + NEW


def test_a_mailing_is_frozen_whole_or_not_at_all(desk: Desk, folder: Path) -> None:
    prepared = desk.prepare()
    kills = 0
    for delay_ms in (0, 10, 30, 60, 100):
        kills += killed(dying.freeze, folder, after=1, delay_ms=delay_ms)
        ledger = sound(folder).ledger
        if not ledger.mailings():
            continue
        books = ledger.books(prepared.plan.id)
        assert books.balanced
        assert books.count(Status.PLANNED) == prepared.plan.recipients
        assert ledger.discard(prepared.plan.id)
    assert kills >= 1
    assert desk.freeze(prepared).matched == READERS


def test_a_crash_leaves_an_unknown_and_never_a_silence(desk: Desk, folder: Path) -> None:
    mailing = desk.mail()
    (folder / "handed.txt").touch()
    kills = unknown = 0
    for after in (1, 2, 5, 9, 17, 33):
        if not killed(dying.deliver, folder, after=after, delay_ms=after % 3):
            break
        kills += 1
        ledger = sound(folder).ledger
        books = ledger.books(mailing.id)
        assert books.balanced
        # One group at most was in flight.
        assert books.count(Status.ATTEMPTING) <= 7
        unknown += books.count(Status.ATTEMPTING)
        assert books.count(Status.UNKNOWN) + books.count(Status.ATTEMPTING) == unknown
    assert kills >= 4
    assert not killed(dying.deliver, folder, after=10**6)

    books = desk.ledger.books(mailing.id)
    assert books.balanced
    assert books.counts == {
        Status.ACCEPTED: READERS * 9 // 10 - unknown,
        **({Status.UNKNOWN: unknown} if unknown else {}),
    }
    handed = Counter((folder / "handed.txt").read_text().split())
    assert set(handed.values()) == {1}
    lines = {line.address: line.status for line in desk.ledger.every_line(mailing.id)}
    assert {a for a, s in lines.items() if s is Status.ACCEPTED} <= handed.keys()
    assert all(lines[address] in {Status.ACCEPTED, Status.UNKNOWN} for address in handed)


@contextmanager
def sending(folder: Path) -> Iterator[None]:
    """A sender that is at work, and is killed in the end."""
    with forked(dying.deliver, folder) as child:
        child.heard()
        os.kill(child.process.pid or 0, signal.SIGSTOP)  # or it may be done before anybody looked
        yield


def test_the_lock_of_a_sender_dies_with_it(desk: Desk, folder: Path) -> None:
    mailing = desk.mail()
    with sending(folder), pytest.raises(GuardError), desk.ledger.sender(mailing.id):
        pass
    with desk.ledger.sender(mailing.id):
        pass


def test_a_server_that_learns_late_of_a_death_is_waited_for(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk.of(databases.place(tmp_path), READERS)
    mailing = desk.mail()
    with sending(tmp_path):
        # What it shares while it takes deliveries up is not the sender's lock.
        query = (
            "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
            "WHERE datname = current_database() "  # other tests have senders at the same server
            "AND objsubid = 1 AND granted AND mode = 'ExclusiveLock'"
        )
        with desk.database.store.reading() as connection:
            found = connection.exec_driver_sql(query).all()
        server_side = [int(row[0]) for row in found]
        assert len(server_side) == 1
        os.kill(server_side[0], signal.SIGSTOP)
    monkeypatch.setattr(postgres_lock, "_PAUSES_S", (0.0,))

    def learn(name: str) -> bool:
        os.kill(server_side[0], signal.SIGCONT)
        return surely_gone(name)

    monkeypatch.setattr(postgres_lock, "surely_gone", learn)
    with desk.ledger.sender(mailing.id):
        assert desk.ledger.recover(mailing.id) >= 0
