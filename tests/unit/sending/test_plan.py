"""A plan says what a send would do, and changes when anything of it would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from composer.checks.lacking import Lacking
from composer.errors import GuardError
from composer.model.edition import Edition, EditionKey
from composer.model.finding import Finding, Severity
from composer.model.mailing import Letterhead
from composer.sending.ledger import Candidate
from composer.sending.plan import Prepared, prepare, with_findings
from tests.unit.sending.samples import (
    EDITIONS,
    LETTERHEAD,
    People,
    candidate,
    edition,
    request,
    suppressed,
    unconfirmed,
    with_issue,
)

READERS = [
    candidate(1, first_name="Ana"),
    suppressed(candidate(2)),
    unconfirmed(candidate(3)),
    with_issue(candidate(4)),
    candidate(5),
]


def planned(
    people: Sequence[Candidate] = READERS,
    *,
    letterhead: Letterhead = LETTERHEAD,
    provider: str = "outbox",
) -> Prepared:
    asked = replace(request(provider=provider), letterhead=letterhead)
    return prepare(asked, People(people), edition)


def test_a_plan_counts_everybody_who_matched() -> None:
    plan = planned().plan

    assert plan.matched == 5
    assert plan.recipients == 2
    assert plan.excluded == {
        "suppressed": 1,
        "unconfirmed": 1,
        "duplicate": 0,
        "already has this issue": 1,
    }
    assert plan.recipients_by_edition == {"en": 2}


def test_the_same_question_gives_the_same_plan() -> None:
    assert planned().plan == planned().plan


def test_an_id_that_is_taken_becomes_a_longer_one() -> None:
    short = planned().plan.id

    longer = prepare(request(), People(READERS), edition, taken=lambda name: name == short).plan.id

    assert longer.startswith(short)
    assert len(longer) == len(short) + 1


def test_another_letter_another_list_or_another_sender_makes_another_plan() -> None:
    plan = planned().plan

    def other_text(key: EditionKey) -> Edition:
        return edition(key, body="Goodbye ")

    letter = prepare(request(), People(READERS), other_text).plan
    assert letter.edition_digest != plan.edition_digest
    assert letter.audience_digest == plan.audience_digest

    renamed = [replace_name(READERS[0]), *READERS[1:]]
    assert planned(renamed).plan.audience_digest != plan.audience_digest

    moved = replace(LETTERHEAD, base_url="https://other.example.org")
    assert planned(letterhead=moved).plan.message_digest != plan.message_digest
    assert planned(provider="smtp").plan.message_digest != plan.message_digest
    assert (
        len({plan.id, letter.id, planned(renamed).plan.id, planned(provider="smtp").plan.id}) == 4
    )


def replace_name(one: Candidate) -> Candidate:
    return replace(one, subscriber=replace(one.subscriber, fields={"first_name": "Zoë"}))


def test_an_edition_is_compiled_once_for_each_key_that_somebody_needs() -> None:
    asked: list[EditionKey] = []

    def compiled(key: EditionKey) -> Edition:
        asked.append(key)
        return edition(key)

    editions = replace(EDITIONS, segments=("board",))
    readers = [candidate(n, segments=["board"] if n % 2 else []) for n in range(1, 9)]
    prepared = prepare(request(editions), People(readers), compiled)

    assert sorted(asked) == [EditionKey("en"), EditionKey("en", "", ("board",))]
    assert prepared.plan.recipients_by_edition == {"en": 4, "en+board": 4}


def test_recipients_without_a_value_and_without_a_default_are_counted() -> None:
    def demanding(key: EditionKey) -> Edition:
        return edition(key, default=None)

    found = prepare(request(), People(READERS), demanding).missing
    lacking = Lacking(1, ("reader5@example.org",))
    assert found == {"en": {"subscriber.first_name": lacking}}
    assert planned().missing == {}


def test_an_empty_audience_still_has_a_letter_to_check() -> None:
    prepared = planned([])

    assert prepared.plan.recipients == 0
    assert list(prepared.editions) == [EditionKey("en")]


def test_a_list_that_changes_between_planning_and_freezing_is_refused() -> None:
    prepared = planned()

    assert len(list(prepared.decisions(People(READERS)))) == 5
    with pytest.raises(GuardError, match="the list changed"):
        list(prepared.decisions(People([*READERS, candidate(6)])))


def test_a_reader_who_meanwhile_needs_an_edition_nobody_approved_is_refused() -> None:
    editions = replace(EDITIONS, segments=("board",))
    prepared = prepare(request(editions), People([candidate(1)]), edition)

    with pytest.raises(GuardError, match="the list changed"):
        list(prepared.decisions(People([candidate(1, segments=["board"])])))


def test_findings_are_counted_in_the_plan() -> None:
    prepared = planned()
    findings = [
        Finding("link/syntax", Severity.ERROR, "a", "b", Path("issue.md")),
        Finding("link/insecure", Severity.WARNING, "a", "b", Path("issue.md")),
    ]

    plan = with_findings(prepared, findings).plan

    assert (plan.errors, plan.warnings) == (1, 1)
