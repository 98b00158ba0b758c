"""What stops a domain, what stops a mailing, and who is never to blame."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.model.limits import Fuses
from composer.sending.breaker import Breaker, Verdict, is_policy
from composer.sending.provider import Answer, Outcome

SPAM = "550 5.7.1 this looks like spam"
GONE = "550 5.1.1 no such user"


def breaker(**fuses: float) -> Breaker:
    return Breaker(Fuses(**fuses), lambda: 0.0)  # type: ignore[arg-type]  # counts are whole


def told(
    domain: str, answer: Answer, count: int = 1, reason: str = ""
) -> list[tuple[str, Outcome]]:
    return [(domain, Outcome(f"d{n}", answer, reason=reason)) for n in range(count)]


@pytest.mark.parametrize(
    ("reason", "policy"),
    [
        (SPAM, True),
        (GONE, False),
        ("550 5.1.1 blocked: no such user", False),
        ("550-5.7.26 This mail is unauthenticated", True),
        ("554 5.6.0 message content rejected", True),
        ("501 5.5.4 syntax", True),
        ("552 5.2.2 mailbox full", False),
        ("550 Blocked by our DNSBL", True),
        ("550 poor reputation", True),
        ("554 relay access denied", True),
        ("550 unknown mailbox", False),
        ("452 4.7.1 try later; 550 5.1.1 gone", False),
        ("the message could not be written: a header", False),
        ("", False),
    ],
)
def test_the_code_decides_and_else_the_words(reason: str, policy: bool) -> None:
    assert is_policy(reason) is policy


def test_one_domain_is_paused_and_the_others_are_not() -> None:
    seen = breaker().saw(
        [
            *told("gmail.com", Answer.ACCEPTED, 60),
            *told("gmail.com", Answer.REFUSED, 5, SPAM),
            *told("example.org", Answer.REFUSED, 3, SPAM),
            *told("example.net", Answer.ACCEPTED, 30),
        ]
    )
    assert seen.domains == {"gmail.com": "it refused 5 of 65 for reasons of policy"}
    assert seen.stop == ""


def test_dead_addresses_pause_no_domain() -> None:
    assert breaker().saw(told("gmail.com", Answer.REFUSED, 49, GONE)) == Verdict()


def test_too_many_refusals_stop_the_mailing_with_their_figures() -> None:
    seen = breaker().saw(
        [*told("a.example", Answer.ACCEPTED, 150), *told("b.example", Answer.REFUSED, 50, GONE)]
    )
    assert seen.stop == "50 of the last 200 messages were refused (25 %; 20% is too many)"


def test_what_nobody_answers_stops_the_mailing() -> None:
    seen = breaker().saw(told("a.example", Answer.UNKNOWN, 50))
    assert seen.stop == "50 of the last 50 messages were never answered (100 %; 10% is too many)"


def test_refusals_of_a_paused_domain_do_not_stop_the_mailing() -> None:
    seen = breaker().saw(told("gmail.com", Answer.REFUSED, 400, SPAM))
    assert list(seen.domains) == ["gmail.com"]
    assert seen.stop == ""


def test_a_relay_that_refuses_the_sender_everywhere_stops_the_mailing() -> None:
    many = [pair for n in range(60) for pair in told(f"d{n}.example", Answer.REFUSED, 1, SPAM)]
    seen = breaker().saw(many)
    assert seen.domains == {}
    assert seen.stop


def test_a_window_that_has_passed_is_forgotten() -> None:
    now = [0.0]
    seen = Breaker(Fuses(), lambda: now[0])
    assert not seen.saw(told("gmail.com", Answer.REFUSED, 4, SPAM)).domains
    now[0] = 600.0
    assert not seen.saw(told("gmail.com", Answer.REFUSED, 4, SPAM)).domains
    assert seen.saw(told("gmail.com", Answer.REFUSED, 1, SPAM)).domains


@given(times=st.integers(1, 1000))
def test_a_pause_grows_up_to_a_day(times: int) -> None:
    fuses = Fuses()
    assert fuses.pause_s <= fuses.pause_for_s(times) <= fuses.most_pause_s
    assert fuses.pause_for_s(times) <= fuses.pause_for_s(times + 1)


groups = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["a.example", "b.example", "c.example"]),
            st.sampled_from([Answer.ACCEPTED, Answer.REFUSED]),
            st.sampled_from([SPAM, GONE]),
        ),
        max_size=60,
    ),
    max_size=10,
)


@given(groups)
def test_no_domain_goes_on_refusing_without_being_paused(
    given_groups: list[list[tuple[str, Answer, str]]],
) -> None:
    """After every look: no domain is over its fuse that was not paused since."""
    seen, policy, answers = breaker(), Counter[str](), Counter[str]()
    for group in given_groups:
        pairs = [(domain, Outcome("d", answer, reason=reason)) for domain, answer, reason in group]
        for domain, outcome in pairs:
            answers[domain] += 1
            policy[domain] += outcome.answer is Answer.REFUSED and is_policy(outcome.reason)
        for domain in seen.saw(pairs).domains:
            policy[domain] = answers[domain] = 0
        assert not any(n >= 5 and n >= 0.05 * answers[domain] for domain, n in policy.items())
