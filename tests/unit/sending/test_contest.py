"""A/B tests: who is in the sample, what is planned for the rest, and which variant wins."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import GuardError
from composer.model.ab_test import AbTest, Contest, Figure, Metric, Why, read_ab_test
from composer.model.delivery import Recipient
from composer.model.edition import EditionKey
from composer.sending.choice import Course
from composer.sending.contest import (
    NEVER_S,
    NothingMeasured,
    chosen_by_hand,
    decide,
    in_sample,
    refuse_small,
)
from composer.sending.plan import Prepared, prepare
from tests.unit.sending.samples import EDITIONS, People, candidate, edition, request

TEST = AbTest(percent=20)
VARIANTS = replace(EDITIONS, variants=("a", "b"), segments=("board",))
CONTEST = Contest(TEST, ("a", "b"))
figures = st.builds(
    lambda n, part: Figure(n, int(n * part)), st.integers(0, 10**6), st.floats(0, 1)
)


def people(count: int) -> People:
    boards = {True: ("board",), False: ()}
    return People([candidate(n, segments=boards[n % 3 == 0]) for n in range(1, count + 1)])


def planned(count: int, test: AbTest | None = TEST) -> Prepared:
    asked = replace(request(VARIANTS), course=Course(ab_test=test))
    return prepare(asked, people(count), edition)


# --- words -----------------------------------------------------------------------------------


@given(st.integers(1, 99), st.integers(1, 9_999), st.sampled_from("mhd"), st.sampled_from(Metric))
def test_a_test_reads_back_as_it_is_told(part: int, time: int, unit: str, metric: Metric) -> None:
    test = read_ab_test(f"{metric} {time}{unit}, {part}%")

    assert (test.percent, test.metric) == (part, metric)
    if time * {"m": 60, "h": 3_600, "d": 86_400}[unit] <= 9_999 * 60:
        assert read_ab_test(test.words) == test


def test_what_is_not_said_is_as_usual() -> None:
    assert read_ab_test("10%") == AbTest(10, 4 * 3_600, Metric.CLICKS)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("", 'is written as "20% 4h clicks"'),
        ("100%", "'100%' is no part of an A/B test"),
        ("20% 4h opens", "opens are made by machines"),
        ("20% 30%", "says twice what percent is"),
        ("4h 5h", "says twice what wait is"),
    ],
)
def test_what_is_no_test_says_why(words: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_ab_test(words)


# --- the sample ------------------------------------------------------------------------------


@given(st.text(max_size=20), st.integers(1, 10**9), st.integers(1, 98))
def test_a_larger_sample_holds_a_smaller_one(issue: str, reader: int, percent: int) -> None:
    drawn = in_sample(issue, reader, percent)

    assert drawn == in_sample(issue, reader, percent)
    assert not drawn or in_sample(issue, reader, percent + 1)


@given(st.text(max_size=20), st.integers(1, 99))
def test_the_sample_is_as_large_as_was_asked(issue: str, percent: int) -> None:
    drawn = sum(in_sample(issue, reader, percent) for reader in range(2_000))

    # Six standard deviations: chance alone does not come there.
    assert abs(drawn / 2_000 - percent / 100) < 6 * (percent * (100 - percent)) ** 0.5 / 4_472


@given(st.integers(1, 120))
def test_everybody_is_in_one_variants_sample_or_in_the_rest_and_always_the_same(n: int) -> None:
    prepared = planned(n)
    plan = prepared.plan

    decided = [d for d in prepared.decisions(people(n)) if isinstance(d, Recipient)]
    assert sum(plan.variants.values()) + plan.rest == plan.recipients == n
    assert plan == planned(n).plan
    assert Counter(str(d.edition) for d in decided) == Counter(plan.recipients_by_edition)
    for one in decided:
        asked_first = in_sample("2026-014", one.subscriber_id, 20)
        assert bool(one.edition.variant) == asked_first
        assert one.due == (0 if asked_first else NEVER_S)


def test_the_variant_of_somebody_in_the_sample_is_the_one_without_a_test() -> None:
    alone = {d.subscriber_id: d.edition for d in _recipients(planned(300, None), 300)}

    for one in _recipients(planned(300), 300):
        without = alone[one.subscriber_id]
        assert one.edition in (without, replace(without, variant=""))


def test_the_rest_has_a_frozen_edition_of_every_variant() -> None:
    plan = planned(300).plan

    rest = [EditionKey.parse(n) for n in plan.recipients_by_edition if "/" not in n]
    assert sorted(map(str, rest)) == ["en", "en+board"]
    assert {str(replace(k, variant=v)) for k in rest for v in "ab"} <= plan.editions.keys()
    assert plan.contest == CONTEST


def _recipients(prepared: Prepared, count: int) -> list[Recipient]:
    return [d for d in prepared.decisions(people(count)) if isinstance(d, Recipient)]


def test_a_sample_that_cannot_tell_anything_is_refused() -> None:
    refuse_small(planned(300).plan, TEST, ("a", "b"))
    with pytest.raises(GuardError, match="the sample of 1 % has nobody for variant a and b"):
        refuse_small(planned(5, AbTest(percent=1)).plan, AbTest(percent=1), ("a", "b"))
    with pytest.raises(GuardError, match="nobody is left to get the winner"):
        refuse_small(planned(12, AbTest(percent=99)).plan, AbTest(percent=99), ("a", "b"))


# --- the decision ----------------------------------------------------------------------------


@given(st.dictionaries(st.sampled_from("abc"), figures))
def test_no_variant_did_better_than_the_winner(measured: dict[str, Figure]) -> None:
    contest = Contest(TEST, ("a", "b", "c"))

    made = decide(contest, measured, "2026-11-23T13:00:00Z")

    rates = {name: figure.rate for name, figure in made.figures.items()}
    equal = [name for name, rate in rates.items() if rate == max(rates.values())]
    assert made.winner == equal[0]
    assert made == decide(contest, measured, made.at)
    expected = Why.NOTHING if not max(rates.values()) else Why.TIE if equal[1:] else Why.BEST
    assert made.why is expected


def test_nothing_measured_ends_with_the_first_variant() -> None:
    measured = NothingMeasured().people("2026-014-board-7f3a", Metric.CLICKS)
    none = {name: Figure(100, measured.get(name, 0)) for name in "ab"}

    assert decide(CONTEST, none, "").winner == "a"
    assert decide(CONTEST, {}, "").why is Why.NOTHING


def test_a_person_may_choose_but_only_what_is_there() -> None:
    made = chosen_by_hand(CONTEST, "b", {"a": Figure(10, 9)}, "2026-11-23T13:00:00Z")

    assert (made.winner, made.why) == ("b", Why.PERSON)
    assert made.figures == {"a": Figure(10, 9), "b": Figure(0, 0)}
    with pytest.raises(GuardError, match="no variant 'c'"):
        chosen_by_hand(CONTEST, "c", {}, "")
