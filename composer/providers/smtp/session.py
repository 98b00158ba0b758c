"""One conversation with a server: messages, one after the other, and where each one stands.

The line between "not taken" and "perhaps taken" runs through `Session.hand_over`: a server
cannot take a message before it has the final dot (RFC 5321 section 4.1.1.4). Until the first
byte of `.CRLF` is given to the operating system, a lost connection loses nothing.
"""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from composer.providers.smtp.reply import CLOSING, Reply

END = b".\r\n"
GOOD_BYE_S = 2.0  # nothing hangs on the answer to QUIT


class Step(Enum):
    """Which command a reply answers; MESSAGE is the final dot."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    MESSAGE = "the message"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Mailboxes as they stand between the angle brackets."""

    sender: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The reply that decided about a message, and to what."""

    step: Step
    reply: Reply


class Lost(Exception):
    """The connection is gone. `perhaps_taken`: the final dot had left us, or a part of it."""

    def __init__(self, step: Step, *, perhaps_taken: bool, cause: str) -> None:
        super().__init__(cause)
        self.step = step
        self.perhaps_taken = perhaps_taken
        self.cause = cause


class Session:
    """Used by one thread at a time. `messages` counts what was handed over on it."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp
        self._sizes = smtp.has_extn("size")
        self._dirty = False
        self.messages = 0
        self.open = True

    def is_fresh(self) -> bool:
        """Whether the server still answers; closes the session when it does not."""
        try:
            reply = self._command("NOOP")
        except (OSError, smtplib.SMTPException):
            self.drop()
            return False
        if not reply.good:
            self.drop()
        return self.open

    def hand_over(
        self, envelope: Envelope, chunks: Sequence[bytes], answer_timeout_s: float
    ) -> Verdict:
        """One whole transaction.

        Raises:
            Lost: the connection broke; this session cannot be used again.
        """
        step = Step.MAIL
        try:
            if self._dirty:
                self._command("RSET")
                self._dirty = False
            size = f" SIZE={sum(map(len, chunks))}" if self._sizes else ""
            for step, command, wanted in (
                (Step.MAIL, f"MAIL FROM:<{envelope.sender}>{size}", 2),
                (Step.RCPT, f"RCPT TO:<{envelope.recipient}>", 2),
                (Step.DATA, "DATA", 3),
            ):
                reply = self._command(command)
                if reply.code // 100 != wanted:
                    return self._verdict(step, reply)
                self._dirty = True
            self._socket.sendall(dot_stuffed(chunks))
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise Lost(step, perhaps_taken=False, cause=_cause(error)) from None
        return self._end(answer_timeout_s)

    def _end(self, answer_timeout_s: float) -> Verdict:
        """The final dot, and the answer, which may take long (RFC 5321 section 4.5.3.2.6)."""
        try:
            usual_s = self._socket.gettimeout()
            self._socket.sendall(END)
            self._socket.settimeout(answer_timeout_s)
            reply = Reply.parse(*self._smtp.getreply())
            self._socket.settimeout(usual_s)
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise Lost(Step.MESSAGE, perhaps_taken=True, cause=_cause(error)) from None
        self._dirty = False  # taken or refused, the transaction is over
        return self._verdict(Step.MESSAGE, reply)

    def _verdict(self, step: Step, reply: Reply) -> Verdict:
        self.messages += 1
        if reply.code == CLOSING or not (reply.good or reply.later or reply.never):
            self.drop()  # it says good-bye, or speaks another language
        return Verdict(step, reply)

    def _command(self, line: str) -> Reply:
        code, text = self._smtp.docmd(line)
        return Reply.parse(code, text)

    @property
    def _socket(self) -> socket.socket:
        if self._smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        return self._smtp.sock

    def drop(self) -> None:
        """Hang up without a word; safe to call twice, and from another thread."""
        self.open = False
        self._smtp.close()

    def quit(self) -> None:
        """Say good-bye, if the server still listens."""
        try:
            if self.open:
                self._socket.settimeout(GOOD_BYE_S)
                self._smtp.quit()
        except (OSError, smtplib.SMTPException):
            pass
        finally:
            self.drop()


def dot_stuffed(chunks: Sequence[bytes]) -> bytes:
    """The message as it travels (RFC 5321 section 4.5.2), ending in CRLF.

    Our messages have no line that begins with a dot; to look is cheap, and being wrong
    would cut a message in two.
    """
    content = b"".join(chunks)
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    if content.startswith(b".") or b"\r\n." in content:
        content = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
    return content


def _cause(error: Exception) -> str:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "no answer in time"
    return "the connection was lost"
