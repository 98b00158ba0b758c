"""Not faster than was asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.model.rate import Rate
from composer.sending.pace import Pace

rates = st.builds(Rate, st.floats(0.1, 5_000), st.sampled_from(["s", "min", "h"]))


@pytest.mark.parametrize(
    ("text", "per_s", "shown"),
    [
        ("600/min", 10.0, "600/min"),
        ("10/s", 10.0, "10/s"),
        ("7200/h", 2.0, "7200/h"),
        ("60", 1.0, "60/min"),
        (" 1.5 / sec ", 1.5, "1.5/s"),
        ("2000000/hour", 2_000_000 / 3600, "2000000/h"),
    ],
)
def test_a_rate_is_read_as_people_write_it(text: str, per_s: float, shown: str) -> None:
    assert Rate.parse(text).per_s == pytest.approx(per_s)
    assert str(Rate.parse(text)) == shown


@given(rates)
def test_a_rate_is_written_as_it_is_read(rate: Rate) -> None:
    again = Rate.parse(str(rate))
    assert again.per_s == pytest.approx(rate.per_s)
    assert str(again) == str(rate)


@pytest.mark.parametrize("text", ["", "fast", "0/min", "-3/s", "10/day", "1e3/s", "10 per s"])
def test_what_is_no_rate_is_refused_with_the_way_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="600/min"):
        Rate.parse(text)


@given(rates, st.lists(st.tuples(st.floats(0, 3), st.integers(1, 2_000)), max_size=60))
def test_in_any_time_no_more_goes_than_the_rate_allows(
    rate: Rate, asked: list[tuple[float, int]]
) -> None:
    """Many senders ask, at any moment, for as many as they like."""
    now, pace = 1_000.0, Pace(rate)
    went: list[tuple[float, int]] = []
    for pause_s, wanted in asked:
        now += pause_s
        count = min(wanted, pace.room(now).left)
        if count:
            pace = pace.after(count, now)
            went.append((now, count))
    for first, (since, _) in enumerate(went):
        total = 0
        for until, count in went[first:]:
            total += count
            assert total <= pace.most + (until - since) * rate.per_s + 0.02


@given(rates, st.integers(1, 40))
def test_who_asks_when_told_to_loses_nothing_of_the_rate(rate: Rate, turns: int) -> None:
    start = now = 1_000.0
    pace, went = Pace(rate), 0
    for _ in range(turns):
        room = pace.room(now)
        assert room.left > 0
        pace, went = pace.after(room.left, now), went + room.left
        full = pace.room(now)
        assert full.left == 0
        now = full.free_at
    assert went == pytest.approx((now - start) * rate.per_s, rel=1e-3)


def test_a_slow_rate_makes_small_groups() -> None:
    assert Pace(Rate.parse("60/min")).room(0.0).left == 1
    assert Pace(Rate.parse("4/min")).room(0.0).left == 1
    assert Pace(Rate.parse("100/s")).room(0.0).left == 100


def test_a_clock_that_was_set_back_holds_nobody_up_for_long() -> None:
    pace = Pace(Rate(10.0)).after(10, 9_000.0)

    assert pace.room(1_000.0).left == 0
    assert pace.room(1_000.0).free_at == 1_002.0
    late = Pace(Rate.parse("1/h")).after(1, 9_000.0)
    assert late.room(0.0).free_at == 3_601.0
