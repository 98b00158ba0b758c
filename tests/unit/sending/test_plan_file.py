"""A saved plan holds the next send to what was approved."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from composer.errors import GuardError
from composer.sending.guards import phrase, refuse_errors, refuse_nobody, refuse_unconfirmed
from composer.sending.plan import prepare
from composer.sending.plan_file import document_of, load_plan, newest_plan, refuse_stale, save_plan
from tests.unit.sending.samples import People, candidate, edition, request

PLAN = prepare(request(), People([candidate(1), candidate(2)]), edition).plan


def saved(folder: Path, made: str = "2026-11-20T09:00:00Z") -> Path:
    path = folder / f"{PLAN.id}.json"
    save_plan(PLAN, path, made=made, shown_as="plans/x.json")
    return path


def test_a_saved_plan_is_the_documents_json_and_holds_no_address(tmp_path: Path) -> None:
    text = saved(tmp_path).read_text()

    assert json.loads(text) == {
        "schema": 1,
        **document_of(PLAN, "plans/x.json"),
        "made": "2026-11-20T09:00:00Z",
    }
    assert "@" not in text


def test_a_plan_that_still_fits_is_let_through(tmp_path: Path) -> None:
    refuse_stale(load_plan(saved(tmp_path)), PLAN)


@pytest.mark.parametrize(
    ("digest", "told"),
    [
        ("edition_digest", "the letter changed"),
        ("audience_digest", "the list changed"),
        ("message_digest", "the sender or the provider changed"),
    ],
)
def test_a_stale_plan_says_what_changed_and_how_to_go_on(
    tmp_path: Path, digest: str, told: str
) -> None:
    changes = {digest: "sha256:" + "0" * 64}
    now = replace(PLAN, **changes)  # type: ignore[arg-type]

    with pytest.raises(GuardError, match=told) as caught:
        refuse_stale(load_plan(saved(tmp_path)), now)

    assert "newsletter plan 2026-014 --segment board" in caught.value.hint


def test_the_newest_plan_of_that_issue_and_segment_counts(tmp_path: Path) -> None:
    saved(tmp_path, "2026-11-20T09:00:00Z")
    later = replace(PLAN, id="2026-014-board-zzzz")
    save_plan(later, tmp_path / f"{later.id}.json", made="2026-11-20T10:00:00Z", shown_as="x")
    other = replace(PLAN, id="2026-014-board-x-1", segment="board-x")
    save_plan(other, tmp_path / f"{other.id}.json", made="2026-11-20T11:00:00Z", shown_as="x")

    newest = newest_plan(tmp_path, "2026-014", "board")

    assert newest is not None
    assert newest.id == later.id
    assert newest_plan(tmp_path, "2026-015", "board") is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"mailing": 1}', "not json"])
def test_a_file_that_is_no_plan_is_a_clear_refusal(tmp_path: Path, text: str) -> None:
    path = tmp_path / "2026-014-board-1.json"
    path.write_text(text)

    with pytest.raises(GuardError, match="not a plan"):
        load_plan(path)


def test_only_the_phrase_confirms() -> None:
    assert phrase(PLAN) == "board 2"
    refuse_unconfirmed(PLAN, " board   2\n")
    for answer in (None, "", "yes", "board 3", "press 2", "2 board"):
        with pytest.raises(GuardError):
            refuse_unconfirmed(PLAN, answer)


def test_an_answer_is_repeated_without_its_line_end() -> None:
    with pytest.raises(GuardError) as caught:
        refuse_unconfirmed(PLAN, "board 3\n")
    assert caught.value.problem.startswith("'board 3' does not confirm this plan")


def test_errors_and_empty_audiences_are_refused() -> None:
    refuse_errors(PLAN)
    refuse_nobody(PLAN)
    with pytest.raises(GuardError, match="3 errors"):
        refuse_errors(replace(PLAN, errors=3))
    with pytest.raises(GuardError, match="nobody in 'board'"):
        refuse_nobody(replace(PLAN, recipients=0))
    sent = {"already has this issue": 2}
    with pytest.raises(GuardError, match="already sent to 'board'"):
        refuse_nobody(replace(PLAN, recipients=0, excluded=sent))
