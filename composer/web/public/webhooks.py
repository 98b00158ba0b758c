"""`/webhooks/PROVIDER`: what providers tell us later.

The answer is given as soon as a call is written down; a thread of its own applies it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from composer.errors import StorageError
from composer.events.webhooks import Refusal
from composer.events.webhooks.sns import Fetch
from composer.intake import Intake, apply_waiting, fetch
from composer.web.public.front import LOG, Front

#: How long to wait for a database that was away before what is waiting is tried again.
_RETRY_S = 30.0
#: How long a piece of what is written down waits for calls that are not.
_GIVE_WAY_S = 0.025


def routes(front: Front) -> Sequence[BaseRoute]:
    """A route for each provider whose events the site takes in."""
    return Webhooks(front).routes


@dataclass
class Webhooks:
    """Takes calls in and has them applied. `fetcher` asks Amazon for its certificates."""

    front: Front
    fetcher: Fetch = field(default=fetch, repr=False)

    def __post_init__(self) -> None:
        self.intake = Intake(self.front.site, self.fetcher)
        self.worker = Worker(self._apply)
        self._under_way = 0
        self._quiet = threading.Event()
        self._quiet.set()

    @property
    def routes(self) -> Sequence[BaseRoute]:
        if not self.intake.sources:
            return ()
        self.worker.wake()  # for what an earlier process left
        return [
            Route(f"/webhooks/{name}", self._told, methods=["POST"], name=f"webhook-{name}")
            for name in self.intake.sources
        ]

    async def _told(self, request: Request) -> Response:
        name = request.url.path.rpartition("/")[2]
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response(status_code=400)
        self._under_way += 1
        self._quiet.clear()
        try:
            return await self._taken(name, request, body)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._quiet.set()

    async def _taken(self, name: str, request: Request, body: bytes) -> Response:
        headers = {key.lower(): value for key, value in request.headers.items()}
        try:
            kept = await run_in_threadpool(
                self.intake.take, name, headers, body, now=self.front.now()
            )
        except Refusal as refusal:
            LOG.warning("a call of %s was refused: %s", name, refusal.problem)
            return PlainTextResponse(f"{refusal.problem}\n", refusal.status)
        self.worker.wake()
        return PlainTextResponse(f"{kept}\n")

    def _apply(self) -> None:
        applied = apply_waiting(
            self.front.site,
            self.intake.sources,
            now=self.front.now(),
            # Whoever waits for an answer goes first; but not for ever.
            pause=lambda: self._quiet.wait(_GIVE_WAY_S),
        )
        for domain, reason in applied.paused.items():
            LOG.warning("%s is paused: %s", domain, reason)


@dataclass
class Worker:
    """A thread that works whenever it was woken, one piece after the other; ends by itself.

    It lives only as long as there is something to do, so that a server stops when it is told to:
    what is left undone is found by the next one.
    """

    work: Callable[[], None]
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _again: bool = False
    _thread: threading.Thread | None = None

    def wake(self) -> None:
        """There is something to do; returns at once."""
        with self._lock:
            self._again = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="events", daemon=True)
                self._thread.start()

    def idle(self, timeout_s: float = 60.0) -> bool:
        """Wait until nothing is left to do; say whether that came true."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return self._thread is None

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._again:
                    self._thread = None
                    return
                self._again = False
            try:
                self.work()
            except StorageError as error:
                LOG.error("events wait, the database is away: %s", error.problem)
                self._later()
            except Exception as error:  # noqa: BLE001 - it must go on with the next ones
                LOG.error("events wait: %s", type(error).__name__)

    def _later(self) -> None:
        timer = threading.Timer(_RETRY_S, self.wake)
        timer.daemon = True
        timer.start()
