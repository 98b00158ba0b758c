"""Not faster than was asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.sending.pace import Pace, Rate


@pytest.mark.parametrize(
    ("text", "per_s"),
    [("600/min", 10.0), ("10/s", 10.0), ("7200/h", 2.0), ("60", 1.0), (" 1.5 / s ", 1.5)],
)
def test_a_rate_is_read_as_people_write_it(text: str, per_s: float) -> None:
    assert Rate.parse(text).per_s == pytest.approx(per_s)


@pytest.mark.parametrize("text", ["", "fast", "0/min", "-3/s", "10/day", "1e3/s", "10 per s"])
def test_what_is_no_rate_is_refused_with_the_way_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="600/min"):
        Rate.parse(text)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40), st.floats(0.1, 500))
def test_over_any_time_no_more_is_handed_over_than_the_rate_allows(
    batches: list[int], per_s: float
) -> None:
    now_s = 0.0
    pace = Pace(Rate(per_s), lambda: now_s)
    handed_over = 0
    for size in batches:
        now_s += pace.wait_s()
        assert handed_over <= now_s * per_s + 1e-6
        pace.spent(size)
        handed_over += size


def test_no_rate_never_waits() -> None:
    pace = Pace(None, lambda: 0.0)
    pace.spent(1_000_000)
    assert pace.wait_s() == 0


def test_a_slow_rate_makes_small_batches() -> None:
    assert Rate.parse("60/min").batch_size(500) == 1
    assert Rate.parse("100/s").batch_size(500) == 100
    assert Rate.parse("100/s").batch_size(32) == 32
