"""The API refuses, hesitates and breaks off; who is to blame, and may he be asked again?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from composer.errors import Misconfigured
from composer.model.settings import Secret, SendgridSettings
from composer.providers.sendgrid import SendgridProvider
from composer.sending.provider import Answer, Outcome
from tests.servers.sendgrid_like import API_KEY, Break, Judge, Reply, SendgridServer, errors
from tests.unit.providers.letters import batch, batch_of, delivery

ANA, BEN, CLEO = "ana@example.org", "ben@example.net", "cleo@example.org"
A, R, D, U = Answer.ACCEPTED, Answer.REFUSED, Answer.DEFERRED, Answer.UNKNOWN

Start = Callable[..., tuple[SendgridServer, SendgridProvider]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a server with a script or a judge, and a provider for it."""
    with ExitStack() as running:

        def run(
            *script: Reply | Break,
            judge: Judge | None = None,
            sandbox: bool = False,
            patience_s: float = 5.0,
            timeout_s: float = 5.0,
        ) -> tuple[SendgridServer, SendgridProvider]:
            server = running.enter_context(SendgridServer(script, judge=judge))
            settings = SendgridSettings(Secret(API_KEY, "KEY"), server.url, timeout_s=timeout_s)
            return server, SendgridProvider(settings, sandbox=sandbox, patience_s=patience_s)

        yield run


def answers(outcomes: Sequence[Outcome]) -> list[Answer]:
    return [outcome.answer for outcome in outcomes]


def people(body: dict[str, Any]) -> list[str]:
    return [each["to"][0]["email"] for each in body["personalizations"]]


def poisoned_by(*addresses: str, body: dict[str, Any] | bytes = b"") -> Judge:
    """Any request with one of these gets a 400 that does not say who is meant."""
    return lambda request: Reply(400, body) if set(people(request)) & set(addresses) else None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (201, b""),
        (204, b""),
        (301, b""),
        (302, b""),
        (307, b""),
        (500, b""),
        (500, errors((None, "internal error"))),
        (502, b"<html><head><title>502</title></head><body>Bad Gateway</body></html>"),
        (503, b'{"errors": "not a list"}'),
        (504, b"[1, 2"),
        (599, b"\xff\xfe\x00"),
    ],
)
def test_only_a_202_is_a_yes_and_a_broken_server_may_have_taken_it(
    start: Start, status: int, body: bytes | dict[str, Any]
) -> None:
    headers = {"Location": "http://127.0.0.1:9/elsewhere"} if 300 <= status < 400 else {}
    server, provider = start(Reply(status, body, headers))

    outcomes = provider.deliver(batch(ANA, BEN))

    assert answers(outcomes) == [U, U]
    assert f"HTTP {status}" in outcomes[0].reason
    assert "<" not in outcomes[0].reason
    assert len(server.requests) == 1


@pytest.mark.parametrize("when", ["start", "end", "answer"])
def test_a_connection_that_breaks_leaves_an_unknown(start: Start, when: str) -> None:
    server, provider = start(Break(when))

    outcomes = provider.deliver(batch(ANA, BEN))

    assert answers(outcomes) == [U, U]
    assert len(server.seen_headers) == 1


def test_silence_leaves_an_unknown(start: Start) -> None:
    _, provider = start(Break(hang=True), timeout_s=0.2)

    outcomes = provider.deliver(batch(ANA))

    assert answers(outcomes) == [U]
    assert outcomes[0].reason == "no answer in time after the request had been sent"


def test_a_202_counts_even_when_the_rest_of_the_answer_breaks_off(start: Start) -> None:
    _, provider = start(Reply(202, b"half", {"Content-Length": "99", "X-Message-Id": "m1"}))

    outcomes = provider.deliver(batch(ANA))

    assert answers(outcomes) == [A]
    assert outcomes[0].provider_id == "m1"


def test_a_redirect_is_not_followed_and_the_key_stays_here(start: Start) -> None:
    elsewhere, _ = start()
    _, provider = start(Reply(302, headers={"Location": f"{elsewhere.url}/v3/mail/send"}))

    assert answers(provider.deliver(batch(ANA))) == [U]

    assert elsewhere.seen_headers == []


