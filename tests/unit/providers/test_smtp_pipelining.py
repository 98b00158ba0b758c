"""Commands in groups (RFC 2920): how they travel, and whom an odd answer means."""

from __future__ import annotations

from dataclasses import replace
from email.parser import BytesHeaderParser
from email.policy import default

import pytest

from composer.sending.message import Message
from composer.sending.provider import Answer, Outcome
from tests.servers.certificates import Certificate
from tests.servers.smtp_sink import Drop, Hang, Raw, Rule, SmtpServer, Then
from tests.unit.providers.conftest import Provide, answers
from tests.unit.providers.letters import AT, EDITION, LETTERHEAD, batch, batch_of, delivery
from tests.unit.providers.mail_server import Keeper, providing, serving

ANA, BEN, CLEO = "ana@example.org", "ben@example.net", "cleo@example.org"
A, R, D, U = Answer.ACCEPTED, Answer.REFUSED, Answer.DEFERRED, Answer.UNKNOWN


def serve(*rules: Rule) -> SmtpServer:
    return SmtpServer(rules)


def recipients(server: SmtpServer) -> list[str]:
    return [transaction.recipient for transaction in server.taken]


def test_the_next_envelope_rides_with_the_end_of_a_message(provider_for: Provide) -> None:
    # The server hears the whole next envelope before it has answered the message before it.
    with serve(Rule("DOT", Hang(), match=ANA, keep=True)) as server:
        outcomes = provider_for(server, timeout_s=0.3).deliver(batch(ANA))
        lone = list(server.commands)
    with serve() as server:
        provider_for(server).deliver(batch(ANA, BEN, CLEO))

    assert answers(outcomes) == [U]
    assert [command.partition(" ")[0].upper() for command in lone] == [
        "EHLO",
        "MAIL",
        "RCPT",
        "DATA",
    ]
    assert server.verbs() == ["EHLO", *["MAIL", "RCPT", "DATA"] * 3]
    assert recipients(server) == [ANA, BEN, CLEO]


def test_messages_arrive_as_they_were_written(provider_for: Provide) -> None:
    whole = batch(delivery(1, ANA, first_name="Zoë\n.\n..x"), delivery(2, BEN), delivery(3, CLEO))
    with serve() as server:
        provider_for(server).deliver(whole)

    sent = [b"".join(whole.message.chunks(one, AT)) for one in whole.deliveries]
    assert [transaction.content for transaction in server.taken] == sent


def test_a_message_of_thousands_of_pieces_arrives_whole(provider_for: Provide) -> None:
    many = Message.compile(replace(EDITION, html=EDITION.html * 400), LETTERHEAD)
    whole = batch(ANA, BEN, message=many)
    with serve() as server:
        provider_for(server).deliver(whole)

    assert len(many.chunks(whole.deliveries[0], AT)) > 1024
    sent = [b"".join(many.chunks(one, AT)) for one in whole.deliveries]
    assert [transaction.content for transaction in server.taken] == sent


def test_groups_travel_over_tls_too(certificate: Certificate) -> None:
    keeper = Keeper()

    with (
        serving(keeper, tls_context=certificate.context, require_starttls=True) as port,
        providing(port, security="starttls") as provider,
    ):
        outcomes = provider.deliver(batch_of(12))

    assert answers(outcomes) == [A] * 12
    assert len(keeper.contents) == 12
    parser = BytesHeaderParser(policy=default)
    assert [parser.parsebytes(c)["Message-ID"] for c in keeper.contents] == [
        f"<d{n:06d}@news.example.org>" for n in range(1, 13)
    ]


# --- one refused in the middle of a group ---------------------------------------------------


@pytest.mark.parametrize(
    "data",
    ["503 5.5.1 bad sequence", "554 5.5.1 no valid recipients", "354 go on", "451 4.3.0 later"],
)
@pytest.mark.parametrize(
    ("refusal", "answer"), [("550 5.1.1 no such user", R), ("450 4.2.0 greylisted", D)]
)
def test_a_refused_reader_stays_refused_whatever_is_said_to_data(
    provider_for: Provide, refusal: str, answer: Answer, data: str
) -> None:
    rules = Rule("RCPT", refusal, match=BEN), Rule("DATA", data, after=1)
    with serve(*rules) as server:
        outcomes = provider_for(server).deliver(batch(ANA, BEN, CLEO))

    assert answers(outcomes) == [A, answer, A]
    assert refusal[:3] in outcomes[1].reason
    assert recipients(server) == [ANA, CLEO]
    assert server.connections == 1


def test_a_lone_dot_ends_a_message_to_nobody(provider_for: Provide) -> None:
    with serve(Rule("RCPT", "550 5.1.1 no", match=BEN), Rule("DATA", "354 go", after=1)) as server:
        provider_for(server).deliver(batch(ANA, BEN, CLEO))

    assert [verb for verb in server.verbs() if verb == "RSET"] == ["RSET"]
    assert recipients(server) == [ANA, CLEO]
    assert all(transaction.content for transaction in server.taken)


