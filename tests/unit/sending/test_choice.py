"""Who gets which edition, and who gets none and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.model.delivery import Exclusion, Recipient
from composer.model.edition import EditionKey
from composer.model.issue import Condition, Expression, Only, Position, Text
from composer.model.mailing import REASONS
from composer.model.subscriber import FieldValue
from composer.sending.choice import Editions, choose_recipients, value_text
from composer.sending.ledger import Candidate
from composer.sending.parts import Parts
from composer.sending.plan import prepare
from tests.unit.checks.samples import ISSUE, paragraph
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

ONE_TEXT = Parts("2026-014", ("",))
people = st.lists(
    st.tuples(st.integers(1, 999), st.booleans(), st.booleans(), st.booleans()),
    unique_by=lambda person: person[0],
)


def made(person: tuple[int, bool, bool, bool]) -> Candidate:
    number, is_suppressed, is_unconfirmed, has_issue = person
    one = candidate(number)
    one = suppressed(one) if is_suppressed else one
    one = unconfirmed(one) if is_unconfirmed else one
    return with_issue(one) if has_issue else one


@given(people)
def test_everyone_is_decided_once_and_nobody_is_mailed_who_must_not_be(
    drawn: list[tuple[int, bool, bool, bool]],
) -> None:
    decisions = list(choose_recipients(map(made, drawn), EDITIONS, ONE_TEXT))

    assert [d.subscriber_id for d in decisions] == [person[0] for person in drawn]
    for decision, (_, *flags) in zip(decisions, drawn, strict=True):
        assert isinstance(decision, Exclusion) == any(flags)
        if isinstance(decision, Exclusion):
            assert decision.reason in REASONS


def test_a_suppressed_reader_is_counted_as_suppressed_whatever_else_is_true() -> None:
    one = with_issue(unconfirmed(suppressed(candidate(1))))

    (decision,) = choose_recipients([one], EDITIONS, ONE_TEXT)

    assert isinstance(decision, Exclusion)
    assert decision.reason == "suppressed"


def test_whoever_is_looked_at_alone_has_the_first_variant_or_the_one_that_is_asked_for() -> None:
    editions = replace(EDITIONS, variants=("a", "b"))

    shown = [editions.key_to_look_at(candidate(number)).variant for number in range(1, 9)]

    assert shown == ["a"] * 8
    persona = replace(candidate(0), variant="b")
    assert editions.key_to_look_at(persona).variant == "b"
    assert editions.key_to_look_at(replace(persona, variant="z")).variant == "a"


def test_only_the_segments_that_the_issue_names_make_an_edition() -> None:
    editions = replace(EDITIONS, segments=("board", "press"))

    key = editions.key_for(candidate(1, segments=["press", "friends"]), "")

    assert key == EditionKey("en", "", ("press",))


def test_only_the_values_that_the_issue_uses_are_frozen() -> None:
    one = candidate(1, first_name="Ana", company="Lind & Co")

    (decision,) = choose_recipients([one], EDITIONS, ONE_TEXT)

    assert isinstance(decision, Recipient)
    assert decision.values == {"subscriber.first_name": "Ana"}


def test_the_readers_own_address_is_a_field() -> None:
    editions = Editions("2026-014", ("en",), ("",), (), ("address", "email", "locale"))

    (decision,) = choose_recipients([candidate(7)], editions, ONE_TEXT)

    assert isinstance(decision, Recipient)
    assert decision.values == {
        "subscriber.address": "reader7@example.org",
        "subscriber.email": "reader7@example.org",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Zoë", "Zoë"),
        (3.0, "3"),
        (2.5, "2.5"),
        (True, "yes"),
        (False, "no"),
        (date(2026, 11, 20), "2026-11-20"),
        (frozenset({"policy", "energy"}), "energy, policy"),
    ],
)
def test_a_typed_value_reads_as_a_person_would_write_it(value: FieldValue, text: str) -> None:
    assert value_text(value) == text


ISSUE_OF_THREE = replace(
    ISSUE,
    subjects={"a": ("A quiet strike",), "b": ("Nine idle hours",)},
    introduction=(
        Only(Condition(segment="board"), (paragraph(Text("For the board")),), Position(9)),
        Only(Condition(locale="nl-BE"), (paragraph(Text("Voor u")),), Position(12)),
    ),
    translations={
        tag: replace(
            ISSUE, locale=tag, subjects={"a": (f"{tag} a",), "b": (f"{tag} b",)}, preheader=(tag,)
        )
        for tag in ("de", "pt-BR")
    },
)
locales = st.one_of(
    st.sampled_from(
        ["", "de", "de-AT", "DE_ch", "en", "en-GB", "pt", "pt-BR", "nl", "nl-be", "ja"]
    ),
    st.text(max_size=12),
)


@given(st.lists(st.tuples(locales, st.booleans()), min_size=1))
def test_every_reader_has_exactly_one_edition_and_it_is_one_that_was_compiled(
    drawn: list[tuple[str, bool]],
) -> None:
    editions = Editions.of(ISSUE_OF_THREE)
    readers = [
        replace(
            one := candidate(number, segments=["board"] if board else []),
            subscriber=replace(one.subscriber, locale=locale),
        )
        for number, (locale, board) in enumerate(drawn, start=1)
    ]

    made = prepare(request(editions), People(readers), edition)
    decisions = list(made.decisions(People(readers)))

    assert editions.locales == ("en", "de", "nl-BE", "pt-BR")
    assert made.plan.recipients == len(readers) == sum(made.plan.locales.values())
    assert sum(made.plan.variants.values()) == len(readers)
    for reader, decision in zip(readers, decisions, strict=True):
        assert isinstance(decision, Recipient)
        assert decision.edition in made.editions
        assert decision.edition in set(editions.keys)
        assert decision.edition == editions.key_for(
            reader, made.parts.variant_of(reader.subscriber.id)
        )
        language = reader.subscriber.locale.strip().lower().replace("_", "-").partition("-")[0]
        assert decision.edition.locale in (
            {"en"} if language not in {"de", "nl", "pt"} else {"en", "de", "nl-BE", "pt-BR"}
        )


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("", "en"), ("de", "de"), ("de-AT", "de"), ("DE_ch", "de"), ("pt", "en"),
        ("pt-br", "pt-BR"), ("nl", "en"), ("nl-BE", "nl-BE"), ("en-GB", "en"), ("deu", "en"),
    ],
)  # fmt: skip
def test_a_reader_gets_the_nearest_locale_or_the_issues_own(locale: str, expected: str) -> None:
    editions = Editions.of(ISSUE_OF_THREE)

    assert editions.locale_for(locale) == expected


def test_the_values_and_segments_of_translations_are_asked_for_too() -> None:
    personal = Expression("subscriber.company", None, Position(3))
    german = replace(
        ISSUE,
        locale="de",
        introduction=(Only(Condition(segment="press"), (paragraph(personal),), Position(3)),),
    )

    editions = Editions.of(replace(ISSUE, translations={"de": german}))

    assert editions.fields == ("company",)
    assert editions.segments == ("press",)
