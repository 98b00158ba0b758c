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


@given(st.integers(1, 120))
def test_everybody_is_in_one_variants_sample_or_in_the_rest_and_always_the_same(n: int) -> None:
    prepared = planned(n)
    plan = prepared.plan

    decided = [d for d in prepared.decisions(people(n)) if isinstance(d, Recipient)]
    assert sum(plan.variants.values()) + plan.rest == plan.recipients == n
    assert plan == planned(n).plan
    assert Counter(str(d.edition) for d in decided) == Counter(plan.recipients_by_edition)
    assert all(one.due == (0 if one.edition.variant else NEVER_S) for one in decided)


def test_the_rest_has_a_frozen_edition_of_every_variant() -> None:
    plan = planned(300).plan

    rest = [EditionKey.parse(n) for n in plan.recipients_by_edition if "/" not in n]
    assert sorted(map(str, rest)) == ["en", "en+board"]
    assert {str(replace(k, variant=v)) for k in rest for v in "ab"} <= plan.editions.keys()
    assert plan.contest == CONTEST


@pytest.mark.parametrize(
    ("readers", "asked", "sample", "rest"),
    [
        (290, "20% 1m clicks", {"a": 29, "b": 29}, 232),
        (13, "50%", {"a": 4, "b": 3}, 6),
        (4, "50%", {"a": 1, "b": 1}, 2),
        (13, None, {"a": 7, "b": 6}, 0),
        (1, None, {"a": 1}, 0),
    ],
)
def test_every_variant_gets_its_part(
    readers: int, asked: str | None, sample: dict[str, int], rest: int
) -> None:
    plan = planned(readers, read_ab_test(asked) if asked else None).plan

    assert (plan.variants, plan.rest) == (sample, rest)
    refuse_small(plan, ("a", "b"))


@pytest.mark.parametrize(
    ("readers", "percent", "problem", "hint"),
    [
        (5, 1, "the sample of 1 % has nobody for variant a and b: it is 0 of 5 readers", "30 %"),
        (4, 20, "the sample of 20 % has nobody for variant b: it is 1 of 4 readers", "38 %"),
        (12, 99, "the sample of 99 % takes all 12 readers, and nobody is left", "at most 95 %"),
        (2, 50, "2 readers are too few to try 2 variants on some of them first", "3 readers or"),
        (1, 50, "one reader is too few to try 2 variants on some of them first", "3 readers or"),
    ],
)
def test_a_sample_that_cannot_tell_anything_is_refused(
    readers: int, percent: int, problem: str, hint: str
) -> None:
    with pytest.raises(GuardError) as refused:
        refuse_small(planned(readers, AbTest(percent)).plan, ("a", "b"))

    assert problem in refused.value.problem
    assert refused.value.problem.endswith(" Nothing was sent.")
    assert hint in refused.value.hint


@given(st.integers(1, 400), st.integers(1, 99), st.integers(2, 6), st.sampled_from(Metric))
def test_what_the_hint_says_is_the_nearest_that_would_do(
    readers: int, percent: int, count: int, metric: Metric
) -> None:
    test = AbTest(percent, 3_600, metric)

    def refusal(tried: AbTest) -> str:
        plan = replace(planned(1).plan, recipients=readers, ab_test=tried)
        try:
            refuse_small(plan, "abcdef"[:count])
        except GuardError as error:
            return error.hint
        return ""

    fits = count <= test.sample_of(readers) < readers
    hint = refusal(test)
    assert bool(hint) == (not fits)
    if readers <= count:
        assert f"{count + 1} readers or more" in hint
    elif not fits:
        advised = read_ab_test(hint.split('"')[1])
        assert (advised.wait_s, advised.metric) == (test.wait_s, test.metric)
        assert refusal(advised) == ""
        towards = -1 if advised.percent > percent else 1
        assert refusal(replace(advised, percent=advised.percent + towards)) == hint


def test_a_plan_without_a_test_or_without_readers_has_nothing_to_refuse() -> None:
    refuse_small(planned(1, None).plan, ("a", "b"))
    refuse_small(planned(0).plan, ("a", "b"))


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
