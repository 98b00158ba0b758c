"""The queue's tables, and the shares that are put into it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from composer.errors import GuardError
from composer.model.rate import Rate
from composer.sending.choice import Course
from composer.sending.ledger import Share
from composer.storage import shares
from composer.storage.database import Database
from composer.workers import queue as queue_module
from composer.workers import queue_schema
from composer.workers.putback import PutBack
from composer.workers.queue import Queue
from composer.workers.queue_schema import install, steps
from tests.contract.ledgers import Desk
from tests.databases import Databases
from tests.unit.storage.lists import open_list

WHAT = """
SELECT 'function', p.proname, md5(prosrc) FROM pg_proc AS p
    WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'column', table_name || '.' || column_name, data_type || is_nullable
    FROM information_schema.columns WHERE table_name LIKE 'procrastinate%'
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'procrastinate%'
UNION ALL SELECT 'comment', 'jobs', obj_description('procrastinate_jobs'::regclass, 'pg_class')
ORDER BY 1, 2, 3
"""


def tables_of(database: Database) -> Sequence[object]:
    with database.store.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(WHAT.replace("%", "%%"))]


@pytest.fixture
def database(databases: Databases, tmp_path: Path) -> Database:
    return open_list(databases.place(tmp_path / "site"))


def test_several_workers_may_make_the_tables_at_once(databases: Databases, tmp_path: Path) -> None:
    folder = databases.place(tmp_path / "site")
    opened = [open_list(folder) for _ in range(4)]
    failed: list[BaseException] = []

    def make(database: Database) -> None:
        try:
            install(database)
        except BaseException as error:  # noqa: BLE001 - told by the test below
            failed.append(error)

    threads = [threading.Thread(target=make, args=(database,)) for database in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(tables_of(opened[0])) > 40


def test_older_tables_are_brought_up_to_date(databases: Databases, tmp_path: Path) -> None:
    fresh = open_list(databases.place(tmp_path / "fresh"))
    install(fresh)
    old = open_list(databases.place(tmp_path / "old"))
    before = [name for name in steps() if name < "03.02"]
    assert 30 < len(before) < len(steps())
    for name in before:
        with old.store.writing() as connection:
            queue_schema._run(connection, queue_schema._sql().joinpath("migrations", name))  # noqa: SLF001
            if name == before[-1]:
                queue_schema._note(connection, name)  # noqa: SLF001
    install(old)
    # What older versions left behind may stay; what this version asks for must be there.
    assert set(tables_of(fresh)) <= set(tables_of(old))


def test_tables_of_a_newer_version_are_left_alone(database: Database) -> None:
    install(database)
    with database.store.writing() as connection:
        queue_schema._note(connection, "99.00.00_01_later.sql")  # noqa: SLF001
    before = tables_of(database)
    install(database)
    assert tables_of(database) == before


def test_another_programs_queue_is_not_touched(database: Database) -> None:
    install(database)
    with database.store.writing() as connection:
        connection.exec_driver_sql("COMMENT ON TABLE procrastinate_jobs IS NULL")
    with pytest.raises(GuardError) as caught:
        install(database)
    assert "another program" in caught.value.problem
    assert "search_path" in caught.value.hint


def test_the_queue_and_the_ledger_cannot_disagree(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "LEAST", 10)
    desk = Desk.of(databases.place(tmp_path / "site"), 30)
    queue = Queue.open(desk.database)

    def waiting() -> frozenset[str]:
        with desk.database.store.reading() as connection:
            return queue.waiting(connection)

    def fall(some: Sequence[Share], connection: object) -> None:
        queue.hand_on(some, connection)
        raise RuntimeError

    prepared = desk.prepare()
    with pytest.raises(RuntimeError):
        desk.freeze(prepared, hand_on=fall)
    assert waiting() == frozenset()
    assert desk.ledger.mailings() == []
    mailing = desk.freeze(prepared, hand_on=queue.hand_on)
    named = {str(share) for share in desk.ledger.shares(mailing.id)}
    assert len(named) == 3
    assert waiting() == named
    assert desk.database.fleet.hand_on(mailing.id, queue.hand_on) == 3
    assert waiting() == named
    with desk.database.store.reading() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM procrastinate_jobs").scalar()
    assert found == 3


def test_what_goes_at_a_rate_lets_everything_else_go_first(
    databases: Databases, tmp_path: Path
) -> None:
    desk = Desk.of(databases.place(tmp_path / "site"), 30)
    queue = Queue.open(desk.database)
    slow = desk.freeze(desk.prepare("board", course=Course(rate=Rate(1))), hand_on=queue.hand_on)
    quick = desk.freeze(desk.prepare(), hand_on=queue.hand_on)

    with desk.database.store.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT args ->> 'mailing', priority FROM procrastinate_jobs ORDER BY id"
        ).all()
    assert [tuple(row) for row in rows] == [(slow.id, -1), (quick.id, 0)]


def test_what_could_not_be_written_down_goes_on_with_the_same_worker(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is away when a share is let go of: the queue believes that it is in hand."""
    monkeypatch.setattr(queue_module, "_WRITTEN_S", 0.2)
    monkeypatch.setattr(queue_module, "_RESCUE_S", 0.1)
    queue = Queue.open(database)
    share = Share("m-1", 1, 500)
    with database.store.writing() as connection:
        queue.hand_on([share], connection.connection.driver_connection)
    written = JobManager.retry_job
    lost: list[int] = []

    async def away(self: JobManager, job: Job, **options: Any) -> None:
        if not lost:
            lost.append(job.id or 0)
            raise ConnectorException
        await written(self, job, **options)

    monkeypatch.setattr(JobManager, "retry_job", away)
    stop = threading.Event()
    done: list[Share] = []

    def work(taken: Share) -> None:
        done.append(taken)
        if len(done) == 1:
            raise PutBack(0)
        stop.set()

    limit = threading.Timer(60, stop.set)
    limit.start()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(queue.serve, work, stop, lambda _: None).result()
    limit.cancel()
    assert (len(lost), done) == (1, [share, share])
    with database.store.reading() as connection:
        assert queue.waiting(connection) == frozenset()
