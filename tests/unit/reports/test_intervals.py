"""Intervals: against published values, and what must hold for all figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.model.ab_test import Figure
from composer.reports.intervals import difference, is_noise, wilson

figures = st.integers(1, 10**6).flatmap(
    lambda n: st.integers(0, n).map(lambda people: Figure(n, people))
)


def test_wilson_is_as_newcombe_published_it() -> None:
    """Newcombe 1998 (Statistics in Medicine 17:857), table I, method 3."""
    for (people, accepted), (low, high) in {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0000, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }.items():
        found = wilson(Figure(accepted, people))
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_the_difference_is_as_newcombe_published_it() -> None:
    """Newcombe 1998 (Statistics in Medicine 17:873), table II, method 10."""
    for (one, other), (low, high) in {
        ((56, 70), (48, 80)): (0.0524, 0.3339),
        ((9, 10), (3, 10)): (0.1705, 0.8090),
        ((5, 56), (0, 29)): (-0.0381, 0.1926),
        ((0, 10), (0, 20)): (-0.1611, 0.2775),
    }.items():
        found = difference(Figure(one[1], one[0]), Figure(other[1], other[0]))
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(figures)
def test_the_rate_lies_in_its_interval_and_more_readers_make_it_narrower(one: Figure) -> None:
    found = wilson(one)
    wider = Figure(one.accepted * 4, one.people * 4)

    assert 0 <= found.low <= one.rate + 1e-12
    assert one.rate - 1e-12 <= found.high <= 1
    assert wilson(wider).high - wilson(wider).low < found.high - found.low


@given(figures, figures)
def test_a_difference_is_noise_seen_from_either_side(one: Figure, other: Figure) -> None:
    assert is_noise(one, other) == is_noise(other, one)
    assert is_noise(one, one)


def test_few_readers_prove_nothing_and_many_do() -> None:
    assert is_noise(Figure(20, 3), Figure(20, 1))
    assert not is_noise(Figure(20_000, 3_000), Figure(20_000, 1_000))


@pytest.mark.parametrize("figure", [Figure(0, 0), Figure(3, 5)])
def test_figures_that_cannot_be_still_have_an_interval(figure: Figure) -> None:
    found = wilson(figure)

    assert 0 <= found.low <= found.high <= 1
