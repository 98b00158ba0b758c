"""The API refuses, hesitates and breaks off; who is to blame, and may he be asked again?"""

from __future__ import annotations

from typing import Any

import pytest

from composer.errors import Misconfigured
from composer.sending.provider import Answer
from tests.servers.sendgrid_like import Break, Judge, Reply, errors
from tests.unit.providers.conftest import StartApi, answers
from tests.unit.providers.letters import batch, batch_of

ANA, BEN, CLEO = "ana@example.org", "ben@example.net", "cleo@example.org"
A, R, D, U = Answer.ACCEPTED, Answer.REFUSED, Answer.DEFERRED, Answer.UNKNOWN


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
    start_api: StartApi, status: int, body: bytes | dict[str, Any]
) -> None:
    headers = {"Location": "http://127.0.0.1:9/elsewhere"} if 300 <= status < 400 else {}
    server, provider = start_api(Reply(status, body, headers))

    outcomes = provider.deliver(batch(ANA, BEN))

    assert answers(outcomes) == [U, U]
    assert f"HTTP {status}" in outcomes[0].reason
    assert "<" not in outcomes[0].reason
    assert len(server.requests) == 1


@pytest.mark.parametrize("when", ["start", "end", "answer"])
def test_a_connection_that_breaks_leaves_an_unknown(start_api: StartApi, when: str) -> None:
    server, provider = start_api(Break(when))

    outcomes = provider.deliver(batch(ANA, BEN))

    assert answers(outcomes) == [U, U]
    assert len(server.seen_headers) == 1


def test_silence_leaves_an_unknown(start_api: StartApi) -> None:
    _, provider = start_api(Break(hang=True), timeout_s=0.2)

    outcomes = provider.deliver(batch(ANA))

    assert answers(outcomes) == [U]
    assert outcomes[0].reason == "no answer in time after the request had been sent"


def test_a_202_counts_even_when_the_rest_of_the_answer_breaks_off(start_api: StartApi) -> None:
    _, provider = start_api(Reply(202, b"half", {"Content-Length": "99", "X-Message-Id": "m1"}))

    outcomes = provider.deliver(batch(ANA))

    assert answers(outcomes) == [A]
    assert outcomes[0].provider_id == "m1"


def test_a_redirect_is_not_followed_and_the_key_stays_here(start_api: StartApi) -> None:
    elsewhere, _ = start_api()
    _, provider = start_api(Reply(302, headers={"Location": f"{elsewhere.url}/v3/mail/send"}))

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
    start_api: StartApi, told: tuple[str | None, str]
) -> None:
    server, provider = start_api(Reply(400, errors(told)))

    outcomes = provider.deliver(batch(ANA, BEN, CLEO))

    assert answers(outcomes) == [A, R, A]
    assert told[1] in outcomes[1].reason
    assert [people(request) for request in server.requests] == [[ANA, BEN, CLEO], [ANA, CLEO]]


def test_several_may_be_named_at_once(start_api: StartApi) -> None:
    no = "personalizations.{}.to.0.email"
    server, provider = start_api(
        Reply(400, errors((no.format(0), "bad"), (no.format(3), "bad"))),
        Reply(400, errors((no.format(1), "bad"))),
    )

    outcomes = provider.deliver(batch_of(5))

    assert answers(outcomes) == [R, A, R, R, A]
    assert len(server.requests) == 3


@pytest.mark.parametrize("culprits", [{7}, {1, 500}, {250, 251}])
def test_culprits_that_nobody_names_are_found_by_halving(
    start_api: StartApi, culprits: set[int]
) -> None:
    addresses = [f"reader{n}@example.org" for n in culprits]
    server, provider = start_api(judge=poisoned_by(*addresses, body=errors((None, "bad request"))))

    outcomes = provider.deliver(batch_of(500))

    refused = {n for n, outcome in enumerate(outcomes, start=1) if outcome.answer is R}
    assert refused == culprits
    assert answers(outcomes).count(A) == 500 - len(culprits)
    assert len({arrived.delivery for arrived in server.arrived}) == len(server.arrived)
    assert len(server.requests) <= 40


