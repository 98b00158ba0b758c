"""What one call may hold, what is wrong with all of it, and how long it waits."""

from __future__ import annotations

import time
from typing import Any

import pytest

from composer.errors import Misconfigured
from composer.model.settings import Secret, SendgridSettings
from composer.providers.sendgrid import SendgridProvider
from composer.sending.provider import Answer
from tests.servers.sendgrid_like import API_KEY, Reply, SendgridServer, errors
from tests.unit.providers.conftest import StartApi, answers
from tests.unit.providers.letters import batch, batch_of, delivery

ANA, BEN, CLEO = "ana@example.org", "ben@example.net", "cleo@example.org"
A, R, D, U = Answer.ACCEPTED, Answer.REFUSED, Answer.DEFERRED, Answer.UNKNOWN


def people(body: dict[str, Any]) -> list[str]:
    return [each["to"][0]["email"] for each in body["personalizations"]]


# --- the rest of 4xx -----------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 404, 405, 415])
def test_what_is_wrong_with_our_side_marks_nobody(start_api: StartApi, status: int) -> None:
    _, provider = start_api(Reply(status, errors((None, "no"))))

    with pytest.raises(Misconfigured, match=f"HTTP {status}"):
        provider.deliver(batch(ANA, BEN))


def test_a_key_that_is_revoked_half_way_defers_the_rest(start_api: StartApi) -> None:
    _, provider = start_api(Reply(202), Reply(401))

    outcomes = provider.deliver(batch(ANA, BEN, ANA))

    assert answers(outcomes) == [A, A, D]
    assert "401" in outcomes[2].reason


def test_an_unknown_is_never_hidden_by_an_error(start_api: StartApi) -> None:
    _, provider = start_api(Reply(500), Reply(403))

    assert answers(provider.deliver(batch(ANA, ANA))) == [U, D]


def test_a_call_that_is_too_large_is_split(start_api: StartApi) -> None:
    server, provider = start_api(
        judge=lambda body: Reply(413) if len(body["personalizations"]) > 8 else None
    )

    outcomes = provider.deliver(batch_of(30))

    assert set(answers(outcomes)) == {A}
    assert len(server.arrived) == 30


def test_a_message_that_is_too_large_by_itself_is_nobodys_fault(start_api: StartApi) -> None:
    _, provider = start_api(judge=lambda _: Reply(413))

    with pytest.raises(Misconfigured, match="413"):
        provider.deliver(batch(ANA, BEN))


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "0"}, {"X-RateLimit-Reset": "1"}, {"Retry-After": "soon"}, {}]
)
def test_too_many_requests_are_waited_for(start_api: StartApi, headers: dict[str, str]) -> None:
    server, provider = start_api(Reply(429, errors((None, "too many requests")), headers))
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
def test_a_long_wait_is_told_to_whoever_comes_again(start_api: StartApi, kind: str) -> None:
    then = time.time() + 3600
    headers = {
        "seconds": {"Retry-After": "3600"},
        "date": {"Retry-After": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(then))},
        "reset": {"X-RateLimit-Reset": str(int(then))},
    }[kind]
    server, provider = start_api(Reply(429, b"", headers))

    outcomes = provider.deliver(batch(ANA, BEN))

    assert answers(outcomes) == [D, D]
    assert outcomes[0].retry_after_s == pytest.approx(3600, abs=60)
    assert len(server.requests) == 1


def test_a_server_that_always_says_later_is_left_alone(start_api: StartApi) -> None:
    server, provider = start_api(judge=lambda _: Reply(429, b"", {"Retry-After": "0"}))

    assert answers(provider.deliver(batch(ANA))) == [D]
    assert len(server.requests) == 6


def test_closing_ends_the_waiting(start_api: StartApi) -> None:
    _, provider = start_api(Reply(429, b"", {"Retry-After": "3"}))
    provider.close()

    assert answers(provider.deliver(batch(ANA))) == [D]


# --- what a call may hold ------------------------------------------------------------------


def test_an_address_is_never_twice_in_one_call(start_api: StartApi) -> None:
    server, provider = start_api()

    outcomes = provider.deliver(batch(ANA, BEN, "Ana@EXAMPLE.org", ANA))

    assert answers(outcomes) == [A, A, A, A]
    assert [people(r) for r in server.requests] == [[ANA, BEN], ["Ana@example.org"], [ANA]]


def test_too_much_merge_data_travels_in_a_message_of_its_own(start_api: StartApi) -> None:
    server, provider = start_api()
    long = "Zoë " * 3_000

    outcomes = provider.deliver(batch(delivery(1, ANA), delivery(2, BEN, first_name=long)))

    assert answers(outcomes) == [A, A]
    ana, ben = server.arrived
    assert f"Dear {long}," in ben.text
    assert ben.headers["List-Unsubscribe"] != ana.headers["List-Unsubscribe"]
    assert "substitutions" not in server.requests[1]["personalizations"][0]


def test_the_sandbox_checks_and_delivers_nothing(start_api: StartApi) -> None:
    server, provider = start_api(sandbox=True)

    outcomes = provider.deliver(batch(ANA, BEN))

    assert answers(outcomes) == [A, A]
    assert server.requests[0]["mail_settings"] == {"sandbox_mode": {"enable": True}}
    assert server.arrived == []
    assert not provider.capabilities.live


def test_a_sandbox_that_says_202_was_none(start_api: StartApi) -> None:
    _, provider = start_api(Reply(202), sandbox=True)

    assert answers(provider.deliver(batch(ANA))) == [U]
