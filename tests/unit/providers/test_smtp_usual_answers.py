"""What a server says to every envelope is understood at once, and nothing else is."""

from __future__ import annotations

import smtplib
import socket
from contextlib import closing
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from composer.providers.smtp.desk import Desk
from composer.providers.smtp.session import Session
from composer.providers.smtp.steps import Envelope, Step

ENVELOPE = Envelope("bounces+d1@news.example.org", "ana@example.org", 100)
LETTER = [b"Subject: x\r\n", b"\r\nDear\r\n"]
SIZE = sum(map(len, LETTER))


@dataclass(frozen=True)
class Said:
    """What comes after a message, and what must be made of it."""

    to_message: bytes
    to_envelope: bytes
    taken: bool = True
    refused_at: Step | None = None  #: of the envelope ahead
    in_step: bool = True


CLEAN = b"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go on\r\n"
OTHER = b"250 sender fine\r\n250 reader fine\r\n354 End data with a dot\r\n"
LONG = b"250-2.1.0 Ok\r\n250 2.1.0 really\r\n250 2.1.5 Ok\r\n354 go on\r\n"

GOES_ON = [
    Said(b"250 2.0.0 queued as A1\r\n", CLEAN),
    Said(b"250 2.0.0 queued as B2\r\n", OTHER),
    Said(b"250 2.0.0 ok\r\n", LONG),
    Said(b"550 5.7.1 spam\r\n", CLEAN, taken=False),
    Said(b"451-4.3.0 not\r\n451 4.3.0 now\r\n", CLEAN, taken=False),
]
ENDS = [
    Said(b"250 ok\r\n", CLEAN + b"250 one too many\r\n", in_step=False),
    Said(b"250 ok\r\n", b"250 1\r\n" + CLEAN, in_step=False),
    Said(
        b"250 ok\r\n",
        b"250 2.1.0 Ok\r\n550 5.1.1 nobody\r\n554 no recipients\r\n",
        refused_at=Step.RCPT,
    ),
    Said(
        b"250 ok\r\n",
        b"452 4.3.1 full\r\n503 no sender\r\n503 no recipients\r\n",
        refused_at=Step.MAIL,
    ),
]


@given(st.lists(st.sampled_from(GOES_ON), max_size=6), st.sampled_from(ENDS))
def test_each_answer_is_understood_however_often_the_usual_ones_came_before(
    before: list[Said], last: Said
) -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs), closing(smtplib.SMTP()) as smtp, closing(Desk()) as desk:
        smtp.sock = ours
        smtp.esmtp_features = {"pipelining": ""}
        session = Session(smtp, 60.0, desk)
        desk.run(_all_is_understood(session, theirs, [*before, last]))


async def _all_is_understood(session: Session, server: socket.socket, words: list[Said]) -> None:
    server.sendall(CLEAN)
    opening = await session.announce(ENVELOPE)
    assert (opening.verdict, opening.lost) == (None, None)
    for said in words:
        await session.send(LETTER, SIZE, ENVELOPE)
        server.sendall(said.to_message + said.to_envelope)

        verdict, ahead = await session.answer(60.0)

        assert ahead is not None
        assert ahead.in_step is said.in_step
        if said.in_step:
            assert verdict.step is Step.MESSAGE
            assert verdict.reply.good is said.taken
            assert (ahead.verdict.step if ahead.verdict else None) is said.refused_at
            assert session.between is (said.refused_at is not None)
        else:
            assert not verdict.reply.good
            assert not session.open
