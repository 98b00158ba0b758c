"""The SMTP provider: one connection carries a batch, and comes back for the next one."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from composer.errors import Misconfigured, ProviderError, Unreachable
from composer.model.delivery import Delivery
from composer.model.settings import SmtpSettings
from composer.providers.outcomes import (
    accepted,
    deferred,
    nothing_taken,
    refused,
    unknown,
    written,
)
from composer.providers.smtp.blame import Blame, blame_of
from composer.providers.smtp.connect import connect, refuse_unsafe
from composer.providers.smtp.reply import ABOUT_US, CLOSING, TOO_MUCH
from composer.providers.smtp.session import Envelope, Lost, Session, Step, Verdict
from composer.providers.smtp.trial import Trial
from composer.sending.message.words import addr_spec
from composer.sending.provider import Answer, Batch, Capabilities, Outcome

BATCH_SIZE = 32  # what a crash of ours makes unknown, for each connection

#: RFC 5321 section 4.5.3.2.6: who hangs up earlier than this gets mail delivered twice.
ANSWER_TIMEOUT_S = 600.0

#: So many connections lost one after the other say that the server is not well.
LOSSES_IN_A_ROW = 3


class SmtpProvider:
    """Hands messages to the server of `settings`; connects when the first batch comes."""

    name = "smtp"

    def __init__(
        self, settings: SmtpSettings, *, answer_timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        """`answer_timeout_s` is for the answer to a whole message, `settings.timeout_s`
        for everything else.

        Raises:
            ConfigError: the settings would send mail or a password in clear text.
        """
        refuse_unsafe(settings)
        self._settings = settings
        self._answer_timeout_s = answer_timeout_s
        self._idle: list[Session] = []
        self._lock = threading.Lock()
        self._closed = False
        self._trial = Trial()

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(batch_size=BATCH_SIZE, connections=self._settings.connections)

    def deliver(self, batch: Batch) -> Sequence[Outcome]:
        """Hand over one message after the other; see `composer.sending.provider.Provider`."""
        call = _Call(self, batch)
        try:
            return call.run()
        finally:
            self.give_back(call.session)

    def close(self) -> None:
        """Say good-bye on idle connections; one in use is closed when its batch is done."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for session in idle:
            session.quit()

    # --- for the calls ----------------------------------------------------------------

    def session(self, own_domain: str) -> Session:
        """An idle connection that still answers, or a new one.

        Raises:
            Unreachable, Misconfigured: there is none to be had.
        """
        while True:
            with self._lock:
                idle = self._idle.pop() if self._idle else None
            if idle is None:
                return connect(self._settings, own_domain)
            if idle.is_fresh():
                return idle

    def give_back(self, session: Session | None) -> None:
        if session is None or not session.open:
            return
        with self._lock:
            keep = not self._closed
            if keep:
                self._idle.append(session)
        if not keep:
            session.quit()

    @property
    def trial(self) -> Trial:
        """What all answers so far say together: a provider lives as long as a run."""
        return self._trial

    @property
    def answer_timeout_s(self) -> float:
        return self._answer_timeout_s


class _Call:
    """One batch on its way."""

    def __init__(self, provider: SmtpProvider, batch: Batch) -> None:
        self._provider = provider
        self._batch = batch
        self._outcomes: list[Outcome] = []
        self._losses = 0
        self._held: dict[int, Outcome] = {}  #: refusals that may mean us, by position
        self.session: Session | None = None

    def run(self) -> Sequence[Outcome]:
        try:
            for delivery in self._batch.deliveries:
                self._provider.trial.refuse_to_go_on()
                if self._losses >= LOSSES_IN_A_ROW:
                    raise Unreachable("the server loses one connection after the other")
                outcome = self._deliver(delivery)
                self._outcomes.append(outcome)
                if outcome.answer is not Answer.DEFERRED:
                    self._batch.told(outcome)
        except ProviderError as error:
            return self._give_up(error)
        if self._provider.trial.accepted:
            # Others are taken: these refusals are about their readers.
            for position, outcome in self._held.items():
                self._outcomes[position] = outcome
        return self._outcomes

    def _give_up(self, error: ProviderError) -> Sequence[Outcome]:
        """Raise while that is true of the whole batch; else defer what is left of it."""
        if nothing_taken(self._outcomes):
            raise error
        left = self._batch.deliveries[len(self._outcomes) :]
        return [*self._outcomes, *(deferred(d, error.problem) for d in left)]

    def _deliver(self, delivery: Delivery) -> Outcome:
        message = written(self._batch, delivery)
        if isinstance(message, Outcome):
            return message
        envelope = Envelope(
            self._batch.message.envelope_sender(delivery),
            addr_spec(delivery.recipient.address),
        )
        try:
            verdict = self._hand_over(envelope, message)
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
        trial = self._provider.trial
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

    def _hand_over(self, envelope: Envelope, message: Sequence[bytes]) -> Verdict:
        """Once more over a new connection when an old one turns out to be closed."""
        while True:
            session = self._session()
            used = session.messages > 0
            try:
                verdict = session.hand_over(envelope, message, self._provider.answer_timeout_s)
            except Lost as lost:
                if used and lost.step is Step.MAIL:
                    continue
                raise
            closing = verdict.step is Step.MAIL and verdict.reply.code == CLOSING
            if not (used and closing):
                return verdict

    def _session(self) -> Session:
        if self.session is None or not self.session.open:
            domain = self._batch.message.letterhead.sender.address.domain
            self.session = self._provider.session(domain)
        return self.session


def outcome_of(verdict: Verdict, delivery: Delivery) -> Outcome:
    """What a reply means for the reader.

    Raises:
        Misconfigured: it is about us, not about the reader.
    """
    step, reply = verdict.step, verdict.reply
    if step is Step.MESSAGE and reply.good:
        return accepted(delivery, str(reply).removeprefix(f"{reply.code} "))
    if reply.never and (step is Step.MAIL or reply.code in ABOUT_US):
        raise Misconfigured(
            f"the server refuses our mail: {reply}",
            hint="may this user name send as this sender? The message may also be too large",
        )
    if step is Step.RCPT and reply.code == TOO_MUCH:
        return deferred(delivery, str(reply))
    if reply.never:
        return refused(delivery, str(reply))
    if step is Step.MESSAGE and not reply.later:
        return unknown(delivery, f"an answer that means nothing: {reply}")
    return deferred(delivery, str(reply))
