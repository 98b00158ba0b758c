"""Clicks that no person made."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.events.machines import SWEEP_LINKS, SWEEP_S, is_program, swept


def test_four_links_within_three_seconds_are_a_sweep() -> None:
    assert swept([(100, "a"), (100, "b"), (101, "c"), (102, "d")]) == {100, 101, 102}


@pytest.mark.parametrize(
    "clicks",
    [
        [(100, "a"), (100, "b"), (101, "c")],
        [(100, "a"), (100, "b"), (101, "c"), (103, "d")],
        [(100, "a"), (100, "a"), (101, "a"), (102, "a")],
        [(100, "a"), (130, "b"), (160, "c"), (190, "d")],
        [],
    ],
)
def test_a_person_who_reads_is_none(clicks: list[tuple[int, str]]) -> None:
    assert swept(clicks) == frozenset()


def test_what_a_person_clicks_after_a_sweep_is_theirs() -> None:
    sweep = [(100 + n % 2, f"link{n}") for n in range(9)]
    assert swept([*sweep, (900, "link3")]) == {100, 101}


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abcdef"))), st.randoms())
def test_the_order_in_which_they_are_told_says_nothing(
    clicks: list[tuple[int, str]], random: Random
) -> None:
    mixed = list(clicks)
    random.shuffle(mixed)
    found = swept(clicks)
    assert swept(mixed) == found
    for at in found:
        near = [
            {link for when, link in clicks if start <= when < start + SWEEP_S}
            for start in range(at - SWEEP_S + 1, at + 1)
        ]
        assert any(len(links) >= SWEEP_LINKS for links in near)


def test_an_empty_name_is_a_programs() -> None:
    assert is_program("")
    assert is_program(None)
    assert not is_program("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0")
