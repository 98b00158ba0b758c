"""One conversation with a server: messages, one after the other, and where each one stands.

The line between "not taken" and "perhaps taken" runs through `Session.send`: a server cannot
take a message before it has the final dot (RFC 5321 section 4.1.1.4). Until the first byte of
`.CRLF` is given to the operating system, a lost connection loses nothing.

Where the server offers it, commands are pipelined (RFC 2920): an envelope is one write, and it
rides with the end of the message before it, so that a message costs one round trip. What was
said to a message counts only when the answers around it are in step: a server that says one
thing too many must not make us take the answer to one command for that to another.
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from contextlib import suppress

from composer.providers.smtp.desk import Desk
from composer.providers.smtp.reply import CLOSING, Reply
from composer.providers.smtp.steps import Envelope, Lost, Opening, Step, Verdict, commands
from composer.providers.smtp.wire import END, Cut, Wire

GOOD_BYE_S = 2.0  # nothing hangs on the answer to QUIT

_Group = list[tuple[Step, bytes]]


class Session:
    """Used by one conversation at a time: `announce`, `send`, `answer`, and again."""

    def __init__(self, smtp: smtplib.SMTP, timeout_s: float, desk: Desk) -> None:
        if smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        self._smtp = smtp
        self._wire = Wire(smtp.sock, timeout_s, desk)
        self._timeout_s = timeout_s
        self._sizes = smtp.has_extn("size")
        self._pipelines = smtp.has_extn("pipelining")
        self._dirty = False  #: the server must be told to forget an envelope
        self._ahead: _Group = []  #: commands that left with a message
        self._verdicts = self._taken = 0
        self._parted = False
        self._usual: tuple[int, bytes] | None = None  #: answers that opened a transaction before
        self.between = True  #: the server waits for a command, not for a message
        self.open = True

    async def is_fresh(self) -> bool:
        """Whether the server still answers; closes the session when it does not.

        Where commands are pipelined nobody waits for that: the next envelope will tell.
        """
        if self._pipelines:
            self._dirty = True
            return self.open
        try:
            if not (await self._exchange(b"NOOP\r\n")).good:
                self.drop()
        except OSError:
            self.drop()
        return self.open

    async def announce(self, envelope: Envelope) -> Opening:
        """Open a transaction."""
        group = commands(envelope, reset=self._dirty, sized=self._sizes)
        if not self._pipelines:
            return self._opened(await self._answers(group, written=False))
        try:
            await self._wire.write(b"".join(command for _, command in group))
        except OSError as error:
            return self._opened(Opening(lost=self._lost(Step.MAIL, error)))
        return self._opened(await self._answers(group, written=True))

    async def send(self, chunks: Sequence[bytes], size: int, ahead: Envelope | None) -> None:
        """The message whose envelope was opened, as it travels; `ahead` is the next one's.

        Raises:
            Lost: the connection broke; this session cannot be used again.
        """
        self._ahead = []
        if ahead and self._pipelines:
            self._ahead = commands(ahead, reset=False, sized=self._sizes)
        try:
            if not await self._wire.is_quiet():
                self.drop()
                raise Lost(Step.DATA, "the server spoke out of turn")
            tail = b"".join((END, *(command for _, command in self._ahead)))
            await self._wire.write_message(chunks, size, tail)
        except Cut as cut:
            step = Step.MESSAGE if cut.perhaps_taken else Step.DATA
            raise self._lost(step, cut.error) from None
        except OSError as error:
            raise self._lost(Step.DATA, error) from None

    async def answer(self, answer_timeout_s: float) -> tuple[Verdict, Opening | None]:
        """What was said to the message, and to the envelope that left with it, if one did.

        The answer to a message may take long (RFC 5321 section 4.5.3.2.6).

        Raises:
            Lost: the connection broke before the answer.
        """
        try:
            reply = await self._wire.reply(answer_timeout_s)
        except OSError as error:
            raise self._lost(Step.MESSAGE, error) from None
        self._verdicts += 1
        self._taken += reply.good
        self._dirty = False  # taken or refused, the transaction is over
        self.between = True
        opening = None
        if not _is_sense(Step.MESSAGE, reply):
            self.drop()  # it says good-bye, or speaks another language
        elif self._ahead:
            opening = self._opened(await self._answers(self._ahead, written=True))
        if not (opening.in_step if opening else self._is_in_step()):
            reply = Reply(-1, "", f"({reply}) and more than was asked for")
        return Verdict(Step.MESSAGE, reply), opening

    async def _answers(self, group: _Group, *, written: bool) -> Opening:
        """Read the answers to `group` in their order; the first that is a no decides.

        Where the group was not `written`, each command leaves after the answer to the one
        before, and none after a no.
        """
        come = self._wire.unread if written else b""
        if come and self._usual == (len(group), come):
            self._wire.took(come)
            self._dirty, self.between = True, False
            return Opening()
        opening = await self._read(group, written=written)
        if opening == Opening() and not self.between and come.count(b"\n") == len(group):
            # All had come, a line for each: the same bytes will say the same.
            self._usual = (len(group), come)
        return opening

    async def _read(self, group: _Group, *, written: bool) -> Opening:
        failed: Verdict | None = None
        asks = False  #: for the message
        nobody = False  #: the recipient was refused
        for step, command in group:
            reply = await self._heard(step, b"" if written else command)
            if isinstance(reply, Opening):
                return Opening(failed) if failed and reply.in_step else reply
            asks = reply.code == 354
            if reply.good or asks:
                self._dirty = step is not Step.RSET
                continue
            failed = failed or Verdict(step, reply)
            nobody = nobody or step is Step.RCPT
            if not written:
                return Opening(failed)
        if not self._is_in_step():
            return _out_of_step(Step.DATA, "more than was asked for")
        self.between = not asks
        if failed and asks:
            await self._ask_for_nothing(nobody=nobody)
        return Opening(failed)

    async def _heard(self, step: Step, wire: bytes) -> Reply | Opening:
        """The answer to `step`, or the end of everything."""
        try:
            reply = await self._exchange(wire)
        except OSError as error:
            return Opening(lost=self._lost(step, error))
        if _is_sense(step, reply):
            return reply
        self.drop()
        return (
            _out_of_step(step, str(reply))
            if _is_odd(step, reply)
            else Opening(Verdict(step, reply))
        )

    async def _ask_for_nothing(self, *, nobody: bool) -> None:
        """A refused envelope, and yet it asks for the message (RFC 2920 section 3.1).

        With `nobody` to write to, a lone dot ends that; else it would be an empty message.
        """
        if not nobody:
            self.drop()
            return
        try:
            reply = await self._exchange(END)
        except OSError:
            self.drop()
            return
        self.between = True
        if not _is_sense(Step.MESSAGE, reply):
            self.drop()

    async def _exchange(self, wire: bytes) -> Reply:
        if wire:
            await self._wire.write(wire)
        return await self._wire.reply(self._timeout_s)

    def _opened(self, opening: Opening) -> Opening:
        """With a word on whether another connection may be told something else."""
        lost, verdict = opening.lost, opening.verdict
        again = False
        if not opening.in_step:
            again = self._verdicts > 0
        elif lost:
            again = lost.step is Step.RSET or (lost.step is Step.MAIL and self._verdicts > 0)
        elif verdict and verdict.step is Step.RSET:
            again = True
        elif verdict and verdict.step is Step.MAIL and verdict.reply.later:
            # A server that closes after so many messages, or asks us to; it has taken some.
            again = bool(self._verdicts if verdict.reply.code == CLOSING else self._taken)
        self._verdicts += verdict is not None
        return Opening(verdict, lost, again, opening.in_step)

    def _is_in_step(self) -> bool:
        """Whether all that came was asked for; a server may say good-bye at any time."""
        unread = self._wire.unread
        if unread:
            self.drop()
        return not unread or unread.startswith(b"421")

    def _lost(self, step: Step, error: OSError) -> Lost:
        self.drop()
        late = isinstance(error, TimeoutError) or "timed out" in str(error)
        cause = "no answer in time" if late else "the connection was lost"
        return Lost(step, cause, perhaps_taken=step is Step.MESSAGE)

    def drop(self) -> None:
        """Hang up without a word; safe to call twice."""
        self.open = False
        self._smtp.close()

    async def part(self) -> None:
        """Say good-bye; `quit` waits for the answer."""
        try:
            if self.open and self.between and not self._parted:
                self._parted = True
                await self._wire.write(b"QUIT\r\n")
        except OSError:
            self.drop()

    async def quit(self) -> None:
        """Say good-bye, if that was not done yet and the server still listens, and hang up."""
        await self.part()
        with suppress(OSError):
            if self.open and self._parted:
                await self._wire.reply(GOOD_BYE_S)
        self.drop()


def _out_of_step(step: Step, said: str) -> Opening:
    """Which answer is whose, nobody knows: none of them counts."""
    return Opening(lost=Lost(step, f"answers out of step ({said})"), in_step=False)


def _is_sense(step: Step, reply: Reply) -> bool:
    """Whether the conversation can go on after this answer."""
    if reply.code == CLOSING:
        return False
    if step is Step.RSET:
        return reply.good
    if step is Step.DATA:
        return reply.code == 354 or reply.later or reply.never
    return reply.good or reply.later or reply.never


def _is_odd(step: Step, reply: Reply) -> bool:
    """No answer, or one to another command: one was lost, or there is one too many."""
    if reply.code == CLOSING:
        return False
    return not _is_sense(step, reply)
