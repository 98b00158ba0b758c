"""The parts of A/B variants: exact, whoever is on the list and in whatever order they come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import GuardError
from composer.model.ab_test import AbTest
from composer.model.delivery import Exclusion, Recipient
from composer.sending.choice import Course
from composer.sending.parts import Parts, parts_of
from composer.sending.plan import Prepared, prepare
from tests.unit.sending.samples import (
    EDITIONS,
    People,
    candidate,
    edition,
    request,
    suppressed,
    unconfirmed,
    with_issue,
)

NAMES = tuple("abcdefgh")
readers = st.one_of(
    st.sets(st.integers(1, (1 << 40) - 1), max_size=60),
    st.integers(0, 700).map(lambda count: set(range(1, count + 1))),
)
variants = st.integers(2, len(NAMES)).map(lambda count: NAMES[:count])
tests = st.none() | st.integers(1, 99).map(AbTest)


def drawn(parts: Parts, ids: set[int]) -> dict[int, str]:
    return {number: parts.variant_of(number) for number in ids}


@given(st.text(max_size=20), readers, variants, tests, st.randoms())
def test_parts_are_exact_and_the_same_in_whatever_order_readers_come(
    issue: str, ids: set[int], names: tuple[str, ...], test: AbTest | None, chance: Random
) -> None:
    parts = parts_of(issue, names, sorted(ids), test)

    counts = Counter(drawn(parts, ids).values())
    sample = len(ids) if test is None else int(len(ids) * test.percent / 100 + 0.5)
    rest = counts.pop("", 0)
    assert (sum(counts.values()), rest) == (sample, len(ids) - sample)
    assert counts.keys() <= set(names)
    sizes = [counts[name] for name in names]
    assert max(sizes) - min(sizes) <= 1
    assert (*sizes, rest) == parts.sizes
    shuffled = list(ids)
    chance.shuffle(shuffled)
    assert parts_of(issue, names, shuffled, test) == parts


@given(st.text(max_size=20), readers, st.integers(1, 98))
def test_a_larger_sample_holds_a_smaller_one(issue: str, ids: set[int], percent: int) -> None:
    smaller = drawn(parts_of(issue, "ab", ids, AbTest(percent)), ids)
    larger = drawn(parts_of(issue, "ab", ids, AbTest(percent + 1)), ids)

    assert all(larger[number] for number, variant in smaller.items() if variant)


@given(st.text(max_size=20), readers, variants, st.integers(1, (1 << 40) - 1))
def test_who_joins_moves_one_reader_over_each_border_at_most(
    issue: str, ids: set[int], names: tuple[str, ...], late: int
) -> None:
    before = drawn(parts_of(issue, names, ids - {late}, None), ids - {late})
    after = drawn(parts_of(issue, names, ids | {late}, None), ids | {late})

    moved = sum(after[number] != variant for number, variant in before.items())
    assert moved < len(names)


def test_another_issue_has_another_sample() -> None:
    ids = set(range(1, 401))

    first, second = (parts_of(issue, "ab", ids, None) for issue in ("2026-014", "2026-015"))

    assert 120 < sum(first.variant_of(n) == second.variant_of(n) for n in ids) < 280
    # Nor do those who came first get the first variant.
    assert 60 < sum(first.variant_of(n) == "a" for n in range(1, 201)) < 140


def test_a_letter_without_variants_has_no_parts_and_asks_for_nobody() -> None:
    parts = parts_of("2026-014", ("",), iter([1, 2]), None)

    assert (parts.sizes, parts.variant_of(1)) == ((), "")


# --- in a plan --------------------------------------------------------------------------------

LOCALES = ("en", "de", "fr")
flags = st.sampled_from(["", "", "", "suppressed", "unconfirmed", "has it"])


def people_of(marked: list[tuple[str, str]]) -> People:
    made = {"suppressed": suppressed, "unconfirmed": unconfirmed, "has it": with_issue}
    people = []
    for number, (mark, locale) in enumerate(marked, start=1):
        one = candidate(number)
        one = replace(one, subscriber=replace(one.subscriber, locale=locale))
        people.append(made[mark](one) if mark else one)
    return People(people)


def planned(people: People, names: tuple[str, ...], test: AbTest | None) -> Prepared:
    editions = replace(EDITIONS, variants=names, locales=LOCALES)
    return prepare(replace(request(editions), course=Course(ab_test=test)), people, edition)


@given(st.lists(st.tuples(flags, st.sampled_from(LOCALES)), max_size=80), variants, tests)
def test_a_plan_is_exact_among_those_who_are_mailed_and_freezes_as_it_was_made(
    marked: list[tuple[str, str]], names: tuple[str, ...], test: AbTest | None
) -> None:
    people = people_of(marked)

    made = planned(people, names, test)

    mailed = sum(not mark for mark, _ in marked)
    asked = test.sample_of(mailed) if test else mailed
    sizes = [made.plan.variants.get(name, 0) for name in names]
    assert made.plan.recipients == mailed
    assert (sum(sizes), made.plan.rest) == (asked, mailed - asked)
    assert max(sizes) - min(sizes) <= 1
    assert planned(people, names, test).plan == made.plan
    frozen = [d for d in made.decisions(people) if isinstance(d, Recipient)]
    assert Counter(str(d.edition) for d in frozen) == Counter(made.plan.recipients_by_edition)


@given(st.lists(st.sampled_from(LOCALES), min_size=1, max_size=60), variants, tests)
def test_a_readers_variant_does_not_hang_on_anybodys_language(
    locales: list[str], names: tuple[str, ...], test: AbTest | None
) -> None:
    def variants_of(people: People) -> dict[int, str]:
        decided = planned(people, names, test).decisions(people)
        return {d.subscriber_id: d.edition.variant for d in decided if isinstance(d, Recipient)}

    in_many = variants_of(people_of([("", locale) for locale in locales]))

    assert in_many == variants_of(people_of([("", "en") for _ in locales]))


class Changing(People):
    """A list that grows by one reader between the two looks at it, so many times."""

    changes = 1

    def eligible(self, segment: str, *, issue_id: str) -> Iterator[int]:
        found = list(super().eligible(segment, issue_id=issue_id))
        if self.changes:
            self.changes -= 1
            self.people = [*self.people, candidate(len(self.people) + 1)]
        return iter(found)


@pytest.mark.parametrize("test", [None, AbTest(50)])
def test_parts_are_of_the_list_as_it_is_and_not_as_it_was(test: AbTest | None) -> None:
    made = planned(Changing(people_of([("", "en")] * 5).people), ("a", "b"), test)

    assert made.plan.recipients == 6
    assert made.plan.variants == ({"a": 3, "b": 3} if test is None else {"a": 2, "b": 1})


def test_a_list_that_never_rests_has_no_plan() -> None:
    people = Changing(people_of([("", "en")] * 5).people)
    people.changes = 99

    with pytest.raises(GuardError, match="changed while the plan was being made; nothing was sent"):
        planned(people, ("a", "b"), AbTest(50))


def test_who_joins_after_the_plan_stops_the_freezing() -> None:
    people = people_of([("", "en")] * 9)
    made = planned(people, ("a", "b"), AbTest(50))

    late = People([*people.people, candidate(10)])

    with pytest.raises(GuardError, match="the list changed while the plan was being carried out"):
        list(made.decisions(late))
    assert not any(isinstance(d, Exclusion) for d in made.decisions(people))
