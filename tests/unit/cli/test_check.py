"""`newsletter check` as CI calls it: forms, files, exit codes, the summary of the job."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from composer.cli.main import main
from tests.unit.formats.readers import read_commands, read_junit, read_sarif

BASE = Path(__file__).parents[2] / "rules" / "base"
FORMS = ("json", "github", "sarif", "junit")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site two folders below the root of a repository, with one warning."""
    for name in ("GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "repository" / "mail" / "site"
    shutil.copytree(BASE, folder)
    (tmp_path / "repository" / ".git").mkdir()
    issue = folder / "issues" / "one" / "issue.md"
    issue.write_text(issue.read_text("utf-8") + "\n[Old](http://old.example.org/)\n", "utf-8")
    return folder


def check(site: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(site), "check", *words])


def valid(text: str, form: str) -> None:
    match form:
        case "json":
            assert json.loads(text)["schema"] == 1
        case "github":
            assert read_commands(text)
        case "sarif":
            read_sarif(text)
        case _:
            read_junit(text)


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1), ("never", 0)])
@pytest.mark.parametrize("form", [*FORMS, "text"])
def test_the_exit_code_is_the_same_in_every_form(
    site: Path, form: str, fail_on: str, code: int
) -> None:
    assert check(site, "--format", form, "--fail-on", fail_on).exit_code == code


@pytest.mark.parametrize("form", FORMS)
def test_findings_go_into_a_file_and_nothing_to_stdout(site: Path, form: str) -> None:
    ran = check(site, "--format", form, "-o", "out/findings")

    assert ran.stdout == ""
    valid((site / "out" / "findings").read_text("utf-8"), form)
    assert "1 warning" in ran.stderr


def test_findings_for_people_go_into_a_file_without_colour(site: Path) -> None:
    CliRunner().invoke(
        main, ["-C", str(site), "--color", "always", "check", "-o", "findings.txt"], color=True
    )

    told = (site / "findings.txt").read_text("utf-8")
    assert ": warning[link/insecure] " in told
    assert "\x1b" not in told