def test_no_empty_message_goes_to_a_reader_who_was_taken(provider_for: Provide) -> None:
    """A server that takes the recipient of a sender it refused must not get a lone dot."""
    rules = (
        Rule("MAIL", Raw(b"451 4.3.0 later\r\n"), after=1),
        Rule("RCPT", "250 ok", after=1),
        Rule("DATA", "354 go on", after=1),
    )
    with serve(*rules) as server:
        outcomes = provider_for(server).deliver(batch(ANA, BEN, CLEO))

    assert answers(outcomes) == [A, A, A]
    assert all(transaction.content for transaction in server.taken)
    assert server.connections == 2


# --- a server with limits --------------------------------------------------------------------


@pytest.mark.parametrize(
    "limit",
    [
        "421 4.7.0 too many messages for this connection",
        "452 4.7.0 too many messages for this connection",
        "450 4.7.1 too much mail from you",
    ],
)
def test_a_limit_on_messages_of_a_connection_costs_nobody_anything(
    provider_for: Provide, limit: str
) -> None:
    with serve(Rule("MAIL", limit, after=2), Rule("MAIL", limit, after=4)) as server:
        outcomes = provider_for(server).deliver(batch_of(6))

    assert answers(outcomes) == [A] * 6
    assert len(server.taken) == 6
    assert server.connections == 3


def test_a_server_that_takes_nobody_now_is_not_asked_over_and_over(provider_for: Provide) -> None:
    with serve(Rule("MAIL", "451 4.3.0 later", times=None)) as server:
        outcomes = provider_for(server).deliver(batch_of(6))

    assert answers(outcomes) == [D] * 6
    assert server.connections == 1


def test_a_good_bye_behind_an_answer_changes_nothing_about_it(provider_for: Provide) -> None:
    bye = Raw(b"250 2.0.0 queued\r\n421 4.4.2 idle, closing\r\n")
    with serve(Rule("DOT", bye, match=ANA, keep=True)) as server:
        outcomes = provider_for(server).deliver(batch(ANA, BEN, CLEO))

    assert answers(outcomes) == [A, A, A]
    assert recipients(server) == [ANA, BEN, CLEO]


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("then", [Drop(), Drop(reset=True), Hang()])
def test_what_was_said_to_a_message_stands_when_the_next_envelope_is_lost(
    provider_for: Provide, step: str, then: Then
) -> None:
    with serve(Rule(step, then, after=1)) as server:
        outcomes = provider_for(server, timeout_s=0.3).deliver(batch(ANA, BEN, CLEO))

    assert answers(outcomes)[::2] == [A, A]
    # At MAIL nothing of it was said: another connection is asked.
    assert answers(outcomes)[1] is (A if step == "MAIL" else D)
    assert ANA in recipients(server)


# --- answers that are none, or one too many ------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        b"250 2.0.0 queued\r\n250 2.0.0 queued\r\n",
        b"250 2.0.0 queued\r\n550 5.7.1 no\r\n",
        b"550 5.7.1 no\r\n250 2.0.0 queued\r\n",
        b"250-2.0.0 queued\r\n550 5.7.1 no\r\n",
        b"354 go on\r\n250 2.0.0 queued\r\n",
        b"250 " + b"x" * 100_000 + b"\r\n",
        b"250-queued\r\n" * 20_000,
        b"\0\xff\r\n",
        b"\r\n",
        b"25\r\n",
        b"2500 queued\r\n",
    ],
    ids=range(11),
)
@pytest.mark.parametrize("readers", [[ANA], [ANA, BEN]], ids=["last", "with another"])
def test_answers_out_of_step_to_a_message_leave_it_unknown(
    provider_for: Provide, readers: list[str], odd: bytes
) -> None:
    with serve(Rule("DOT", Raw(odd), match=ANA, keep=True)) as server:
        outcomes = provider_for(server, timeout_s=2).deliver(batch(*readers))

    assert answers(outcomes) == [U, A][: len(readers)]
    assert recipients(server) == readers


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_one_answer_too_many_never_makes_a_message_accepted(
    provider_for: Provide, step: str
) -> None:
    usual = {"MAIL": b"250 ok\r\n", "RCPT": b"250 ok\r\n", "DATA": b"354 go on\r\n"}[step]
    with serve(Rule(step, Raw(usual + b"250 ok\r\n"), match=step)) as server:
        outcomes = provider_for(server).deliver(batch(ANA, BEN))

    assert answers(outcomes) == [D, A]
    assert recipients(server) == [BEN]


def test_answers_that_come_byte_by_byte_are_answers(provider_for: Provide) -> None:
    slow = Raw(b"250-2.0.0 queued\n250 2.0.0 as 17\r\n", drip=True)
    with serve(Rule("DOT", slow, keep=True, times=None)) as server:
        outcomes: list[Outcome] = list(provider_for(server).deliver(batch(ANA, BEN)))

    assert answers(outcomes) == [A, A]
    assert outcomes[0].provider_id == "2.0.0 queued as 17"
