"""Later each time, never all at once, and not for ever."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.sending.retry import MOST_ASKED_S, Backoff, Patience

draws = st.floats(0, 1, exclude_max=True)


@given(attempt=st.integers(1, 10_000), drawn=draws)
def test_a_delay_is_within_its_bounds(attempt: int, drawn: float) -> None:
    backoff = Backoff()
    delay_s = backoff.delay_s(attempt, lambda: drawn)
    assert backoff.least_s <= delay_s <= min(backoff.most_s, 60.0 * 2.0 ** min(attempt - 1, 60))


@given(attempt=st.integers(1, 50), drawn=draws, asked_s=st.floats(0, 10**7))
def test_what_the_provider_asks_for_is_kept_up_to_a_day(
    attempt: int, drawn: float, asked_s: float
) -> None:
    backoff = Backoff()
    delay_s = backoff.delay_s(attempt, lambda: drawn, asked_s=asked_s)
    assert delay_s >= min(asked_s, MOST_ASKED_S)
    assert delay_s <= max(backoff.most_s, min(asked_s, MOST_ASKED_S) + backoff.first_s)


def test_the_jitter_is_full_and_grows_with_each_try() -> None:
    backoff = Backoff()
    assert [backoff.delay_s(n, lambda: 0.0) for n in (1, 5)] == [5.0, 5.0]
    tops = [backoff.delay_s(n, lambda: 1.0) for n in range(1, 10)]
    assert tops == [60, 120, 240, 480, 960, 1920, 3840, 7200, 7200]


@given(attempt=st.integers(1, 100), drawn=draws, now=st.floats(0, 4e9))
def test_a_retry_is_in_the_future_or_given_up(attempt: int, drawn: float, now: float) -> None:
    patience = Patience(until=2e9)
    due = patience.due(attempt, now, lambda: drawn)
    if due:
        assert due > now
        assert due <= 2e9 + 1 or attempt < patience.tries
    else:
        assert attempt >= patience.tries
        assert now + 7200 > 2e9


@pytest.mark.parametrize(("due", "began"), [(0, 1_795_251_600), (1_795_300_000, 1_795_300_000)])
def test_patience_counts_from_the_beginning_of_the_mailing(due: int, began: int) -> None:
    patience = Patience.of("2026-11-21T09:00:00Z", due, 3600.0)
    assert math.isclose(patience.until, began + 3600)


def test_who_is_first_tried_after_the_deadline_gets_some_tries_too() -> None:
    patience = Patience(until=1000.0, tries=3)
    assert [patience.due(n, 2000.0, lambda: 0.0) for n in (1, 2, 3)] == [2006, 2006, 0]
