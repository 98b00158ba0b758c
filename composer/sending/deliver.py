"""Deliver a frozen mailing: the intent is written first, the outcome after it.

One thread (the caller's) owns the ledger; each provider connection has a thread of its own
and sends outcomes home one by one, so that a call that breaks off loses none that is known.
What was handed over when the process dies stays `attempting` in the ledger and becomes
`unknown` at the next run: never sent again blindly, never dropped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from math import inf

from composer.errors import ComposerError, ProviderError, StorageError
from composer.garbage import rarely_collecting
from composer.model.delivery import Delivery
from composer.model.mailing import Mailing
from composer.sending.arrivals import Arrivals, Call
from composer.sending.entries import Entries
from composer.sending.failover import Route
from composer.sending.keys import Keys
from composer.sending.ledger import Ledger
from composer.sending.message import Message
from composer.sending.orders import Wish
from composer.sending.provider import Answer, Batch, Outcome, Provider
from composer.sending.terms import Run, Terms, Waiting, Why
from composer.sending.urgency import less_urgent, ready
from composer.sending.watch import LOOK_S, Told, Watch

__all__ = ["Run", "Terms", "batch_key", "deliver"]

#: How soon to look again for what is due and in another sender's hands.
SOON_S = 0.05


def deliver(
    mailing: Mailing,
    ledger: Ledger,
    provider: Provider,
    terms: Terms,
    *,
    fallbacks: Sequence[Provider] = (),
) -> Run:
    """Deliver what is due, until nothing is left, somebody asks for an end, or a fuse blows.

    What was put off is tried again when it is due, if that is within `terms.wait_s`. One of
    `fallbacks`, in their order, takes what `provider` cannot even be asked to take.

    Raises:
        GuardError: another process is sending this mailing, or it is paused or was cancelled.
        StorageError: the ledger cannot be written; nothing more is handed over.
    """
    route = Route((provider, *fallbacks), terms.clock_s)
    with ledger.sender(mailing.id):
        became_unknown = ledger.recover(mailing.id)
        keys = Keys.of(mailing, ledger, (provider, *fallbacks), terms)
        watch = Watch(mailing, ledger, terms, partial(_give_up, route, terms))
        watch.begin()
        # What cannot become a message must be known before the first intent is written.
        messages = {
            key: Message.compile(edition, mailing.letterhead)
            for key, edition in ledger.editions(mailing.id).items()
        }
        became_unknown = max(0, became_unknown - keys.again())
        desk = _Desk(ledger, route, terms, messages, watch, keys)
        try:
            with rarely_collecting():
                desk.work(mailing.id)
        finally:
            route.close()
            with suppress(StorageError):
                keys.end()
        watch.end()
        return Run(
            count=partial(ledger.books, mailing.id),
            handed_over=desk.handed_over,
            became_unknown=became_unknown,
            failure=desk.failure or watch.failure,
            stopped=terms.stop.is_set(),
            asked=watch.asked,
            waiting=desk.waiting,
        )


def _give_up(route: Route, terms: Terms, reason: str) -> bool:
    """Go on through another provider, and say so; False when there is none."""
    was = route.current()
    if not route.give_up(reason):
        return False
    now = route.current()
    terms.say(f"{was.name if was else ''}: {reason}. Through {now.name if now else ''} now.")
    return True


class _Desk:
    """Hands batches to the provider's connections and writes down what comes back."""

    def __init__(
        self,
        ledger: Ledger,
        route: Route,
        terms: Terms,
        messages: Mapping[str, Message],
        watch: Watch,
        keys: Keys,
    ) -> None:
        self._entries = Entries(ledger, terms.pause)
        self._route = route
        self._terms = terms
        self._messages = messages
        self._watch = watch
        self._keys = keys
        self._stride = terms.stride
        self._in_flight: dict[Call, tuple[Provider, Sequence[Delivery], float]] = {}
        self._arrivals = Arrivals()
        self._open: dict[str, Delivery] = {}  #: in flight, and nothing said of them yet
        self._ask_at = -inf  #: when the ledger may have something to do; epoch seconds
        self.handed_over = 0
        self.waiting: Waiting | None = None
        self.failure: ComposerError | None = None
        self._fault: BaseException | None = None

    def work(self, mailing_id: str) -> None:
        connections = self._route.connections
        try:
            with ThreadPoolExecutor(connections, thread_name_prefix="provider") as threads:
                ready(threads, connections)
                with less_urgent():
                    self._hand_over(mailing_id, threads)
        except BaseException:
            self._keep_what_is_known()
            raise
        if self._entries.waiting:
            # The ledger still says `attempting`: the next run will call them unknown.
            raise self.failure or StorageError("the last answers could not be written down")
        if self._fault is not None:
            raise self._fault

    def _hand_over(self, mailing_id: str, threads: ThreadPoolExecutor) -> None:
        while True:
            pause_s = self._fill(mailing_id, threads)
            if self._entries.waiting:
                self._write_down()  # nothing was taken up that they could have been written with
            if self._in_flight:
                self._settle(pause_s)
            elif not self._going or not self._wait(pause_s):
                return

    def _fill(self, mailing_id: str, threads: ThreadPoolExecutor) -> float | None:
        """Hand over as much as may go; for how long there is nothing more to do at most."""
        self._watch.look()
        while self._going:
            provider = self._route.current()
            if provider is None:
                self.failure = self._route.failure
                break
            if len(self._in_flight) >= provider.capabilities.connections:
                break
            if (left_s := self._ask_at - self._terms.clock()) > 0:
                return min(left_s, LOOK_S)
            batch = self._next_batch(mailing_id, provider)
            if batch is None:
                continue
            self._open.update((delivery.id, delivery) for delivery in batch.deliveries)
            call = threads.submit(provider.deliver, batch)
            self._in_flight[call] = provider, batch.deliveries, self._terms.clock_s()
            call.add_done_callback(self._arrivals.ended)
        return None

    def _wait(self, pause_s: float | None) -> bool:
        """With nothing in flight, wait for what is due; say whether there is anything."""
        left_s = pause_s or 0.0
        if self._terms.clock() < self._ask_at:
            provider = self._route.current()
            waiting = self._watch.next_at(provider.name) if provider else None
            if waiting is None:
                self._ask_at = -inf
                return self._keys.again() > 0
            self._ask_at = waiting.at
            left_s = waiting.at - self._terms.clock()
            if self._is_over(waiting, left_s):
                self.waiting = waiting
                return False
            if waiting.why is not Why.RATE:
                self._terms.waiting(waiting)
        rest = self._terms.rest or self._terms.stop.wait
        rest(min(max(left_s, SOON_S), LOOK_S))
        return True

    def _is_over(self, waiting: Waiting, left_s: float) -> bool:
        """Whether the run ends instead; to keep to a rate is no waiting, but how it goes."""
        if waiting.why is Why.RATE:
            return self._terms.others_turn()
        return left_s > self._terms.wait_s

    def _keep_what_is_known(self) -> None:
        """We fall; the calls have ended by now, and what they said must not become unknown."""
        self._entries.keep([outcome for _, outcome in self._come_home(0.0)])

    @property
    def _going(self) -> bool:
        wanted = self._watch.asked.wish is Wish.NONE and self._watch.failure is None
        stopped = self._terms.stop.is_set()
        return self.failure is None and self._fault is None and not stopped and wanted

    def _ends(self) -> bool:
        return not self._going

    def _next_batch(self, mailing_id: str, provider: Provider) -> Batch | None:
        """The next intents; when there are none, `_ask_at` says when to ask again."""
        limit = self._stride.limit(provider.capabilities.batch_size)
        try:
            self._watch.wake()
            bounds = self._watch.bounds
            deliveries = tuple(self._entries.begin(mailing_id, limit, provider.name, bounds))
            if not deliveries:
                waiting = self._watch.next_at(provider.name)
                # What is due and not to be had is in another sender's hands for a moment.
                soon = self._terms.clock() + SOON_S
                self._ask_at = max(waiting.at, soon) if waiting else inf
                return None
        except StorageError as error:
            # Nothing was written and nothing is handed over; what is in flight comes home.
            if self._entries.waiting:
                self._write_down()  # known outcomes are worth waiting for; then we try again
            else:
                self.failure = error
            return None
        message = self._messages[str(deliveries[0].recipient.edition)]
        key, at = batch_key(deliveries), self._terms.now()
        told, ends = self._arrivals.told, self._ends
        return Batch(key, message, deliveries, at, told=told, ends=ends)

    def _settle(self, pause_s: float | None) -> None:
        """Wait for the next outcomes, at most `pause_s`, and write them down together."""
        if told := self._come_home(pause_s):
            self.handed_over += len(told)
            due = self._watch.due_of(told)
            self._ask_at = min(self._ask_at, *due.values(), inf)
            problem = self._entries.add([outcome for _, outcome in told], due)
            self.failure = problem or self.failure
            self._terms.progress(len(told) - len(due))  # those come again
            if self.failure is None:
                self._watch.judge(told)

    def _come_home(self, pause_s: float | None) -> list[Told]:
        """Each outcome once, whether it was told or came with its call."""
        outcomes, calls = self._arrivals.wait(pause_s)
        told = [
            (delivery, outcome)
            for outcome in outcomes
            if (delivery := self._open.pop(outcome.delivery_id, None)) is not None
        ]
        for call in calls:
            told += self._answers(call, *self._in_flight.pop(call))
        return told

    def _write_down(self) -> None:
        self.failure = self._entries.write() or self.failure

    def _give_back(self, deliveries: Sequence[Delivery]) -> None:
        problem = self._entries.undo(deliveries)
        self.failure = self.failure or problem

    def _answers(
        self, call: Call, provider: Provider, deliveries: Sequence[Delivery], since_s: float
    ) -> Sequence[Told]:
        """What a call that is done says beyond what it told before."""
        self._stride.took(self._terms.clock_s() - since_s, len(deliveries))
        left = [d for d in deliveries if self._open.pop(d.id, None) is not None]
        error = call.exception()
        if error is None:
            self._route.answered(provider)
            by_id = {delivery.id: delivery for delivery in left}
            said = [(by_id[o.delivery_id], o) for o in call.result() if o.delivery_id in by_id]
            self._give_back([of for of, outcome in said if outcome.answer is Answer.LEFT])
            return [told for told in said if told[1].answer is not Answer.LEFT]
        if isinstance(error, ProviderError | StorageError):
            # Nothing of the batch was taken: nobody is to blame, and nobody is marked.
            self._give_back(left)
            self._ask_at = -inf
            self._route.fell(provider, error)
            self.failure = self.failure or self._route.failure
            if self.failure is None and (other := self._route.current()):
                self._terms.say(f"{provider.name}: {error.problem}. Through {other.name} now.")
            return ()
        # A fault of ours: how far the call came, nobody knows, and the ledger says so.
        self._fault = error
        reason = f"internal error: {type(error).__name__}"
        return [(d, Outcome(d.id, Answer.UNKNOWN, reason=reason)) for d in left]


def batch_key(deliveries: Sequence[Delivery]) -> str:
    """The same for the same deliveries at the same attempt: an idempotency key."""
    seen = hashlib.sha256()
    for delivery in deliveries:
        seen.update(f"{delivery.id}/{delivery.attempt}\n".encode())
    return seen.hexdigest()[:32]
