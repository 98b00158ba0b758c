"""Whose trouble it is, and when an address is given up."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.events.event import Event, Kind, Reason, key_of, moment, spoken
from composer.events.machines import is_program, is_too_soon
from composer.events.scoring import Told, is_given_up, score_of
from composer.events.verdict import Verdict, code_in, is_permanent, verdict_of


def bounce(code: str = "", detail: str = "", **more: object) -> Event:
    return Event(key_of(code, detail), Kind.BOUNCED, code=code, detail=detail, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("codes", "verdict"),
    [
        ("5.1.1 5.1.3 5.1.6 5.1.10", Verdict.DEAD),
        ("5.1.2", Verdict.HOSTLESS),
        ("5.2.1", Verdict.DISABLED),
        ("5.2.2 5.2.3 5.3.4 5.4.4 5.4.1 4.2.2 4.4.1 4.3.2 4.1.1 4.2.1", Verdict.TROUBLE),
        (
            "5.7.1 5.7.9 5.7.26 5.7.515 5.6.0 5.6.1 5.5.0 5.5.4 4.7.0 4.7.28 5.1.7 5.1.8 4.1.8",
            Verdict.OURS,
        ),
        ("5.0.0 5.1.0 5.9.9", Verdict.TROUBLE),
    ],
)
def test_the_code_says_whose_trouble_it_is(codes: str, verdict: Verdict) -> None:
    for code in codes.split():
        assert verdict_of(bounce(code)) is verdict, code


@pytest.mark.parametrize(
    ("detail", "verdict"),
    [
        ("550 No such user here", Verdict.DEAD),
        ("550 5.0.0 User unknown", Verdict.DEAD),
        ("552 mailbox is full", Verdict.TROUBLE),
        ("554 rejected: listed at zen.spamhaus.org", Verdict.OURS),
        ("550 blocked by policy", Verdict.OURS),
        ("550 DMARC check failed", Verdict.OURS),
        ("something went wrong", Verdict.TROUBLE),
    ],
)
def test_without_a_code_the_words_do(detail: str, verdict: Verdict) -> None:
    assert verdict_of(bounce(code_in(detail), detail)) is verdict


def test_a_blocklists_answer_in_the_clothes_of_an_unknown_mailbox_is_ours() -> None:
    assert verdict_of(bounce("5.1.1", "550 5.1.1 blocked using spamhaus")) is Verdict.OURS


def test_what_is_not_over_yet_is_no_verdict() -> None:
    for kind in (Kind.DEFERRED, Kind.QUEUED, Kind.SENT, Kind.OPENED, Kind.FAILED, Kind.UNKNOWN):
        assert verdict_of(Event(b"", kind, code="5.1.1", reason=Reason.INVALID)) is Verdict.NOTHING


def test_codes_are_found_in_sentences_and_nowhere_else() -> None:
    assert code_in("smtp; 550 5.1.1 <x> unknown") == "5.1.1"
    assert code_in("550-5.7.515 Access denied") == "5.7.515"
    for text in ("", "10.5.1.1", "5.1.1.9 is a host", "5.1", "3.1.1", "15.1.1", "v5.1.1000"):
        assert code_in(text) == ""
    assert is_permanent("", "450 busy") is False
    assert is_permanent("", "smtp;550 no") is None or is_permanent("", "550 no") is True
    assert is_permanent("2.0.0") is None


# --- scoring ----------------------------------------------------------------------------


def troubles(days: Sequence[int], verdict: Verdict = Verdict.TROUBLE) -> list[Told]:
    return [Told(f"issue-{day}", verdict, moment(1_790_000_000 + day * 86_400)) for day in days]


def test_five_issues_over_four_weeks_are_too_many() -> None:
    assert not is_given_up(troubles([0, 7, 14, 21]))
    assert not is_given_up(troubles([0, 1, 2, 3, 27]))
    assert is_given_up(troubles([0, 7, 14, 21, 28]))
    assert score_of(troubles([0, 7, 14, 21])) == 4


def test_an_issue_counts_once_however_often_it_is_told() -> None:
    same = [Told("issue", Verdict.TROUBLE, moment(1_790_000_000 + n * 86_400)) for n in range(40)]

    assert score_of(same) == 1
    assert not is_given_up(same)


def test_what_arrives_resets_the_score_unless_it_came_back_later() -> None:
    arrived = troubles([22], Verdict.REACHED)

    assert not is_given_up([*troubles([0, 7, 14, 21, 28]), *arrived])
    assert score_of([*troubles([0, 7, 14, 21, 28]), *arrived]) == 1
    # SendGrid says "delivered" of what bounces a minute later.
    accepted_first = troubles([0, 7, 14, 21, 28], Verdict.REACHED)
    assert is_given_up([*troubles([0, 7, 14, 21, 28]), *accepted_first])


def test_a_disabled_mailbox_has_two_issues_and_a_lost_domain_a_day() -> None:
    assert not is_given_up(troubles([0], Verdict.DISABLED))
    assert is_given_up(troubles([0, 7], Verdict.DISABLED))
    assert not is_given_up(troubles([0, 1], Verdict.HOSTLESS))
    assert is_given_up(troubles([0, 2], Verdict.HOSTLESS))
    assert is_given_up(troubles([0], Verdict.DEAD))


def test_our_own_fault_is_never_theirs() -> None:
    assert not is_given_up(troubles(range(0, 400, 7), Verdict.OURS))


told = st.lists(
    st.builds(
        Told,
        st.sampled_from([f"issue-{n}" for n in range(7)]),
        st.sampled_from([v for v in Verdict if v is not Verdict.NOTHING]),
        st.integers(0, 80).map(lambda day: moment(1_790_000_000 + day * 86_400)),
    ),
    max_size=6,
)


@given(told, st.randoms())
def test_neither_order_nor_repetition_changes_the_judgement(
    some: list[Told], random: st.DrawFn
) -> None:
    before = is_given_up(some), score_of(some)

    for other in itertools.islice(itertools.permutations(some), 24):
        assert (is_given_up(other), score_of(other)) == before
    assert (is_given_up(some * 3), score_of(some * 3)) == before


# --- machines, words, times -------------------------------------------------------------


def test_programs_are_told_from_people() -> None:
    people = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/129.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
        "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.3.1",
    )
    programs = ("Mozilla/5.0", "", None, 7, "python-requests/2.32", "curl/8.1", "Googlebot/2.1")

    assert not any(map(is_program, people))
    assert all(map(is_program, programs))


def test_a_click_within_seconds_is_a_scanners() -> None:
    assert is_too_soon("2026-11-26T09:00:09Z", "2026-11-26T09:00:00Z")
    assert is_too_soon("2026-11-26T08:59:00Z", "2026-11-26T09:00:00Z")
    assert not is_too_soon("2026-11-26T09:00:10Z", "2026-11-26T09:00:00Z")
    assert not is_too_soon("2026-11-26T09:00:10Z", "")


def test_times_are_read_in_every_form_that_providers_write() -> None:
    for told_so in (
        1_795_683_600,
        "1795683600",
        1_795_683_600.365,
        "2026-11-26T09:00:00Z",
        "2026-11-26T10:00:00.1234567+01:00",
        "2026-11-26 09:00:00",
        "2026-11-26T09:00:00.123456789Z",
    ):
        assert moment(told_so) == "2026-11-26T09:00:00Z"
    nonsense: object
    for nonsense in ("", "soon", 0, -1, 10**30, float("nan"), float("inf"), None, [], True):
        assert moment(nonsense) == ""


@given(st.text())
def test_what_a_server_said_is_one_line_without_addresses(text: str) -> None:
    line = spoken(f"{text} <ana@example.net> {text}")

    assert "ana@example.net" not in line
    assert len(line) <= 300
    line.encode()
    assert not any(ord(char) < 32 for char in line)