def test_a_site_in_a_folder_is_named_from_the_repository(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = check(site, "--format", "github").stdout
    monkeypatch.setenv("GITHUB_WORKSPACE", str(site.parent))
    checked_out = check(site, "--format", "github").stdout

    assert read_commands(inside)[0][1]["file"] == "mail/site/issues/one/issue.md"
    assert read_commands(checked_out)[0][1]["file"] == "site/issues/one/issue.md"


def test_github_gets_a_summary_beside_what_other_steps_wrote(
    site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# Before\n", "utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://git.example")
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/letters")
    monkeypatch.setenv("GITHUB_SHA", "abc123")

    check(site, "--format", "github")

    told = summary.read_text("utf-8")
    assert told.startswith("# Before\n### newsletter check: 0 errors, 1 warning\n")
    assert "https://git.example/owner/letters/blob/abc123/mail/site/issues/one/issue.md" in told


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("wrong", [["--nope"], ["--fail-on", "sometimes"], ["no-such-issue"]])
def test_a_wrong_call_exits_with_2_and_still_gives_one_document(
    site: Path, form: str, wrong: list[str]
) -> None:
    ran = check(site, "--format", form, *wrong)

    assert ran.exit_code == 2
    valid(ran.stdout, form)
    assert "Traceback" not in ran.output


@pytest.mark.parametrize("form", FORMS)
def test_outside_a_site_there_is_one_document_and_exit_code_4(tmp_path: Path, form: str) -> None:
    ran = check(tmp_path, "--format", form)

    assert ran.exit_code == 4
    valid(ran.stdout, form)


def test_a_file_that_cannot_be_written_is_told_and_the_document_is_not_lost(site: Path) -> None:
    (site / "taken").write_text("", "utf-8")

    ran = check(site, "--format", "sarif", "-o", "taken/findings.sarif")

    assert ran.exit_code == 4
    read_sarif(ran.stdout)
    assert "taken" in ran.stderr


def test_one_run_writes_every_form_and_the_same_as_one_form_alone(site: Path) -> None:
    files = {"json": "out/a.json", "sarif": "out/a.sarif", "junit": "out/a.xml"}
    also = [word for name in files.values() for word in ("--also", name)]

    ran = check(site, *also, "--format", "github", "--fail-on", "warning")

    assert ran.exit_code == 1
    assert ran.stdout == check(site, "--format", "github").stdout
    for form, name in files.items():
        valid((site / name).read_text("utf-8"), form)
    alone = check(site, "--format", "sarif", "--fail-on", "warning").stdout
    assert (site / files["sarif"]).read_text("utf-8") == alone
    assert "1 warning" in check(site, "--also", "b.json").stderr
    assert len(json.loads((site / "b.json").read_text("utf-8"))["findings"]) == 1


def test_a_site_that_cannot_be_opened_is_told_in_the_other_files_too(site: Path) -> None:
    (site / "newsletter.toml").write_text("[newsleter]\n", "utf-8")

    ran = check(site, "--also", "a.sarif")

    assert ran.exit_code == 4
    assert ran.stdout == ""
    read_sarif((site / "a.sarif").read_text("utf-8"))


def test_an_ending_without_a_form_is_refused(site: Path) -> None:
    ran = check(site, "--also", "a.txt")

    assert ran.exit_code == 2
    assert "a.txt ends in none of .json, .sarif, .xml." in ran.output


@pytest.mark.parametrize("kind", ["outbox", "smtp"])
@pytest.mark.parametrize("postal", [True, False])
def test_a_plan_says_of_an_issue_what_a_check_says(site: Path, kind: str, *, postal: bool) -> None:
    """Of its neighbours too, and as strictly: what refuses a send is an error before it."""
    settings = site / "newsletter.toml"
    text = settings.read_text("utf-8")
    text = text if postal else re.sub(r"(?m)^postal_address.*", "", text)
    settings.write_text(f'{text}\n[provider]\nkind = "{kind}"\n', "utf-8")
    other = site / "issues" / "zero" / "issue.md"
    other.parent.mkdir()
    mine = (site / "issues" / "one" / "issue.md").read_text("utf-8")
    other.write_text(mine.replace("2026-11-20", "2026-11-19"), "utf-8")

    ran = check(site, "one", "--format", "json")
    words = ["-C", str(site), "--json", "plan", "one", "--segment", "everyone"]
    planned = json.loads(CliRunner().invoke(main, words).stdout)

    findings = json.loads(ran.stdout)["findings"]
    assert "meta/repeated-number" in {found["code"] for found in findings}
    assert planned["findings"] == findings
    severities = [found["severity"] for found in findings]
    assert planned["checks"] == {
        "errors": severities.count("error"),
        "warnings": severities.count("warning"),
    }
    refused = kind == "smtp" and not postal
    assert ("error" in severities, ran.exit_code) == (refused, 1 if refused else 0)


def test_what_a_translation_lacks_is_told_in_one_order(site: Path) -> None:
    issue = site / "issues" / "one" / "issue.md"
    head, body = issue.read_text("utf-8").split("\n\n", 1)
    links = "\n\n".join(f"[Page {n}](https://example.org/{n})" for n in (5, 2, 7, 1, 6, 3, 4))
    issue.write_text(f"{head}\n\n{links}\n\n{body}", "utf-8")
    issue.with_name("issue.de.md").write_text("---\nsubject: Hafen\n---\n\nHallo.\n", "utf-8")

    ran = check(site, "one", "--format", "json", "--select", "i18n/link-missing")

    told = [found["message"] for found in json.loads(ran.stdout)["findings"]]
    assert len(told) == 8
    assert told == sorted(told)


def test_what_an_author_silenced_is_told_with_the_reason(site: Path) -> None:
    issue = site / "issues" / "one" / "issue.md"
    comment = "<!-- newsletter: ignore link/insecure because the archive has no https -->\n[Old]"
    issue.write_text(issue.read_text("utf-8").replace("[Old]", comment), "utf-8")

    document = json.loads(check(site, "--json").stdout)
    sarif = read_sarif(check(site, "--format", "sarif").stdout)
    told = check(site).stderr

    (silenced,) = document["silenced"]
    assert (document["findings"], sarif["results"]) == ([], [])
    assert (silenced["code"], silenced["reason"]) == ("link/insecure", "the archive has no https")
    assert "0 errors, 0 warnings (1 silenced)" in told


def test_two_forms_at_once_are_refused(site: Path) -> None:
    ran = check(site, "--json", "--format", "junit")

    assert ran.exit_code == 2
    assert "do not go together" in json.loads(ran.stdout)["error"]["message"]


def test_verbose_tells_each_file_with_its_time(site: Path) -> None:
    ran = check(site, "--verbose")

    lines = [line for line in ran.stderr.splitlines() if " ms, " in line]
    assert [line.partition(":")[0] for line in lines] == [
        "newsletter.toml",
        "issues/one/issue.md",
    ]
    assert lines[1].endswith("0 errors, 1 warning")


@pytest.mark.parametrize("words", [["chekc"], ["--jsn"], ["plan"], ["-C", "/no/such", "check"]])
def test_with_json_a_wrong_call_of_any_command_is_a_document(words: list[str]) -> None:
    ran = CliRunner().invoke(main, [*words, "--json"])

    assert ran.exit_code == 2
    document = json.loads(ran.stdout)
    assert document["schema"] == 1
    assert document["error"]["message"]
    assert "--help" in document["error"]["hint"]


@pytest.mark.parametrize("command", ["plan", "send --dry-run", "send"])
def test_a_refused_mailing_tells_its_findings_in_one_document(site: Path, command: str) -> None:
    toml = site / "newsletter.toml"
    toml.write_text(toml.read_text("utf-8") + '\n[checks.severity]\n"link/insecure" = "error"\n')
    name, *rest = command.split()

    words = ["-C", str(site), "--json", name, "one", "--segment", "everyone", *rest]
    ran = CliRunner().invoke(main, words)

    assert ran.exit_code == 3, ran.output
    document = json.loads(ran.stdout)
    assert document["checks"] == {"errors": 1, "warnings": 0}
    assert [finding["code"] for finding in document["findings"]] == ["link/insecure"]
    assert document["plan"] is None
    assert "checks found" in document["error"]["message"]


def test_the_site_file_and_the_folder_of_all_issues_may_be_named(site: Path) -> None:
    settings = site / "newsletter.toml"
    table = '\n[checks.severity]\n"link/insecur" = "error"\n'
    settings.write_text(settings.read_text("utf-8") + table, "utf-8")

    only = check(site, "newsletter.toml", "--fail-on", "warning")
    both = check(site, "newsletter.toml", "issues/", "--fail-on", "never")

    assert only.exit_code == 1
    assert "newsletter.toml:" in only.stdout
    assert "issue.md" not in only.stdout
    assert f"{settings}:" in both.stdout
    assert f"{site / 'issues' / 'one' / 'issue.md'}:" in both.stdout


def test_a_file_that_is_no_issue_is_not_read_as_one(site: Path) -> None:
    (site / "people.csv").write_text("email\n", "utf-8")

    ran = check(site, "people.csv")

    assert ran.exit_code == 2
    assert "people.csv is no issue" in ran.stderr


@pytest.mark.parametrize(
    ("word", "hint"),
    [("nope", "newsletter rules lists them all"), ("link/insecur", "did you mean 'link/insecure'")],
)
def test_only_a_check_of_a_name_that_is_near_is_proposed(word: str, hint: str) -> None:
    ran = CliRunner().invoke(main, ["rules", word])

    assert ran.exit_code == 2
    assert hint in ran.stderr
    assert "ignore" not in ran.stderr
