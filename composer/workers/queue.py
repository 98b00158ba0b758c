"""The queue of shares, on Procrastinate: no other module knows that it is there."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import procrastinate
import psycopg
from procrastinate import JobContext, exceptions, jobs, retry
from sqlalchemy import Connection, Engine

from composer.sending.fleet import GONE_S
from composer.sending.ledger import Share
from composer.storage.database import Database
from composer.workers.putback import PutBack
from composer.workers.queue_schema import install

_QUEUE = "newsletter"
_TASK = "deliver a share"
_WAITING = (
    "SELECT queueing_lock FROM procrastinate_jobs"
    " WHERE queue_name = 'newsletter' AND status IN ('todo', 'doing')"
)
#: What goes at a rate keeps its workers long: everything else goes first.
_SLOW = "SELECT id FROM mailings WHERE rate <> '' AND id = ANY(%s)"
#: A share that its worker has let go of, and that the queue still believes to be in its hands.
_FORGOTTEN = (
    "SELECT count(*) AS count FROM procrastinate_jobs"
    " WHERE id = %(job)s AND status = 'doing' AND worker_id = %(worker)s"
)
_HEARTBEAT_S = 2.5
_RESCUE_S = 2.0
_POLL_S = 2.0
#: Until what became of a share must have been written down.
_WRITTEN_S = 5.0
#: Until a server that went away is asked again.
_RETURN_S = 1.0

#: Delivers one share; raises `PutBack` when it is to be taken up again.
Work = Callable[[Share], None]


class _Again(retry.BaseRetryStrategy):
    """Nothing in the queue is ever given up: the ledger says when a share is done."""

    def get_retry_decision(
        self, *, exception: BaseException, job: jobs.Job
    ) -> retry.RetryDecision | None:
        del job
        after_s = exception.after_s if isinstance(exception, PutBack) else 30.0
        return retry.RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=after_s))


@dataclass
class Queue:
    """Shares that wait for a worker."""

    database: Database
    _app: procrastinate.App = field(init=False, repr=False)
    #: Job → its worker there, and when it was let go of (monotonic seconds).
    _let_go: dict[int, tuple[int | None, float]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        options = _options(self.database.store.engine)
        connector = procrastinate.PsycopgConnector(kwargs=options, min_size=1, max_size=4)
        self._app = procrastinate.App(connector=connector)

    @classmethod
    def open(cls, database: Database) -> Queue:
        """The queue beside the ledger; its tables are made when they are missing.

        Raises:
            GuardError: another program's queue stands in its place.
        """
        install(database)
        return cls(database)

    def hand_on(self, shares: Sequence[Share], connection: object) -> None:
        """Put in those that are not in it; over `connection`, and so within its transaction."""
        driver: Any = connection
        there = {row[0] for row in driver.execute(_WAITING)}
        mailings = list({share.mailing_id for share in shares})
        slow = {row[0] for row in driver.execute(_SLOW, (mailings,))}
        new = [
            jobs.Job(
                queue=_QUEUE,
                task_name=_TASK,
                priority=-1 if share.mailing_id in slow else 0,
                lock=str(share),
                queueing_lock=str(share),
                task_kwargs={
                    "mailing": share.mailing_id,
                    "first": share.first,
                    "last": share.last,
                },
            )
            for share in shares
            if str(share) not in there
        ]
        if new:
            self._app.job_manager.batch_defer_jobs(new, connection=driver)

    def waiting(self, connection: Connection) -> frozenset[str]:
        """The names of the shares in it, and of those being delivered."""
        return frozenset(connection.exec_driver_sql(_WAITING).scalars())

    def serve(self, work: Work, stop: threading.Event, tell: Callable[[str], None]) -> None:
        """Take up one share after the other until `stop` is set; then finish the one in hand.

        Shares of workers that are not heard of any more are put back for everybody. When the
        server goes away, this goes on by itself as soon as it is back.
        """

        def deliver(context: JobContext, mailing: str, first: int, last: int) -> None:
            job = context.job
            self._let_go.pop(job.id or 0, None)
            try:
                work(Share(mailing, first, last))
            finally:
                self._let_go[job.id or 0] = job.worker_id, time.monotonic()

        self._app.task(name=_TASK, queue=_QUEUE, retry=_Again(), pass_context=True)(deliver)
        _silence()
        asyncio.run(self._serve(stop, tell))

    async def _serve(self, stop: threading.Event, tell: Callable[[str], None]) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        well = True
        while not stop.is_set():
            try:
                async with self._app.open_async():
                    if not well:
                        tell("the database is back")
                    well = True
                    await self._work(stop)
            except (exceptions.ConnectorException, psycopg.Error):
                if well and not stop.is_set():
                    tell("the database is away: waiting for it")
                well = False
            if not stop.is_set():
                await asyncio.sleep(_RETURN_S)

    async def _work(self, stop: threading.Event) -> None:
        worker = asyncio.create_task(
            self._app.run_worker_async(
                queues=[_QUEUE],
                concurrency=1,
                install_signal_handlers=False,
                delete_jobs="always",
                fetch_job_polling_interval=_POLL_S,
                update_heartbeat_interval=_HEARTBEAT_S,
                stalled_worker_timeout=GONE_S,
            )
        )
        rescue = asyncio.create_task(self._rescue())
        stopped = asyncio.create_task(_is_set(stop))
        try:
            await asyncio.wait({worker, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not worker.done():
                worker.cancel()  # it finishes what it has in hand
            with suppress(asyncio.CancelledError):
                await worker
        finally:
            rescue.cancel()
            stopped.cancel()

    async def _rescue(self) -> None:
        """Put back what a worker had in hand that is not heard of any more.

        And what this one has let go of while nothing could be written down: as long as it lives,
        nobody else would take that for forgotten.
        """
        manager = self._app.job_manager
        while True:
            await asyncio.sleep(_RESCUE_S)
            with suppress(exceptions.ConnectorException, psycopg.Error):
                for job in await manager.get_stalled_jobs(
                    queue=_QUEUE, seconds_since_heartbeat=GONE_S
                ):
                    await manager.retry_job(job)
                for job_id, (worker, since_s) in list(self._let_go.items()):
                    if time.monotonic() - since_s > _WRITTEN_S:
                        await self._put_back(job_id, worker)
                        self._let_go.pop(job_id, None)

    async def _put_back(self, job_id: int, worker: int | None) -> None:
        found = await self._app.connector.execute_query_one_async(
            _FORGOTTEN, job=job_id, worker=worker
        )
        if found["count"]:
            now = datetime.now(UTC)
            await self._app.job_manager.retry_job_by_id_async(job_id=job_id, retry_at=now)


async def _is_set(stop: threading.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(0.1)


def _options(engine: Engine) -> dict[str, Any]:
    """How to reach the database, as psycopg is told it."""
    _, options = engine.dialect.create_connect_args(engine.url)
    return {
        "connect_timeout": 10,
        "application_name": "newsletter queue",
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        **options,
    }


def _silence() -> None:
    """What goes wrong is told by us, in a line."""
    for name in ("procrastinate", "psycopg.pool"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