# --- 400 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        ("personalizations.1.to.0.email", "Does not contain a valid address."),
        ("personalizations[1].to", "Does not contain a valid address."),
        ("personalizations.1", "no"),
        (None, "Bad address for field personalizations.1"),
    ],
)
def test_a_delivery_that_is_named_is_refused_and_the_rest_is_sent_again(
    start: Start, told: tuple[str | None, str]
) -> None:
    server, provider = start(Reply(400, errors(told)))

    outcomes = provider.deliver(batch(ANA, BEN, CLEO))

    assert answers(outcomes) == [A, R, A]
    assert told[1] in outcomes[1].reason
    assert [people(request) for request in server.requests] == [[ANA, BEN, CLEO], [ANA, CLEO]]


def test_several_may_be_named_at_once(start: Start) -> None:
    no = "personalizations.{}.to.0.email"
    server, provider = start(
        Reply(400, errors((no.format(0), "bad"), (no.format(3), "bad"))),
        Reply(400, errors((no.format(1), "bad"))),
    )

    outcomes = provider.deliver(batch_of(5))

    assert answers(outcomes) == [R, A, R, R, A]
    assert len(server.requests) == 3


@pytest.mark.parametrize("culprits", [{7}, {1, 500}, {250, 251}])
def test_culprits_that_nobody_names_are_found_by_halving(start: Start, culprits: set[int]) -> None:
    addresses = [f"reader{n}@example.org" for n in culprits]
    server, provider = start(judge=poisoned_by(*addresses, body=errors((None, "bad request"))))

    outcomes = provider.deliver(batch_of(500))

    refused = {n for n, outcome in enumerate(outcomes, start=1) if outcome.answer is R}
    assert refused == culprits
    assert answers(outcomes).count(A) == 500 - len(culprits)
    assert len({arrived.delivery for arrived in server.arrived}) == len(server.arrived)
    assert len(server.requests) <= 40


def test_a_body_that_nobody_may_send_is_nobodys_fault(start: Start) -> None:
    server, provider = start(judge=lambda _: Reply(400, errors((None, "account under review"))))

    with pytest.raises(Misconfigured, match="every message: HTTP 400: account under review"):
        provider.deliver(batch_of(500))

    assert len(server.requests) <= 80
    assert server.arrived == []


def test_too_many_culprits_cost_a_bounded_number_of_requests(start: Start) -> None:
    every_fifth = [f"reader{n}@example.org" for n in range(1, 501, 5)]
    server, provider = start(judge=poisoned_by(*every_fifth))

    outcomes = provider.deliver(batch_of(500))

    assert len(server.requests) == 80
    assert set(answers(outcomes)) == {A, R, D}
    accepted = {o.delivery_id for o in outcomes if o.answer is A}
    assert accepted == {arrived.delivery for arrived in server.arrived}


@pytest.mark.parametrize(
    "field", ["from.email", "subject", "content.0.value", "reply_to.email", "attachments.0.type"]
)
def test_a_fault_of_the_shared_body_is_ours(start: Start, field: str) -> None:
    server, provider = start(Reply(400, errors((field, "is wrong for desk@news.example.org"))))

    with pytest.raises(Misconfigured) as caught:
        provider.deliver(batch(ANA, BEN))

    assert field in str(caught.value)
    assert "desk@news" not in str(caught.value)
    assert len(server.requests) == 1


def test_a_fault_that_all_have_alike_is_ours(start: Start) -> None:
    told = [(f"personalizations.{n}.headers.List-ID", "reserved") for n in range(3)]
    _, provider = start(Reply(400, errors(*told)))

    with pytest.raises(Misconfigured, match="List-ID"):
        provider.deliver(batch(ANA, BEN, CLEO))


def test_a_number_beyond_the_call_names_nobody(start: Start) -> None:
    _, provider = start(Reply(400, errors(("personalizations.99.to", "bad"))))

    assert answers(provider.deliver(batch(ANA, BEN))) == [A, A]


# --- the rest of 4xx -----------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 404, 405, 415])
def test_what_is_wrong_with_our_side_marks_nobody(start: Start, status: int) -> None:
    _, provider = start(Reply(status, errors((None, "no"))))

    with pytest.raises(Misconfigured, match=f"HTTP {status}"):
        provider.deliver(batch(ANA, BEN))


def test_a_key_that_is_revoked_half_way_defers_the_rest(start: Start) -> None:
    _, provider = start(Reply(202), Reply(401))

    outcomes = provider.deliver(batch(ANA, BEN, ANA))

    assert answers(outcomes) == [A, A, D]
    assert "401" in outcomes[2].reason


