"""One batch on its way: each message in its turn, the next one written while we wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from composer.errors import Misconfigured, ProviderError, Unreachable
from composer.model.delivery import Delivery
from composer.providers.outcomes import (
    accepted,
    deferred,
    left,
    nothing_taken,
    refused,
    unknown,
)
from composer.providers.smtp.blame import Blame, blame_of, is_nobody_there
from composer.providers.smtp.letters import Letter, Office, Writer
from composer.providers.smtp.reply import ABOUT_US, TOO_MUCH
from composer.providers.smtp.session import Session
from composer.providers.smtp.steps import Lost, Opening, Step, Verdict
from composer.providers.smtp.trial import Trial
from composer.sending.provider import Answer, Batch, Outcome

#: So many connections lost one after the other say that the server is not well.
LOSSES_IN_A_ROW = 3


class Connections(Office, Protocol):
    """What a call needs of its provider."""

    @property
    def trial(self) -> Trial:
        """What all answers of the run say together."""
        ...

    @property
    def answer_timeout_s(self) -> float: ...

    @property
    def ahead(self) -> int:
        """So many letters are made at once."""
        ...

    async def session(self, own_domain: str) -> Session:
        """A session between two messages.

        Raises:
            Unreachable, Misconfigured: there is none to be had.
        """
        ...


class Call:
    """`run` once; `session` is then the connection that the next batch may have."""

    def __init__(self, connections: Connections, batch: Batch) -> None:
        self._connections = connections
        self._batch = batch
        self._outcomes: list[Outcome] = []
        self._losses = 0
        self._held: dict[int, Outcome] = {}  #: refusals that may mean us, by position
        self._writer = Writer(connections, batch)
        self._written: deque[Letter | Outcome] = deque()  #: ahead of their turn
        self._opening: Opening | None = None  #: of the next letter's envelope
        self.session: Session | None = None

    async def run(self) -> Sequence[Outcome]:
        """One outcome for each delivery, in order; see `composer.sending.provider.Provider`."""
        try:
            while not self._batch.ends() and await self._write(1):
                self._connections.trial.refuse_to_go_on()
                if self._losses >= LOSSES_IN_A_ROW:
                    raise Unreachable("the server loses one connection after the other")
                await self._settle(self._written.popleft())
        except ProviderError as error:
            return self._give_up(error)
        if self._connections.trial.accepted:
            # Others are taken: these refusals are about their readers.
            for position, outcome in self._held.items():
                self._outcomes[position] = outcome
        rest = self._batch.deliveries[len(self._outcomes) :]  # none, unless the run is to end
        return [*self._outcomes, *map(left, rest)]

    def _give_up(self, error: ProviderError) -> Sequence[Outcome]:
        """Raise while that is true of the whole batch; else defer what is left of it."""
        if nothing_taken(self._outcomes):
            raise error
        rest = self._batch.deliveries[len(self._outcomes) :]
        return [*self._outcomes, *(deferred(d, error.problem) for d in rest)]

    async def _write(self, count: int) -> int:
        """Have the next `count` letters ready, as far as there are so many; say how many are."""
        if len(self._written) < count:
            await self._connections.desk.breath()
            for _ in range(self._connections.ahead):
                if letter := await self._writer.next():
                    self._written.append(letter)
        return len(self._written)

    async def _settle(self, letter: Letter | Outcome) -> None:
        outcome = letter if isinstance(letter, Outcome) else await self._deliver(letter)
        self._outcomes.append(outcome)
        if outcome.answer is not Answer.DEFERRED:
            self._batch.told(outcome)

    async def _deliver(self, letter: Letter) -> Outcome:
        delivery = letter.delivery
        try:
            verdict = await self._hand_over(letter)
        except Lost as lost:
            self._losses += 1
            if lost.perhaps_taken:
                return unknown(delivery, f"{lost.cause} after the whole message, before the answer")
            return deferred(delivery, f"{lost.cause} at {lost.step.value}; nothing was taken")
        self._losses = 0
        outcome = outcome_of(verdict, delivery)
        return self._weighed(outcome, verdict, delivery)

    def _weighed(self, outcome: Outcome, verdict: Verdict, delivery: Delivery) -> Outcome:
        """A refusal that may mean us is held back until the run has shown whom it means.

        Raises:
            Misconfigured: it means us.
        """
        trial = self._connections.trial
        if outcome.answer is Answer.ACCEPTED:
            trial.was_accepted()
        if outcome.answer is not Answer.REFUSED:
            return outcome
        blame = blame_of(verdict.step, verdict.reply)
        if blame is Blame.READER:
            return outcome
        trial.was_refused(blame, verdict.reply)
        self._held[len(self._outcomes)] = outcome
        return deferred(delivery, outcome.reason)

    async def _hand_over(self, letter: Letter) -> Verdict:
        """One transaction; the envelope after it goes along, the letter after that is written.

        Raises:
            Lost: the connection broke.
            Unreachable, Misconfigured: there is none.
        """
        session, opening = await self._open(letter)
        if opening.lost:
            raise opening.lost
        if opening.verdict:
            return opening.verdict
        following = self._written[0] if await self._write(1) else None
        ahead = following.envelope if isinstance(following, Letter) else None
        await session.send(letter.chunks, letter.size, ahead)
        await self._write(2)
        verdict, self._opening = await session.answer(self._connections.answer_timeout_s)
        return verdict

    async def _open(self, letter: Letter) -> tuple[Session, Opening]:
        """Once more over a new connection when the old one has had its day."""
        opening, self._opening = self._opening, None
        session = self.session
        while True:
            if opening is None or session is None:
                session = await self._session()
                opening = await session.announce(letter.envelope)
            if not opening.again:
                return session, opening
            await session.quit()
            opening = None

    async def _session(self) -> Session:
        if self.session is None or not self.session.open:
            domain = self._batch.message.letterhead.sender.address.domain
            self.session = await self._connections.session(domain)
        return self.session


def outcome_of(verdict: Verdict, delivery: Delivery) -> Outcome:
    """What a reply means for the reader.

    Raises:
        Misconfigured: it is about us, not about the reader.
    """
    step, reply = verdict.step, verdict.reply
    if step is Step.MESSAGE and reply.good:
        return accepted(delivery, f"{reply.enhanced} {reply.text}")
    if reply.never and (step is Step.MAIL or reply.code in ABOUT_US):
        raise Misconfigured(
            f"the server refuses our mail: {reply}",
            hint="may this user name send as this sender? The message may also be too large",
        )
    if step is Step.RCPT and reply.code == TOO_MUCH:
        return deferred(delivery, str(reply))
    if reply.never:
        return refused(delivery, str(reply), gone=is_nobody_there(step, reply))
    if step is Step.MESSAGE and not reply.later:
        return unknown(delivery, f"an answer that means nothing: {reply}")
    return deferred(delivery, str(reply))
