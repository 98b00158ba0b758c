from __future__ import annotations

from dataclasses import replace

import pytest

from composer.errors import ComposerError
from composer.model.edition import EditionKey
from composer.model.issue import Condition, ItemList, Note, Only, Quote
from composer.rendering.choose import choose, holds, subject
from tests.unit.rendering.samples import (
    AT,
    BOARD,
    EVERYTHING,
    KEY,
    PUBLIC,
    issue,
    paragraph,
    section,
)


@pytest.mark.parametrize(
    ("condition", "key", "expected"),
    [
        (Condition(segment="board"), EditionKey("en", "", ("board",)), True),
        (Condition(segment="board"), EditionKey("en", "", ("staff",)), False),
        (Condition(segment="everyone"), KEY, True),
        (Condition(not_segment="board"), EditionKey("en", "", ("board",)), False),
        (Condition(not_segment="board"), KEY, True),
        (Condition(not_segment="everyone"), KEY, False),
        (Condition(locale="de"), EditionKey("de"), True),
        (Condition(locale="de"), EditionKey("de-AT"), True),
        (Condition(locale="DE-at"), EditionKey("de-AT"), True),
        (Condition(locale="de-AT"), EditionKey("de"), False),
        (Condition(locale="de"), EditionKey("den"), False),
    ],
)
def test_a_condition_holds_for_the_readers_it_names(
    condition: Condition, key: EditionKey, expected: bool
) -> None:
    assert holds(condition, key) is expected


def _only(*blocks: object, segment: str = "board") -> Only:
    return Only(Condition(segment=segment), blocks, AT)  # type: ignore[arg-type]  # blocks of tests


def test_what_is_kept_stands_where_its_only_stood() -> None:
    made = issue(paragraph("a"), _only(paragraph("b"), paragraph("c")), paragraph("d"))

    assert choose(made, BOARD).introduction == tuple(paragraph(w) for w in "abcd")
    assert choose(made, PUBLIC).introduction == (paragraph("a"), paragraph("d"))


def test_conditions_inside_one_another_must_all_hold() -> None:
    made = issue(paragraph("a"), _only(_only(paragraph("b"), segment="staff")))

    both = EditionKey("en", "", ("board", "staff"))
    assert choose(made, both).introduction == (paragraph("a"), paragraph("b"))
    assert choose(made, BOARD).introduction == (paragraph("a"),)


def test_what_is_left_empty_goes_too() -> None:
    hidden = _only(paragraph("b"))
    made = issue(
        Quote((hidden,), AT),
        Note((hidden,), AT),
        ItemList(((hidden,),), None, AT),
        ItemList(((hidden,), (paragraph("c"), hidden)), 1, AT),
    )

    assert choose(made, KEY).introduction == (ItemList(((paragraph("c"),),), 1, AT),)


def test_a_section_goes_when_one_of_its_conditions_fails() -> None:
    kept = section("Kept", paragraph("a"))
    board = replace(
        section("Board"), conditions=(Condition(segment="board"), Condition(locale="en"))
    )
    made = issue(sections=(board, kept))

    assert choose(made, KEY).sections == (kept,)
    assert [s.id for s in choose(made, BOARD).sections] == ["board", "kept"]
    assert not choose(made, BOARD).sections[0].conditions


def test_nothing_conditional_is_left() -> None:
    for key in (BOARD, PUBLIC):
        assert "Only(" not in repr(choose(EVERYTHING, key))


def test_the_variants_are_the_names_of_the_subjects() -> None:
    assert EVERYTHING.variants == ("a", "b")
    assert issue().variants == ("",)


def test_an_edition_without_a_variant_has_the_first_subject() -> None:
    assert subject(EVERYTHING, KEY) == subject(EVERYTHING, BOARD)
    assert subject(issue(), KEY) == ("A short letter",)


def test_a_variant_that_the_issue_does_not_have_is_an_error() -> None:
    with pytest.raises(ComposerError, match="2026-014 has no variant 'c'") as caught:
        subject(EVERYTHING, EditionKey("en", "c"))

    assert caught.value.hint == "its variants are: a, b"
