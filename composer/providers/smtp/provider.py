"""The SMTP provider: one connection carries a batch, and comes back for the next one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from composer.model.settings import SmtpSettings
from composer.providers.smtp.call import Call
from composer.providers.smtp.connect import connect, refuse_unsafe
from composer.providers.smtp.desk import Desk
from composer.providers.smtp.session import Session
from composer.providers.smtp.trial import Trial
from composer.sending.provider import Batch, Capabilities, Outcome

if TYPE_CHECKING:
    # cryptography is for those who sign.
    from composer.providers.smtp.signer import Signer

BATCH_SIZE = 100  # what a crash of ours makes unknown at most, for each connection

#: The second letter in a row costs less than the first, whose code and data are far away.
MOST_AHEAD = 8

#: RFC 5321 section 4.5.3.2.6: who hangs up earlier than this gets mail delivered twice.
ANSWER_TIMEOUT_S = 600.0


class SmtpProvider:
    """Hands messages to the server of `settings`; connects when the first batch comes."""

    name = "smtp"

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        signer: Signer | None = None,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        """`signer` signs every message. `answer_timeout_s` is for the answer to a whole
        message, `settings.timeout_s` for everything else.

        Raises:
            ConfigError: the settings would send mail or a password in clear text.
        """
        refuse_unsafe(settings)
        self._settings = settings
        self._signer = signer
        self._answer_timeout_s = answer_timeout_s
        self._idle: list[Session] = []
        self._lock = threading.Lock()
        self._closed = False
        self._trial = Trial()
        self._desk = Desk()

    @property
    def capabilities(self) -> Capabilities:
        known_s = self._settings.idempotency_s if self._settings.idempotency_header else 0
        return Capabilities(
            batch_size=BATCH_SIZE,
            connections=self._settings.connections,
            idempotency=timedelta(seconds=known_s) if known_s else None,
        )

    def deliver(self, batch: Batch) -> Sequence[Outcome]:
        """Hand over one message after the other; see `composer.sending.provider.Provider`."""
        return self._desk.run(self._deliver(batch))

    def try_out(self, own_domain: str) -> str:
        """Greet, start TLS and log in, as before a batch."""
        session = connect(self._settings, own_domain, self._desk)
        self._desk.run(session.quit())
        place = f"{self._settings.host}:{self._settings.port}"
        took = " and took the password" if self._settings.username else ""
        return f"{place} answered{took}"

    def close(self) -> None:
        """Say good-bye on idle connections; one in use is closed when its batch is done."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        if idle:
            self._desk.run(_good_bye(idle))
        self._desk.close()

    # --- at the desk ------------------------------------------------------------------

    async def _deliver(self, batch: Batch) -> Sequence[Outcome]:
        call = Call(self, batch)
        try:
            return await call.run()
        finally:
            await self._give_back(call.session)

    async def session(self, own_domain: str) -> Session:
        """An idle connection that still answers, or a new one.

        Raises:
            Unreachable, Misconfigured: there is none to be had.
        """
        while True:
            with self._lock:
                idle = self._idle.pop() if self._idle else None
            if idle is None:
                return await self._desk.aside(
                    partial(connect, self._settings, own_domain, self._desk)
                )
            if await idle.is_fresh():
                return idle

    async def _give_back(self, session: Session | None) -> None:
        if session is None or not session.open:
            return
        with self._lock:
            # Where a message was asked for and none came, there is no other way out.
            keep = session.between and not self._closed
            if keep:
                self._idle.append(session)
        if not keep:
            await session.quit()

    @property
    def trial(self) -> Trial:
        """What all answers so far say together: a provider lives as long as a run."""
        return self._trial

    @property
    def desk(self) -> Desk:
        """Where the calls work."""
        return self._desk

    @property
    def ahead(self) -> int:
        """Letters that a call makes at once: fewer where others could not go on meanwhile."""
        return min(MOST_AHEAD, 1 + self._settings.connections // 2)

    @property
    def key_header(self) -> str:
        """By which the server knows a message that it has already; `""`: by none."""
        return self._settings.idempotency_header

    @property
    def delivery_header(self) -> str:
        """By which the server's events name a delivery; `""`: by Message-ID."""
        return self._settings.delivery_header

    @property
    def signer(self) -> Signer | None:
        return self._signer

    @property
    def answer_timeout_s(self) -> float:
        return self._answer_timeout_s


async def _good_bye(sessions: Sequence[Session]) -> None:
    for session in sessions:
        await session.part()  # to all before the first answer is waited for
    for session in sessions:
        await session.quit()