def test_a_body_that_nobody_may_send_is_nobodys_fault(start_api: StartApi) -> None:
    server, provider = start_api(judge=lambda _: Reply(400, errors((None, "account under review"))))

    with pytest.raises(Misconfigured, match="every message: HTTP 400: account under review"):
        provider.deliver(batch_of(500))

    assert len(server.requests) <= 80
    assert server.arrived == []


def test_too_many_culprits_cost_a_bounded_number_of_requests(start_api: StartApi) -> None:
    every_fifth = [f"reader{n}@example.org" for n in range(1, 501, 5)]
    server, provider = start_api(judge=poisoned_by(*every_fifth))

    outcomes = provider.deliver(batch_of(500))

    assert len(server.requests) == 80
    assert set(answers(outcomes)) == {A, R, D}
    accepted = {o.delivery_id for o in outcomes if o.answer is A}
    assert accepted == {arrived.delivery for arrived in server.arrived}


@pytest.mark.parametrize(
    "field", ["from.email", "subject", "content.0.value", "reply_to.email", "attachments.0.type"]
)
def test_a_fault_of_the_shared_body_is_ours(start_api: StartApi, field: str) -> None:
    server, provider = start_api(Reply(400, errors((field, "is wrong for desk@news.example.org"))))

    with pytest.raises(Misconfigured) as caught:
        provider.deliver(batch(ANA, BEN))

    assert field in str(caught.value)
    assert "desk@news" not in str(caught.value)
    assert len(server.requests) == 1


def test_a_fault_that_all_have_alike_is_ours(start_api: StartApi) -> None:
    told = [(f"personalizations.{n}.headers.List-ID", "reserved") for n in range(3)]
    _, provider = start_api(Reply(400, errors(*told)))

    with pytest.raises(Misconfigured, match="List-ID"):
        provider.deliver(batch(ANA, BEN, CLEO))


def test_a_number_beyond_the_call_names_nobody(start_api: StartApi) -> None:
    _, provider = start_api(Reply(400, errors(("personalizations.99.to", "bad"))))

    assert answers(provider.deliver(batch(ANA, BEN))) == [A, A]


# --- one for all ---------------------------------------------------------------------------


def names_the_first(field: str) -> Judge:
    return lambda _: Reply(400, errors((field, "is not allowed")))


@pytest.mark.parametrize(
    "field",
    [
        "personalizations.0.headers.List-ID",
        "personalizations.0.substitutions",
        "personalizations.0.custom_args",
        "personalizations[0].subject",
    ],
)
def test_a_fault_of_what_we_wrote_is_ours_even_where_one_reader_is_named(
    start_api: StartApi, field: str
) -> None:
    server, provider = start_api(judge=names_the_first(field))

    with pytest.raises(Misconfigured, match="is not allowed"):
        provider.deliver(batch(ANA, BEN, CLEO))

    assert len(server.requests) == 1


@pytest.mark.parametrize("field", ["personalizations.0.to", "personalizations.0"])
def test_a_fault_of_all_that_names_only_the_first_burns_nobody(
    start_api: StartApi, field: str
) -> None:
    server, provider = start_api(judge=names_the_first(field))

    with pytest.raises(Misconfigured):
        provider.deliver(batch_of(100))

    assert len(server.requests) == 8


def test_a_run_in_which_nobody_is_ever_taken_ends(start_api: StartApi) -> None:
    server, provider = start_api(judge=names_the_first("personalizations.0.to"))
    for _ in range(8):
        provider.deliver(batch(ANA))

    with pytest.raises(Misconfigured, match="one after the other"):
        provider.deliver(batch(ANA))

    assert len(server.requests) == 8


def test_a_reader_who_is_refused_alone_without_a_word_about_him_is_not_burnt(
    start_api: StartApi,
) -> None:
    _, provider = start_api(Reply(400, errors((None, "no"))), judge=poisoned_by(BEN))

    assert answers(provider.deliver(batch(BEN))) == [D]
    assert answers(provider.deliver(batch(ANA))) == [A]
    assert answers(provider.deliver(batch(BEN))) == [R]


def test_a_bad_address_is_refused_even_when_it_is_alone(start_api: StartApi) -> None:
    _, provider = start_api(Reply(400, errors(("personalizations.0.to.0.email", "bad"))))

    assert answers(provider.deliver(batch(ANA))) == [R]
