"""What an issue says of itself is read without reading the issue."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from composer.checks.fronts import Front, front_of

PATH = Path("issues/2026-014/issue.md")


def test_number_subject_and_date_are_taken_from_the_front_matter_alone() -> None:
    text = '---\nnumber: 14\ndate: 2026-11-20\nsubject: "A quiet strike"\n---\n\nnumber: 15\n'

    assert front_of(PATH, text) == Front(PATH, "14", "A quiet strike", date(2026, 11, 20))


def test_an_issue_that_cannot_be_read_says_nothing() -> None:
    for text in ("", "no front matter\n", "---\nnumber: 14\n", "---\ndate: soon\n---\n"):
        assert front_of(PATH, text).day is None