def test_an_unknown_is_never_hidden_by_an_error(start: Start) -> None:
    _, provider = start(Reply(500), Reply(403))

    assert answers(provider.deliver(batch(ANA, ANA))) == [U, D]


def test_a_call_that_is_too_large_is_split(start: Start) -> None:
    server, provider = start(
        judge=lambda body: Reply(413) if len(body["personalizations"]) > 8 else None
    )

    outcomes = provider.deliver(batch_of(30))

    assert set(answers(outcomes)) == {A}
    assert len(server.arrived) == 30


def test_a_message_that_is_too_large_by_itself_is_nobodys_fault(start: Start) -> None:
    _, provider = start(judge=lambda _: Reply(413))

    with pytest.raises(Misconfigured, match="413"):
        provider.deliver(batch(ANA, BEN))


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "0"}, {"X-RateLimit-Reset": "1"}, {"Retry-After": "soon"}, {}]
)
def test_too_many_requests_are_waited_for(start: Start, headers: dict[str, str]) -> None:
    server, provider = start(Reply(429, errors((None, "too many requests")), headers))
    # Without a time that can be read the wait is a guess of 2 s: impatient readers are deferred.
    guessed = not headers or "soon" in headers.values()
    if guessed:
        provider = with_patience(server, 1.0)

    outcomes = provider.deliver(batch(ANA, BEN))

    assert answers(outcomes) == ([D, D] if guessed else [A, A])
    if guessed:
        assert outcomes[0].retry_after_s == 2.0


def with_patience(server: SendgridServer, patience_s: float) -> SendgridProvider:
    settings = SendgridSettings(Secret(API_KEY, "KEY"), server.url)
    return SendgridProvider(settings, patience_s=patience_s)


@pytest.mark.parametrize("kind", ["seconds", "date", "reset"])
def test_a_long_wait_is_told_to_whoever_comes_again(start: Start, kind: str) -> None:
    then = time.time() + 3600
    headers = {
        "seconds": {"Retry-After": "3600"},
        "date": {"Retry-After": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(then))},
        "reset": {"X-RateLimit-Reset": str(int(then))},
    }[kind]
    server, provider = start(Reply(429, b"", headers))

    outcomes = provider.deliver(batch(ANA, BEN))

    assert answers(outcomes) == [D, D]
    assert outcomes[0].retry_after_s == pytest.approx(3600, abs=60)
    assert len(server.requests) == 1


def test_a_server_that_always_says_later_is_left_alone(start: Start) -> None:
    server, provider = start(judge=lambda _: Reply(429, b"", {"Retry-After": "0"}))

    assert answers(provider.deliver(batch(ANA))) == [D]
    assert len(server.requests) == 6


def test_closing_ends_the_waiting(start: Start) -> None:
    _, provider = start(Reply(429, b"", {"Retry-After": "3"}))
    provider.close()

    assert answers(provider.deliver(batch(ANA))) == [D]


# --- what a call may hold ------------------------------------------------------------------


def test_an_address_is_never_twice_in_one_call(start: Start) -> None:
    server, provider = start()

    outcomes = provider.deliver(batch(ANA, BEN, "Ana@EXAMPLE.org", ANA))

    assert answers(outcomes) == [A, A, A, A]
    assert [people(r) for r in server.requests] == [[ANA, BEN], ["Ana@example.org"], [ANA]]


def test_too_much_merge_data_travels_in_a_message_of_its_own(start: Start) -> None:
    server, provider = start()
    long = "Zoë " * 3_000

    outcomes = provider.deliver(batch(delivery(1, ANA), delivery(2, BEN, first_name=long)))

    assert answers(outcomes) == [A, A]
    ana, ben = server.arrived
    assert f"Dear {long}," in ben.text
    assert ben.headers["List-Unsubscribe"] != ana.headers["List-Unsubscribe"]
    assert "substitutions" not in server.requests[1]["personalizations"][0]


def test_the_sandbox_checks_and_delivers_nothing(start: Start) -> None:
    server, provider = start(sandbox=True)

    outcomes = provider.deliver(batch(ANA, BEN))

    assert answers(outcomes) == [A, A]
    assert server.requests[0]["mail_settings"] == {"sandbox_mode": {"enable": True}}
    assert server.arrived == []
    assert not provider.capabilities.live


def test_a_sandbox_that_says_202_was_none(start: Start) -> None:
    _, provider = start(Reply(202), sandbox=True)

    assert answers(provider.deliver(batch(ANA))) == [U]
