"""One batch on its way through the API: sent, halved, sent again, until everyone has an answer.

Sending again is only ever done after an answer that says that nobody of the call was taken.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from composer.errors import ComposerError, Misconfigured, ProviderError
from composer.model.delivery import Delivery
from composer.providers.outcomes import (
    accepted,
    deferred,
    not_written,
    nothing_taken,
    refused,
    unknown,
)
from composer.providers.sendgrid.answers import HttpAnswer, Kind, Lost, Meaning, meaning_of, wait_of
from composer.providers.sendgrid.body import Bodies, is_too_long
from composer.providers.sendgrid.tally import REFUSALS, Tally
from composer.sending.message import Message
from composer.sending.provider import Answer, Batch, Outcome

#: Requests for one batch: enough to find a handful of culprits among 500 by halving.
MAX_REQUESTS = 80
MAX_WAITS = 5
MAX_LOSSES = 2


class Api(Protocol):
    """What a call needs of the client."""

    def send(self, body: bytes) -> HttpAnswer: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """`pause` waits so many seconds, and returns True when the provider was closed meanwhile.

    `tally` and `bodies` are the same for all calls of a run.
    """

    sandbox: bool
    patience_s: float
    pause: Callable[[float], bool]
    bodies: Callable[[Message], Bodies]
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True)
class _Part:
    """Deliveries of one request; `merged` when it holds one, with its values filled in here."""

    deliveries: tuple[Delivery, ...]
    merged: bool = False

    def without(self, positions: set[int]) -> _Part:
        return _Part(tuple(d for n, d in enumerate(self.deliveries) if n not in positions))

    def halves(self) -> tuple[_Part, _Part]:
        middle = len(self.deliveries) // 2
        return _Part(self.deliveries[:middle]), _Part(self.deliveries[middle:])


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A delivery that was named, or refused alone; `sure` when it was for its address."""

    delivery: Delivery
    reason: str
    sure: bool = False


