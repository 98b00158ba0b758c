"""Deliver a frozen mailing: the intent is written first, the outcome after it.

One thread (the caller's) owns the ledger; each provider connection has a thread of its own
and sends outcomes home one by one, so that a call that breaks off loses none that is known.
What was handed over when the process dies stays `attempting` in the ledger and becomes
`unknown` at the next run: never sent again blindly, never dropped.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from composer.errors import ComposerError, ProviderError, StorageError
from composer.model.delivery import Delivery
from composer.model.mailing import Books, Mailing
from composer.sending.arrivals import Arrivals, Call
from composer.sending.ledger import Ledger
from composer.sending.message import Message
from composer.sending.pace import Pace, Rate
from composer.sending.provider import Answer, Batch, Outcome, Provider

#: How long to wait before another try at writing down what the provider said.
WRITING_PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


@dataclass(frozen=True, slots=True)
class Terms:
    """How to deliver. `stop` is set from a signal handler; what is in flight is then finished."""

    stop: threading.Event = field(default_factory=threading.Event)
    rate: Rate | None = None
    progress: Callable[[int], None] = lambda _: None  #: told how many deliveries got an outcome
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock_s: Callable[[], float] = time.monotonic
    pause: Callable[[float], object] = time.sleep


@dataclass(frozen=True, slots=True)
class Run:
    """How a run ended. `failure` is set when the provider could not go on at all."""

    books: Books
    handed_over: int  #: deliveries that got an outcome in this run
    became_unknown: int  #: left `attempting` by an earlier run that died
    failure: ComposerError | None = None
    stopped: bool = False


def deliver(mailing: Mailing, ledger: Ledger, provider: Provider, terms: Terms) -> Run:
    """Deliver what is planned or deferred, until nothing is left or `terms.stop` is set.

    Raises:
        GuardError: another process is sending this mailing.
        StorageError: the ledger cannot be written; nothing more is handed over.
    """
    with ledger.sender(mailing.id):
        became_unknown = ledger.recover(mailing.id)
        # What cannot become a message must be known before the first intent is written.
        messages = {
            key: Message.compile(edition, mailing.letterhead)
            for key, edition in ledger.editions(mailing.id).items()
        }
        ledger.retry_deferred(mailing.id)
        desk = _Desk(ledger, provider, terms, messages)
        try:
            desk.work(mailing.id)
        finally:
            provider.close()
        return Run(
            books=ledger.books(mailing.id),
            handed_over=desk.handed_over,
            became_unknown=became_unknown,
            failure=desk.failure,
            stopped=terms.stop.is_set(),
        )


class _Desk:
    """Hands batches to the provider's connections and writes down what comes back."""

    def __init__(
        self,
        ledger: Ledger,
        provider: Provider,
        terms: Terms,
        messages: Mapping[str, Message],
    ) -> None:
        self._ledger = ledger
        self._provider = provider
        self._terms = terms
        self._messages = messages
        self._in_flight: dict[Call, Sequence[Delivery]] = {}
        self._arrivals = Arrivals()
        self._known: set[str] = set()  #: told before their call was done
        self._unwritten: list[Outcome] = []
        self.handed_over = 0
        self.failure: ComposerError | None = None
        self._fault: BaseException | None = None

    def work(self, mailing_id: str) -> None:
        connections = self._provider.capabilities.connections
        try:
            with ThreadPoolExecutor(connections, thread_name_prefix="provider") as threads:
                self._hand_over(mailing_id, threads)
        except BaseException:
            self._keep_what_is_known()
            raise
        if self._unwritten:
            # The ledger still says `attempting`: the next run will call them unknown.
            raise self.failure or StorageError("the last answers could not be written down")
        if self._fault is not None:
            raise self._fault

    def _hand_over(self, mailing_id: str, threads: ThreadPoolExecutor) -> None:
        able = self._provider.capabilities
        rate = self._terms.rate
        limit = rate.batch_size(able.batch_size) if rate else able.batch_size
        pace = Pace(rate, self._terms.clock_s)
        more = True
        while (more and self._going) or self._in_flight:
            pause_s: float | None = None
            while more and self._going and len(self._in_flight) < able.connections:
                if (pause_s := pace.wait_s() or None) is not None:
                    break
                batch = self._next_batch(mailing_id, limit)
                if batch is None:
                    more = False
                    break
                pace.spent(len(batch.deliveries))
                call = threads.submit(self._provider.deliver, batch)
                self._in_flight[call] = batch.deliveries
                call.add_done_callback(self._arrivals.ended)
            self._settle(pause_s)

    def _keep_what_is_known(self) -> None:
        """We fall; the calls have ended by now, and what they said must not become unknown."""
        with suppress(StorageError):
            self._ledger.finish([*self._unwritten, *self._come_home(0.0)])

    @property
    def _going(self) -> bool:
        stopped = self._terms.stop.is_set()
        return self.failure is None and self._fault is None and not stopped

    def _next_batch(self, mailing_id: str, limit: int) -> Batch | None:
        try:
            name = self._provider.name
            deliveries = tuple(self._ledger.begin(mailing_id, limit, provider=name))
        except StorageError as error:
            # Nothing was written and nothing is handed over; what is in flight comes home.
            self.failure = error
            return None
        if not deliveries:
            return None
        message = self._messages[str(deliveries[0].recipient.edition)]
        key, at = batch_key(deliveries), self._terms.now()
        return Batch(key, message, deliveries, at, told=self._arrivals.told)

    def _settle(self, pause_s: float | None) -> None:
        """Wait for the next outcomes, at most `pause_s`, and write them down together."""
        if not self._in_flight:
            self._terms.stop.wait(pause_s or 0)
            return
        if outcomes := self._come_home(pause_s):
            self.handed_over += len(outcomes)
            self._write_down(outcomes)
            self._terms.progress(len(outcomes))

    def _come_home(self, pause_s: float | None) -> list[Outcome]:
        """Each outcome once, whether it was told or came with its call."""
        outcomes, calls = self._arrivals.wait(pause_s)
        self._known.update(outcome.delivery_id for outcome in outcomes)
        for call in calls:
            outcomes += self._answers(call, self._in_flight.pop(call))
        return outcomes

    def _write_down(self, outcomes: Sequence[Outcome]) -> None:
        """Commit outcomes; they are known, and worth waiting for a lock or for room on a disk."""
        self._unwritten += outcomes
        problem: StorageError | None = None
        for pause_s in WRITING_PAUSES_S:
            try:
                self._ledger.finish(self._unwritten)
            except StorageError as error:
                problem = error
                self._terms.pause(pause_s)
            else:
                self._unwritten.clear()
                return
        self.failure = problem

    def _answers(self, call: Call, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """What a call that is done says beyond what it told before."""
        known = self._known & {delivery.id for delivery in deliveries}
        self._known -= known
        left = [delivery for delivery in deliveries if delivery.id not in known]
        error = call.exception()
        if error is None:
            return [outcome for outcome in call.result() if outcome.delivery_id not in known]
        if isinstance(error, ProviderError | StorageError):
            # Nothing of the batch was taken: nobody is to blame, and nobody is marked.
            self._ledger.give_back(left)
            self.failure = error
            return ()
        # A fault of ours: how far the call came, nobody knows, and the ledger says so.
        self._fault = error
        reason = f"internal error: {type(error).__name__}"
        return [Outcome(d.id, Answer.UNKNOWN, reason=reason) for d in left]


def batch_key(deliveries: Sequence[Delivery]) -> str:
    """The same for the same deliveries at the same attempt: an idempotency key."""
    seen = hashlib.sha256()
    for delivery in deliveries:
        seen.update(f"{delivery.id}/{delivery.attempt}\n".encode())
    return seen.hexdigest()[:32]
