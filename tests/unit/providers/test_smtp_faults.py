"""A real server fails at every step; who is to blame, and may he be asked again?"""

from __future__ import annotations

import pytest

from composer.sending.provider import Answer
from tests.servers.smtp_sink import Drop, Hang, Rule
from tests.unit.providers.conftest import Provide, Start, answers
from tests.unit.providers.letters import batch, delivery

ANA, BEN, CLEO = "ana@example.org", "ben@example.net", "cleo@example.org"
A, R, D, U = Answer.ACCEPTED, Answer.REFUSED, Answer.DEFERRED, Answer.UNKNOWN


@pytest.mark.parametrize(
    ("step", "then", "answer", "reason"),
    [
        ("RCPT", "550 5.1.1 no such user here", R, "550 5.1.1 no such user here"),
        ("RCPT", "550-5.1.1 no\n550 5.1.1 such user", R, "550 5.1.1 no such user"),
        ("RCPT", "554 5.7.1 rejected by policy", R, "554 5.7.1 rejected by policy"),
        ("RCPT", "501 5.1.3 bad address", R, "501 5.1.3"),
        ("RCPT", "450 4.2.1 mailbox busy", D, "450 4.2.1"),
        ("RCPT", "452 4.5.3 too many", D, "452 4.5.3"),
        ("RCPT", "552 5.2.2 mailbox full", D, "552 5.2.2"),
        ("RCPT", "421 4.3.2 shutting down", D, "421 4.3.2"),
        ("RCPT", "299", A, ""),
        ("RCPT", Drop(), D, "the connection was lost at RCPT"),
        ("RCPT", Drop(reset=True), D, "the connection was lost at RCPT"),
        ("MAIL", "451 4.3.0 try later", D, "451 4.3.0"),
        ("MAIL", "452 4.3.1 no room", D, "452 4.3.1"),
        ("MAIL", "421 4.7.0 too fast", D, "421 4.7.0"),
        ("MAIL", Drop(), D, "the connection was lost at MAIL"),
        ("DATA", "451 4.3.0 later", D, "451 4.3.0"),
        ("DATA", "554 5.5.1 no valid recipients", R, "554 5.5.1"),
        ("DATA", "421 4.3.2 bye", D, "421 4.3.2"),
        ("DATA", "250 go on?", D, "250"),
        ("DATA", Drop(), D, "the connection was lost at DATA"),
        ("DOT", "451 4.6.0 scanner busy", D, "451 4.6.0"),
        ("DOT", "452 4.3.1 disk full", D, "452 4.3.1"),
        ("DOT", "552 5.3.4 too big", R, "552 5.3.4"),
        ("DOT", "554 5.7.1 looks like spam", R, "554 5.7.1"),
        ("DOT", "421 4.3.2 bye", D, "421 4.3.2"),
        ("DOT", "354 go on?", U, "an answer that means nothing"),
        ("DOT", "huh", U, "an answer that means nothing"),
        ("DOT", Drop(), U, "before the answer"),
        ("DOT", Drop(reset=True), U, "before the answer"),
    ],
)
def test_each_answer_is_taken_at_its_word_and_the_rest_goes_on(
    start: Start, provider_for: Provide, step: str, then: str | Drop, answer: Answer, reason: str
) -> None:
    # The fault meets the second reader at RCPT and DOT, the first one of a connection elsewhere.
    server = start(Rule(step, then, match="ben@" if step in {"RCPT", "DOT"} else ""))
    order = [ANA, BEN, CLEO] if step in {"RCPT", "DOT"} else [BEN, ANA, CLEO]
    keeps = then == "299"

    outcomes = provider_for(server).deliver(batch(*order))

    told = outcomes[order.index(BEN)]
    assert told.answer is answer, told
    assert reason in told.reason
    assert [o.answer for o in outcomes if o is not told] == [A, A]
    taken = sorted(t.recipient for t in server.taken)
    assert taken == sorted([ANA, CLEO, *([BEN] if keeps else [])])


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_an_answer_that_is_none_makes_nobody_refused(
    start: Start, provider_for: Provide, step: str
) -> None:
    server = start(Rule(step, "what?"))

    outcomes = provider_for(server).deliver(batch(ANA, BEN))

    assert answers(outcomes) == [D, A]
    assert "what?" in outcomes[0].reason


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_silence_before_the_message_is_deferred(
    start: Start, provider_for: Provide, step: str
) -> None:
    server = start(Rule(step, Hang()))

    outcomes = provider_for(server, timeout_s=0.2).deliver(batch(ANA, BEN))

    assert answers(outcomes) == [D, A]
    assert outcomes[0].reason == f"no answer in time at {step}; nothing was taken"


def test_silence_after_the_message_is_unknown(start: Start, provider_for: Provide) -> None:
    server = start(Rule("DOT", Hang(), keep=True))

    outcomes = provider_for(server, timeout_s=0.2).deliver(batch(ANA, BEN))

    assert answers(outcomes) == [U, A]
    assert "no answer in time" in outcomes[0].reason
    assert [t.recipient for t in server.taken] == [ANA, BEN]


def test_a_break_in_the_middle_of_a_large_message_is_deferred(
    start: Start, provider_for: Provide
) -> None:
    # Far more than the buffers of both sides hold: the final dot cannot have left.
    server = start(Rule("BODY", Drop(reset=True)))
    large = delivery(1, ANA, first_name="Ana " * 2_000_000)

    outcomes = provider_for(server).deliver(batch(large, delivery(2, BEN)))

    assert answers(outcomes) == [D, A]
    assert outcomes[0].reason == "the connection was lost at DATA; nothing was taken"


def test_a_break_after_a_small_message_is_unknown_even_if_nothing_was_read(
    start: Start, provider_for: Provide
) -> None:
    # All of it, the final dot too, was with the operating system: nobody can tell.
    server = start(Rule("BODY", Drop()))

    outcomes = provider_for(server).deliver(batch(ANA, BEN))

    assert answers(outcomes)[1] is A
    assert answers(outcomes)[0] in {U, D}
    assert [t.recipient for t in server.taken] == [BEN]
