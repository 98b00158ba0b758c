"""The steps of handing over one message, and the ways in which each may end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from composer.providers.smtp.reply import Reply


class Step(Enum):
    """Which command a reply answers; MESSAGE is the final dot."""

    RSET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    MESSAGE = "the message"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Mailboxes as they stand between the angle brackets; `size` is the message's in bytes."""

    sender: str
    recipient: str
    size: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The reply that decided about a message, and to what."""

    step: Step
    reply: Reply


class Lost(Exception):
    """The connection is gone. `perhaps_taken`: the final dot had left us, or a part of it."""

    def __init__(self, step: Step, cause: str, *, perhaps_taken: bool = False) -> None:
        super().__init__(cause)
        self.step = step
        self.cause = cause
        self.perhaps_taken = perhaps_taken


@dataclass(frozen=True, slots=True)
class Opening:
    """What became of an envelope: with neither verdict nor loss, the message may come.

    `again`: the connection has had its day, and a new one may be told something else.
    `in_step` is False when what came cannot have been the answers to what was asked.
    """

    verdict: Verdict | None = None
    lost: Lost | None = None
    again: bool = False
    in_step: bool = True


_RESET = (Step.RSET, b"RSET\r\n")
_DATA = (Step.DATA, b"DATA\r\n")


def commands(envelope: Envelope, *, reset: bool, sized: bool) -> list[tuple[Step, bytes]]:
    """What opens a transaction; `reset` makes the server forget the one before."""
    size = f" SIZE={envelope.size}" if sized else ""
    mail = f"MAIL FROM:<{envelope.sender}>{size}\r\n"
    opening = [
        (Step.MAIL, mail.encode("ascii")),
        (Step.RCPT, f"RCPT TO:<{envelope.recipient}>\r\n".encode("ascii")),
        _DATA,
    ]
    return [_RESET, *opening] if reset else opening
