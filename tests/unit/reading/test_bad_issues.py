"""A folder for each wrong issue, with the exact messages that it must give."""

from __future__ import annotations

from pathlib import Path

import pytest

from composer.errors import SourceError
from composer.reading.issue_file import inspect_issue, read_issue
from tests.unit.reading.samples import VOCABULARY

BAD_ISSUES = sorted((Path(__file__).parents[2] / "bad_issues").iterdir())


@pytest.mark.parametrize("folder", BAD_ISSUES, ids=lambda path: path.name)
def test_a_wrong_issue_tells_everything_at_once(folder: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_issue(folder / "issue.md", VOCABULARY)

    told = str(caught.value).replace(f"{folder}/", "")
    assert told == (folder / "expected.txt").read_text("utf-8").rstrip("\n")


@pytest.mark.parametrize("folder", BAD_ISSUES, ids=lambda path: path.name)
def test_every_finding_is_in_the_file_that_was_given_and_says_what_to_do(folder: Path) -> None:
    path = folder / "issue.md"

    findings = inspect_issue(path, VOCABULARY).findings

    assert {finding.path for finding in findings} == {path}
    assert all(finding.hint for finding in findings)
    assert [(f.line, f.column) for f in findings] == sorted((f.line, f.column) for f in findings)
