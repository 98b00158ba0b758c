"""Every wrong issue, site and example that we have, in every form that machines read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner, Result

from composer.checks.formats.checked import Checked
from composer.checks.formats.github import github_text
from composer.checks.formats.json import json_text
from composer.checks.formats.junit import junit_text
from composer.checks.formats.sarif import sarif_text
from composer.checkup import Checkup
from composer.cli.forms import located
from composer.cli.main import main
from composer.model.finding import Severity
from composer.site import Site
from tests.rules.test_rules import BAD, found_in
from tests.unit.formats.readers import read_commands, read_junit, read_sarif

TESTS = Path(__file__).parents[2]
BASE = TESTS / "rules" / "base"
BAD_SITES = sorted(path for path in (TESTS / "bad_sites").iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def wrong_issues(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """One site with every wrong issue, in a folder of a larger repository."""
    root = tmp_path_factory.mktemp("repository")
    (root / ".git").mkdir()
    folder = root / "letters, %20 & more" / "site"
    shutil.copytree(BASE, folder)
    for issue in (TESTS / "bad_issues").iterdir():
        shutil.copytree(issue, folder / "issues" / issue.name)
    site = Site.find(folder, {})
    checkup = Checkup.of(site)
    found = checkup.everything(site.issue_paths())
    return located(Checked(found, dict.fromkeys(checkup.read, 0.25), exit_code=1), {})


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """What every bad example of a rule gets."""
    found = [*chain.from_iterable(found_in(case, tmp_path_factory) for case in BAD)]
    assert found
    return located(Checked(found, exit_code=1), {})


@pytest.fixture(params=["wrong_issues", "examples"])
def checked(request: pytest.FixtureRequest) -> Checked:
    given = request.getfixturevalue(request.param)
    assert isinstance(given, Checked)
    return given


def test_sarif_holds_to_its_schema_and_points_at_rules_and_files(checked: Checked) -> None:
    run = read_sarif(sarif_text(checked))

    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == len(checked.findings) > 0
    for result, finding in zip(run["results"], checked.findings, strict=True):
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"] == finding.code
        assert finding.message in result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert _path(run, physical["artifactLocation"]).name == finding.path.name
        assert physical["region"]["startLine"] == finding.line
        assert physical["region"]["startColumn"] == finding.column


def test_every_result_has_a_fingerprint_of_its_own(checked: Checked) -> None:
    results = read_sarif(sarif_text(checked))["results"]

    prints = [result["partialFingerprints"]["newsletterFinding/v1"] for result in results]

    assert len(set(prints)) == len(prints)


def test_junit_holds_to_its_schema_and_fails_where_the_run_fails(checked: Checked) -> None:
    root = read_junit(junit_text(checked))

    errors = sum(finding.severity is Severity.ERROR for finding in checked.findings)
    assert root.get("failures") == str(errors)
    assert len(list(root.iter("failure"))) == errors


def test_github_s_runner_reads_back_what_was_found(checked: Checked) -> None:
    commands = read_commands(github_text(checked))

    assert len(commands) == len(checked.findings)
    for (level, properties, message), finding in zip(commands, checked.findings, strict=True):
        assert level == finding.severity
        assert properties["title"] == finding.code
        assert (properties["line"], properties["col"]) == (str(finding.line), str(finding.column))
        assert checked.root is not None
        assert (checked.root / properties["file"]).name == finding.path.name
        assert message.startswith(finding.message)
        assert finding.hint in message


def test_json_has_the_contract_s_keys(checked: Checked) -> None:
    document = json.loads(json_text(checked))

    assert document["schema"] == 1
    keys = {"code", "severity", "message", "hint", "path", "line", "column"}
    assert all(keys <= set(finding) for finding in document["findings"])
    assert len(document["findings"]) == len(checked.findings)


def test_files_are_named_from_the_root_of_the_repository(wrong_issues: Checked) -> None:
    names = set(wrong_issues.names.values())

    assert all(name.startswith("letters, %20 & more/site/") for name in names)
    run = read_sarif(sarif_text(wrong_issues))
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert _path(run, place).is_file()


def test_a_file_without_findings_is_a_case_that_passes(wrong_issues: Checked) -> None:
    root = read_junit(junit_text(wrong_issues))

    (suite,) = root.xpath("testsuite[contains(@name, 'issues/one/')]")
    (case,) = suite
    assert (case.get("name"), list(case)) == ("no findings", [])
    assert suite.get("time") == "0.250"


@pytest.mark.parametrize("form", ["json", "github", "sarif", "junit"])
@pytest.mark.parametrize("folder", BAD_SITES, ids=lambda path: path.name)
def test_a_site_that_cannot_be_opened_still_gives_one_document(folder: Path, form: str) -> None:
    ran = _check(folder, "--format", form)

    codes = _codes(ran.stdout, form)
    if ran.exit_code == 4:
        assert codes
        assert all(code.startswith("config/") for code in codes)
    else:
        # The site can be opened: what it cannot do without a secret is for another command.
        assert ran.exit_code in (0, 1)
    assert "Traceback" not in ran.output


def _check(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(folder), "check", *words])


def _codes(text: str, form: str) -> Sequence[str]:
    match form:
        case "json":
            return [finding["code"] for finding in json.loads(text)["findings"]]
        case "github":
            return [properties["title"] for _, properties, _ in read_commands(text)]
        case "sarif":
            run = read_sarif(text)
            assert run["invocations"][0]["executionSuccessful"] is (not run["results"])
            return [result["ruleId"] for result in run["results"]]
        case _:
            return [str(failure.get("type")) for failure in read_junit(text).iter("failure")]


def _path(run: dict[str, object], artifact: dict[str, str]) -> Path:
    bases = run["originalUriBaseIds"]
    assert isinstance(bases, dict)
    base = bases[artifact["uriBaseId"]]["uri"] if "uriBaseId" in artifact else ""
    return Path(unquote(urlsplit(base + artifact["uri"]).path))
