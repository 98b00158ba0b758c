"""What a machine is told: any text at all, fixes, fingerprints, and runs that came to nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.checks.formats.checked import Checked, Trouble
from composer.checks.formats.github import github_text
from composer.checks.formats.json import json_text
from composer.checks.formats.junit import junit_text
from composer.checks.formats.sarif import sarif_text
from composer.checks.formats.summary import MAX_ROWS, summary_text
from composer.checks.formats.text import findings_text
from composer.errors import Place
from composer.model.finding import Finding, Fix, Severity
from tests.unit.formats.readers import read_commands, read_junit, read_sarif

ISSUE = Path("issues/one/issue.md")
FINDING = Finding(
    "link/insecure", Severity.WARNING, "http://a.example is not https", "write https", ISSUE, 3, 5
)
#: Any character: controls, halves of characters, and what each form gives a meaning to.
anything = st.text(
    st.one_of(st.characters(exclude_categories=[]), st.sampled_from("\x00\n\r\t%:,=|<>&\"'\ud800")),
    max_size=40,
)
findings = st.builds(
    Finding,
    code=st.sampled_from(["link/insecure", "strange/code"]),
    severity=st.sampled_from(Severity),
    message=anything.filter(str.strip),
    hint=anything,
    path=st.builds(Path, anything.filter(lambda name: "\x00" not in name)),
    line=st.integers(1, 9),
    column=st.integers(1, 9),
    fix=st.none() | st.builds(Fix, anything, anything),
)


@given(st.lists(findings, max_size=4))
def test_whatever_a_finding_says_the_documents_are_valid(found: list[Finding]) -> None:
    checked = Checked(found)

    # Half a character cannot be written as UTF-8: this is how the command line writes it.
    sarif, junit, github = (
        made.encode("utf-8", "replace").decode()
        for made in (sarif_text(checked), junit_text(checked), github_text(checked))
    )

    assert len(read_sarif(sarif)["results"]) == len(found)
    cases = len(read_junit(junit).findall("testsuite/testcase"))
    assert cases == len(found)
    assert len(json.loads(json_text(checked))["findings"]) == len(found)
    assert github.count("\n") == len(found)
    assert all(line.startswith(("::error ", "::warning ")) for line in github.split("\n")[:-1])


@given(st.lists(findings, max_size=4))
def test_github_reads_back_every_word(found: list[Finding]) -> None:
    commands = read_commands(github_text(Checked(found)))

    for (_, properties, message), finding in zip(commands, found, strict=True):
        assert properties["file"] == finding.path.as_posix()
        assert message == finding.message + (f"\nhint: {finding.hint}" if finding.hint else "")


@given(st.lists(findings, max_size=4))
def test_a_summary_has_one_row_for_each_finding(found: list[Finding]) -> None:
    text = summary_text(Checked(found), links="https://git.example/o/n/blob/abc")

    rows = [line for line in text.split("\n") if line.startswith("| ")]
    assert len(rows) == len(found) + (1 if found else 0)


def test_a_long_summary_ends_before_github_refuses_it() -> None:
    found = [replace(FINDING, line=number) for number in range(1, 5000)]

    text = summary_text(Checked(found))

    assert text.count("\n| ") == MAX_ROWS + 1
    assert f"… and {4999 - MAX_ROWS:,} more." in text
    assert len(text.encode()) < 1 << 20


def test_a_summary_leads_to_the_lines() -> None:
    text = summary_text(Checked([FINDING]), links="https://git.example/o/n/blob/abc")

    assert "### newsletter check: 0 errors, 1 warning" in text
    assert "](https://git.example/o/n/blob/abc/issues/one/issue.md?plain=1#L3)" in text


def test_for_people_a_finding_is_one_line_and_its_hint() -> None:
    assert findings_text([FINDING, replace(FINDING, hint="")]) == (
        "issues/one/issue.md:3:5: warning[link/insecure] http://a.example is not https\n"
        "  hint: write https\n"
        "issues/one/issue.md:3:5: warning[link/insecure] http://a.example is not https"
    )


def fingerprints(found: list[Finding], text: str) -> list[str]:
    checked = Checked(found, lines={ISSUE: text.splitlines()})
    results = read_sarif(sarif_text(checked))["results"]
    return [result["partialFingerprints"]["newsletterFinding/v1"] for result in results]


def test_a_fingerprint_stays_when_lines_are_put_above() -> None:
    before = fingerprints([FINDING], "one\ntwo\n  a link\n")
    after = fingerprints([replace(FINDING, line=5)], "new\nnew\none\ntwo\na link\n")

    assert before == after
    assert before != fingerprints([FINDING], "one\ntwo\nanother link\n")


def test_the_same_line_twice_has_two_fingerprints() -> None:
    first, second = fingerprints([FINDING, replace(FINDING, line=4)], "\n\nlink\nlink\n")

    assert first != second


@pytest.mark.parametrize(
    ("old", "end"), [("http", (3, 9)), ("a\nbc", (4, 3)), ("", (3, 5)), ("𝒶é", (3, 7))]
)
def test_a_fix_takes_away_exactly_the_old_text(old: str, end: tuple[int, int]) -> None:
    finding = replace(FINDING, fix=Fix(old, "https"))

    (result,) = read_sarif(sarif_text(Checked([finding])))["results"]

    ((replacement,),) = [change["replacements"] for change in result["fixes"][0]["artifactChanges"]]
    region = replacement["deletedRegion"]
    assert (region["startLine"], region["startColumn"]) == (3, 5)
    assert (region["endLine"], region["endColumn"]) == end
    assert replacement["insertedContent"]["text"] == "https"


def test_a_rule_brings_its_page_along() -> None:
    driver = read_sarif(sarif_text(Checked([FINDING])))["tool"]["driver"]

    (rule,) = [rule for rule in driver["rules"] if rule["id"] == "link/insecure"]
    assert "## Right" in rule["help"]["markdown"]
    assert rule["fullDescription"]["text"].startswith("A link begins with `http:`.")
    assert rule["defaultConfiguration"]["level"] == "warning"


def test_a_lesser_finding_passes_unless_the_run_fails_on_it() -> None:
    passing = read_junit(junit_text(Checked([FINDING])))
    failing = read_junit(junit_text(Checked([FINDING], failing=frozenset(Severity))))

    assert passing.get("failures") == "0"
    assert "link/insecure" in str(passing.findtext("testsuite/testcase/system-out"))
    assert failing.get("failures") == "1"


@pytest.mark.parametrize("place", [None, Place(Path("newsletter.toml"), 3, 7)])
def test_a_run_that_came_to_nothing_is_no_run_without_findings(place: Place | None) -> None:
    trouble = Trouble("there is no site", "newsletter init", place)
    checked = Checked(trouble=trouble, exit_code=4)

    (invocation,) = read_sarif(sarif_text(checked))["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 4
    assert "no site" in invocation["toolConfigurationNotifications"][0]["message"]["text"]
    assert read_junit(junit_text(checked)).get("errors") == "1"
    ((level, properties, message),) = read_commands(github_text(checked))
    assert (level, message) == ("error", "there is no site\nhint: newsletter init")
    assert properties.get("file") == ("newsletter.toml" if place else None)
    error = json.loads(json_text(checked))["error"]
    assert error.get("line") == (3 if place else None)
    assert "could not be done" in summary_text(checked)
