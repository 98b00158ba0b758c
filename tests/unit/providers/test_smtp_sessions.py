"""Connections are opened, kept, lost and given up; and what is said on them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from composer.errors import Misconfigured, Unreachable
from composer.model.settings import SmtpSettings
from composer.providers.smtp import SmtpProvider
from composer.sending.provider import Answer, Outcome
from tests.servers.smtp_sink import Drop, Hang, Rule
from tests.unit.providers.conftest import Provide, Start, answers
from tests.unit.providers.letters import batch, batch_of

ANA, BEN, CLEO = "ana@example.org", "ben@example.net", "cleo@example.org"
A, R, D, U = Answer.ACCEPTED, Answer.REFUSED, Answer.DEFERRED, Answer.UNKNOWN


@pytest.mark.parametrize("then", ["421 4.7.0 enough for one connection", Drop()])
def test_a_connection_that_ends_between_messages_costs_nobody_anything(
    start: Start, provider_for: Provide, then: str | Drop
) -> None:
    server = start(Rule("MAIL", then, after=1), Rule("MAIL", then, after=2))

    outcomes = provider_for(server).deliver(batch_of(6))

    assert answers(outcomes) == [A] * 6
    assert len(server.taken) == 6
    assert server.connections == 3


@pytest.mark.parametrize("handed_over", [0, 1, 3, 6])
def test_a_call_that_is_to_end_goes_no_further(
    start: Start, provider_for: Provide, handed_over: int
) -> None:
    server = start()
    told: list[Outcome] = []
    whole = replace(batch_of(6), told=told.append, ends=lambda: len(told) >= handed_over)
    provider = provider_for(server)

    outcomes = provider.deliver(whole)

    assert answers(outcomes) == [A] * handed_over + [Answer.LEFT] * (6 - handed_over)
    assert [one.delivery_id for one in outcomes] == [one.id for one in whole.deliveries]
    assert len(server.taken) == handed_over
    assert answers(provider.deliver(batch_of(2, start=7))) == [A, A]
    assert len(server.taken) == handed_over + 2


def test_a_server_that_loses_everything_is_left_alone(start: Start, provider_for: Provide) -> None:
    server = start(Rule("DOT", Drop(), times=None))

    outcomes = provider_for(server).deliver(batch_of(10))

    assert answers(outcomes) == [U, U, U, *[D] * 7]
    assert server.connections == 3


def test_a_transaction_that_was_refused_is_reset_before_the_next(
    start: Start, provider_for: Provide
) -> None:
    server = start(Rule("RCPT", "550 5.1.1 no", match="ana@"))

    provider_for(server).deliver(batch(ANA, BEN))

    in_vain = ["DATA"] if "PIPELINING" in server.extensions else []
    again = ["RSET", "MAIL", "RCPT", "DATA"]
    assert server.verbs() == ["EHLO", "MAIL", "RCPT", *in_vain, *again]
    assert server.connections == 1


@pytest.mark.parametrize("code", ["550 5.7.1 sender not yours", "553 5.1.8 no", "530 5.7.0 log in"])
def test_a_refused_sender_is_nobodys_fault(start: Start, provider_for: Provide, code: str) -> None:
    server = start(Rule("MAIL", code, times=None))

    with pytest.raises(Misconfigured, match=code[:3]):
        provider_for(server).deliver(batch(ANA, BEN))


def test_a_server_that_never_takes_a_message_is_out_of_reach(
    start: Start, provider_for: Provide
) -> None:
    server = start(Rule("RCPT", Drop(), times=None))

    with pytest.raises(Unreachable, match="one connection after the other"):
        provider_for(server).deliver(batch_of(10))

    assert server.connections == 3


def test_a_server_that_does_not_relay_for_us_costs_no_reader_his_place(
    start: Start, provider_for: Provide
) -> None:
    server = start(Rule("RCPT", "554 5.7.1 <x@example.org>: Relay access denied", times=None))

    with pytest.raises(Misconfigured, match=r"554 5\.7\.1 .* Relay access denied") as caught:
        provider_for(server).deliver(batch_of(32))

    assert "username" in caught.value.hint
    assert "x@example.org" not in str(caught.value)


@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("RCPT", "550 5.7.1 Relaying denied"),
        ("RCPT", "550 5.7.515 Access denied, sending domain does not meet the required level"),
        ("RCPT", "550 5.7.26 This mail is unauthenticated"),
        ("RCPT", "550 relay not permitted"),
        ("DOT", "554 5.7.1 looks like spam"),
        ("DOT", "550 5.6.0 a header is wrong"),
        ("DOT", "552 5.3.4 too big"),
        ("DOT", "550 no"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_refusal_of_us_ends_the_run_before_a_reader_is_burnt(
    start: Start, provider_for: Provide, step: str, reply: str, size: int
) -> None:
    server = start(Rule(step, reply, times=None))
    provider = provider_for(server)
    before = [answers(provider.deliver(batch_of(size))) for _ in range(2 // size)]

    with pytest.raises(Misconfigured, match=reply[:7]):
        provider.deliver(batch_of(size))
    tried = server.verbs().count("RCPT")
    with pytest.raises(Misconfigured):
        provider.deliver(batch_of(size))

    assert before == [[D] * size] * (2 // size)
    # With the third message an envelope may have gone along; no message followed it.
    along = step == "DOT" and size > 1 and "PIPELINING" in server.extensions
    assert tried == server.verbs().count("RCPT") == 3 + along
    assert server.taken == []


def test_readers_who_do_not_exist_are_refused_however_many_there_are(
    start: Start, provider_for: Provide
) -> None:
    server = start(Rule("RCPT", "550 5.1.1 no such user", times=None))

    assert answers(provider_for(server).deliver(batch_of(20))) == [R] * 20


def test_a_refusal_that_names_nobody_is_held_until_somebody_is_taken(
    start: Start, provider_for: Provide
) -> None:
    server = start(Rule("RCPT", "550 no", times=7))
    provider = provider_for(server)

    alone = provider.deliver(batch_of(5))
    among_others = provider.deliver(batch_of(3))

    assert answers(alone) == [D] * 5
    assert "550 no" in alone[0].reason
    assert answers(among_others) == [R, R, A]


def test_a_refusal_that_names_nobody_and_meets_everybody_ends_the_run(
    start: Start, provider_for: Provide
) -> None:
    server = start(Rule("RCPT", "550 no", times=None))

    with pytest.raises(Misconfigured, match="550 no"):
        provider_for(server).deliver(batch_of(32))

    assert server.verbs().count("RCPT") == 8


def test_a_reader_with_a_rule_of_his_own_is_refused_while_others_are_taken(
    start: Start, provider_for: Provide
) -> None:
    server = start(Rule("RCPT", "550 5.7.1 not from you", after=1, times=7))

    assert answers(provider_for(server).deliver(batch_of(12))) == [A, *[R] * 7, *[A] * 4]


def test_a_server_that_closes_its_doors_half_way_ends_the_run(
    start: Start, provider_for: Provide
) -> None:
    server = start(Rule("RCPT", "550 5.7.1 daily limit reached", after=1, times=None))
    provider = provider_for(server)

    assert answers(provider.deliver(batch_of(20))) == [A, *[D] * 19]
    with pytest.raises(Misconfigured, match="daily limit"):
        provider.deliver(batch_of(20))
    assert server.verbs().count("RCPT") == 9


def test_a_reader_who_was_refused_before_the_run_ended_stays_refused(
    start: Start, provider_for: Provide
) -> None:
    server = start(
        Rule("RCPT", "550 5.1.1 no such user"),
        Rule("RCPT", "550 5.7.1 Relaying denied", times=None),
    )

    assert answers(provider_for(server).deliver(batch_of(6))) == [R, *[D] * 5]


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_a_sender_who_is_refused_half_way_defers_the_rest(
    start: Start, provider_for: Provide, step: str
) -> None:
    server = start(Rule(step, "530 5.7.0 log in first", after=1, times=None))

    outcomes = provider_for(server).deliver(batch(ANA, BEN, CLEO))

    assert answers(outcomes) == [A, D, D]
    assert "530 5.7.0" in outcomes[1].reason


def test_an_unknown_is_never_hidden_by_an_error(start: Start, provider_for: Provide) -> None:
    server = start(
        Rule("DOT", Drop(), keep=True), Rule("CONNECT", "421 later", after=1, times=None)
    )

    outcomes = provider_for(server).deliver(batch(ANA, BEN, CLEO))

    assert answers(outcomes) == [U, D, D]


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        (Rule("CONNECT", "421 4.3.2 busy"), Unreachable),
        (Rule("CONNECT", "554 5.3.2 no mail from you"), Misconfigured),
        (Rule("CONNECT", Drop()), Unreachable),
        (Rule("CONNECT", Hang()), Unreachable),
        (Rule("CONNECT", "HTTP/1.1 400 Bad Request"), Unreachable),
        (Rule("EHLO", "421 4.3.2 busy"), Unreachable),
        (Rule("EHLO", "550 5.7.1 go away"), Misconfigured),
        (Rule("EHLO", Drop()), Unreachable),
    ],
)
def test_a_greeting_that_fails_marks_nobody(
    start: Start, provider_for: Provide, rule: Rule, error: type[Exception]
) -> None:
    server = start(rule)
    provider = provider_for(server, timeout_s=0.3)

    with pytest.raises(error) as caught:
        provider.deliver(batch(ANA, BEN))

    assert f"127.0.0.1:{server.port}" in str(caught.value)
    assert answers(provider.deliver(batch(ANA, BEN))) == [A, A]


def test_a_name_without_an_address_is_out_of_reach() -> None:
    provider = SmtpProvider(SmtpSettings(host="nowhere.invalid", timeout_s=5))

    with pytest.raises(Unreachable, match=r"nowhere\.invalid:587"):
        provider.deliver(batch(ANA))


# --- how the wire is used -----------------------------------------------------------------


def test_connections_are_kept_and_looked_at_before_they_are_used_again(
    start: Start, provider_for: Provide
) -> None:
    server = start()
    provider = provider_for(server)

    provider.deliver(batch_of(3))
    provider.deliver(batch_of(3, start=4))
    provider.close()

    assert server.connections == 1
    question = "RSET" if "PIPELINING" in server.extensions else "NOOP"
    assert server.verbs().count(question) == 1
    assert server.verbs()[-1] == "QUIT"


def test_a_kept_connection_that_has_died_is_replaced(start: Start, provider_for: Provide) -> None:
    server = start(*(Rule(verb, "421 4.4.2 idle too long") for verb in ("NOOP", "RSET")))
    provider = provider_for(server)
    provider.deliver(batch(ANA))

    outcomes = provider.deliver(batch(BEN))

    assert answers(outcomes) == [A]
    assert server.connections == 2


def test_we_say_our_own_name_and_the_size_and_where_bounces_go(
    start: Start, provider_for: Provide
) -> None:
    server = start()

    outcomes = provider_for(server).deliver(batch(ANA))

    size = len(server.taken[0].content)
    hello, mail, rcpt, _ = server.commands
    assert hello.lower() == "ehlo news.example.org"
    assert mail == f"MAIL FROM:<bounces+d000001@news.example.org> SIZE={size}"
    assert rcpt == "RCPT TO:<ana@example.org>"
    assert outcomes[0].provider_id == "2.0.0 queued as 0000001"


def test_no_size_is_told_to_a_server_that_did_not_offer_it(
    start: Start, provider_for: Provide
) -> None:
    server = start()
    server.extensions = []

    provider_for(server).deliver(batch(ANA))

    assert server.commands[1] == "MAIL FROM:<bounces+d000001@news.example.org>"


def test_a_strange_local_part_travels_in_quotation_marks(
    start: Start, provider_for: Provide
) -> None:
    server = start()

    provider_for(server).deliver(batch("a..b@example.org"))

    assert server.commands[2] == 'RCPT TO:<"a..b"@example.org>'


def test_reasons_hold_no_address(start: Start, provider_for: Provide) -> None:
    server = start(Rule("RCPT", "550 5.1.1 <ana@example.org>: user ana@example.org unknown"))

    outcomes = provider_for(server).deliver(batch(ANA))

    assert outcomes[0].reason == "550 5.1.1 <(address)>: user (address) unknown"


def test_a_server_that_hangs_up_on_our_good_bye_bothers_nobody(
    start: Start, provider_for: Provide
) -> None:
    provider = provider_for(start(Rule("QUIT", Drop(reset=True))))
    provider.deliver(batch(ANA))

    provider.close()


def test_a_batch_that_ends_after_closing_leaves_no_connection_behind(
    start: Start, provider_for: Provide
) -> None:
    server = start()
    provider = provider_for(server)
    provider.close()

    assert answers(provider.deliver(batch(ANA))) == [A]

    assert server.verbs()[-1] == "QUIT"