class Call:
    """Used once."""

    def __init__(self, api: Api, terms: Terms, batch: Batch) -> None:
        self._api = api
        self._terms = terms
        self._batch = batch
        self._bodies = terms.bodies(batch.message)
        self._personalizations: dict[str, str] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._suspects: list[_Suspect] = []
        self._rounds = 0  #: answers that named somebody
        self._waits = 0
        self._waited_s = 0.0
        self._losses = 0
        self._queue: deque[_Part] = deque()

    def run(self) -> Sequence[Outcome]:
        """One outcome for each delivery, in order.

        Raises:
            Unreachable, Misconfigured: nothing of the batch was taken.
        """
        self._queue.extend(self._parts())
        requests = 0
        try:
            self._terms.tally.refuse_to_go_on()
            while self._queue:
                requests += 1
                if requests > MAX_REQUESTS:
                    self._defer_rest("too many refusals that do not say who is meant")
                    break
                self._send(self._queue.popleft())
            self._settle_suspects()
        except ProviderError as error:
            if nothing_taken(self._outcomes.values()):
                raise
            self._suspects.clear()
            self._defer_rest(error.problem)
        return [self._outcomes[d.id] for d in self._batch.deliveries]

    # --- before -----------------------------------------------------------------------

    def _parts(self) -> list[_Part]:
        """As few requests as may be: no address twice in one, too much data alone."""
        rounds: list[dict[str, Delivery]] = [{}]
        alone: list[_Part] = []
        write, written = self._bodies.personalization, self._personalizations
        for delivery in self._batch.deliveries:
            try:
                personalization = write(delivery)
            except ComposerError as error:
                self._note(not_written(delivery, error))
                continue
            if is_too_long(personalization):
                alone.append(_Part((delivery,), merged=True))
                continue
            written[delivery.id] = personalization
            key, round_ = delivery.recipient.address.key, 0
            while key in rounds[round_]:
                round_ += 1
                if round_ == len(rounds):
                    rounds.append({})
            rounds[round_][key] = delivery
        return [*(_Part(tuple(r.values())) for r in rounds if r), *alone]

    def _body(self, part: _Part) -> bytes:
        if part.merged:
            return self._bodies.merged(part.deliveries[0])
        written = self._personalizations
        return self._bodies.shared_by([written[d.id] for d in part.deliveries])

    # --- and after --------------------------------------------------------------------

    def _send(self, part: _Part) -> None:
        try:
            answer = self._api.send(self._body(part))
        except Lost as lost:
            self._unclear(part, str(lost))
            return
        meaning = meaning_of(answer, len(part.deliveries), sandbox=self._terms.sandbox)
        match meaning.kind:
            case Kind.TAKEN:
                self._terms.tally.was_accepted()
                # One name for all of a call: it is made fit for the ledger once.
                name = accepted(part.deliveries[0], meaning.message_id).provider_id
                taken = Answer.ACCEPTED
                self._note(*[Outcome(d.id, taken, name) for d in part.deliveries])
            case Kind.BLAMED:
                self._blame(part, meaning)
            case Kind.SPLIT:
                self._split(part, meaning.reason)
            case Kind.OURS:
                raise Misconfigured(
                    f"SendGrid refuses our request: {meaning.reason}",
                    hint="look at the API key and its rights, and at the verified senders",
                )
            case Kind.WAIT:
                self._wait(part, answer, meaning.reason)
            case Kind.UNCLEAR:
                self._unclear(part, meaning.reason)

    def _blame(self, part: _Part, meaning: Meaning) -> None:
        """Send the rest again; whoever was named waits until others of it are taken.

        Raises:
            Misconfigured: somebody else is named each time, and nobody is ever taken.
        """
        for position, reason in meaning.blamed.items():
            sure = position in meaning.sure
            self._suspects.append(_Suspect(part.deliveries[position], reason, sure))
        rest = part.without(set(meaning.blamed))
        self._rounds += 1
        if self._rounds >= REFUSALS and not self._terms.tally.accepted:
            raise Misconfigured(
                f"SendGrid refuses one reader after the other: {meaning.reason}",
                hint="look at the account and at the verified senders",
            )
        if rest.deliveries:
            self._queue.appendleft(rest)

    def _split(self, part: _Part, reason: str) -> None:
        if len(part.deliveries) > 1:
            self._queue.extendleft(reversed(part.halves()))
        else:
            self._suspects.append(_Suspect(part.deliveries[0], reason))

    def _wait(self, part: _Part, answer: HttpAnswer, reason: str) -> None:
        """Wait as long as the answer asks, within reason."""
        self._queue.appendleft(part)
        self._waits += 1
        asked_s = wait_of(answer.headers, time.time())
        pause_s = 2.0**self._waits if asked_s is None else asked_s
        late = self._waited_s + pause_s > self._terms.patience_s or self._waits > MAX_WAITS
        if late or self._terms.pause(pause_s):
            self._defer_rest(reason, retry_after_s=pause_s)
        self._waited_s += pause_s

    def _unclear(self, part: _Part, reason: str) -> None:
        self._note(*(unknown(d, reason) for d in part.deliveries))
        self._losses += 1
        if self._losses >= MAX_LOSSES:
            self._defer_rest("answers were lost again and again")

    def _settle_suspects(self) -> None:
        """Whoever is refused while others are taken, or for his address, is refused.

        When nobody at all was taken the fault may be ours, and no reader must pay for it.
        """
        tally = self._terms.tally
        doubted = [suspect for suspect in self._suspects if not suspect.sure]
        if len(doubted) > 1 and not tally.accepted:
            raise Misconfigured(
                f"SendGrid refuses every message: {doubted[0].reason}",
                hint="look at the account, the verified senders and the size of the message",
            )
        for suspect in self._suspects:
            tally.was_refused()
            told = refused if suspect.sure or tally.accepted else deferred
            self._note(told(suspect.delivery, suspect.reason))

    def _defer_rest(self, reason: str, retry_after_s: float | None = None) -> None:
        """Everybody who has no outcome yet; suspects keep their chance to be refused."""
        self._queue.clear()
        suspects = {suspect.delivery.id for suspect in self._suspects}
        for delivery in self._batch.deliveries:
            if delivery.id not in self._outcomes and delivery.id not in suspects:
                self._note(deferred(delivery, reason, retry_after_s))

    def _note(self, *outcomes: Outcome) -> None:
        known, told = self._outcomes, self._batch.told
        for outcome in outcomes:
            known[outcome.delivery_id] = outcome
            if outcome.answer is not Answer.DEFERRED:
                told(outcome)
