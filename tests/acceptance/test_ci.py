"""What we offer to people's CI, as it runs there: the action, workflows, hooks."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.acceptance.installed import ACTION, command_in, place_of
from tests.acceptance.workflow import Runner
from tests.servers.forked import forking
from tests.unit.formats.readers import read_commands, read_junit, read_sarif

ROOT = Path(__file__).parents[2]
HOW_TO = ROOT / "docs" / "how-to" / "check-in-ci.md"
SITE = (
    "newsletter.toml",
    "issues",
    "email_templates/monitor.mjml.j2",
    "subscribers.example.csv",
)


def pages() -> Iterator[tuple[str, Any]]:
    """Each YAML file of the how-to, by the name in its first line."""
    for block in re.findall(r"```yaml\n(.*?)```", HOW_TO.read_text("utf-8"), flags=re.DOTALL):
        name = block.split("\n", 1)[0].removeprefix("# ")
        yield name, YAML(typ="safe").load(block)


PAGES = dict(pages())


@pytest.fixture(scope="session")
def installed(fresh_install: Path) -> Path:
    """Where the action's own first step has put the command."""
    return command_in(fresh_install)


@pytest.fixture(scope="session")
def newsletter(fresh_install: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """As `installed`: the command is what was installed, and starts sooner."""
    with forking(str(place_of(fresh_install) / "bin" / "python")) as nursery:
        yield nursery.command_in(tmp_path_factory.mktemp("command"))


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """A repository of somebody's, with the site in a folder of it."""
    workspace = tmp_path / "letters"
    for name in SITE:
        source, copy = ROOT / name, workspace / "mail" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy)
    for issue in ("2026-014", "2026-016"):  # two are enough to tell one from the other
        shutil.rmtree(workspace / "mail" / "issues" / issue)
    return workspace


def run_action(workspace: Path, newsletter: Path, *, without: str = "", **inputs: str) -> Runner:
    """The action after its first step, in the folder `mail` of `workspace`."""
    given = {name: str(entry.get("default", "")) for name, entry in ACTION["inputs"].items()}
    given |= {"working-directory": "mail"} | {k.replace("_", "-"): v for k, v in inputs.items()}
    contexts = {f"inputs.{name}": value for name, value in given.items()}
    runner = Runner(workspace, workspace.parent / "temp", contexts)
    (runner.temp / "GITHUB_PATH").write_text(f"{newsletter}\n", "utf-8")
    steps = ACTION["runs"]["steps"][1:]
    assert without in ("", *(step["name"] for step in steps))
    runner.run([step for step in steps if step["name"] != without])
    return runner


def spoil(workspace: Path) -> None:
    issue = workspace / "mail" / "issues" / "2026-015" / "issue.md"
    text = issue.read_text("utf-8")
    issue.write_text(text.replace("https://", "http://", 1), "utf-8")


def test_a_clean_newsletter_passes_and_is_kept_as_it_would_be_sent(
    letters: Path, newsletter: Path
) -> None:
    ran = run_action(letters, newsletter, fail_on="warning")

    assert ran.status == 0, ran.log
    ((used, given),) = ran.used
    assert used.startswith("actions/upload-artifact@")
    folder = Path(given["path"])
    for issue in (letters / "mail" / "issues").iterdir():
        page = (folder / "rendered" / issue.name / "message.html").read_text("utf-8")
        assert page.lower().startswith("<!doctype html>")
        assert (folder / "preview" / issue.name / "index.html").is_file()
    assert "newsletter check: 0 errors, 0 warnings" in ran.summary


@pytest.mark.parametrize(("fail_on", "status"), [("warning", 1), ("error", 0)])
def test_findings_are_told_in_every_way_and_fail_the_job_if_asked(
    letters: Path, newsletter: Path, fail_on: str, status: int
) -> None:
    spoil(letters)

    ran = run_action(letters, newsletter, fail_on=fail_on, sarif="true", snapshot="false")

    assert ran.status == status, ran.log
    told = [line for line in ran.log.split("\n") if line.startswith("::")]
    (command,) = read_commands("\n".join(told) + "\n")
    assert command[0] == "warning"
    assert command[1]["file"] == "mail/issues/2026-015/issue.md"
    assert "/blob/0123abc/mail/issues/2026-015/issue.md" in ran.summary
    (scanning, artifact) = ran.used
    assert scanning[0].startswith("github/codeql-action/upload-sarif@")
    (result,) = read_sarif(Path(scanning[1]["sarif_file"]).read_text("utf-8"))["results"]
    assert result["ruleId"] == "link/insecure"
    folder = Path(artifact[1]["path"])
    assert len(json.loads((folder / "findings.json").read_text("utf-8"))["findings"]) == 1
    assert (folder / "rendered" / "2026-015" / "message.html").is_file()


def test_one_issue_may_be_named_and_nothing_else_is_looked_at(
    letters: Path, installed: Path
) -> None:
    spoil(letters)

    ran = run_action(letters, installed, fail_on="warning", path="2026-017", artifact="")

    assert ran.status == 0, ran.log
    assert ran.used == []
    rendered = Path(ran.contexts["steps.check.outputs.folder"]) / "rendered"
    assert [path.name for path in rendered.iterdir()] == ["2026-017"]


@pytest.mark.parametrize(
    ("mode", "approved", "status"),
    [("auto", False, 0), ("auto", True, 1), ("true", False, 1), ("false", True, 0)],
)
def test_what_differs_from_the_approved_is_in_the_summary(
    letters: Path, newsletter: Path, mode: str, approved: bool, status: int
) -> None:
    issue = letters / "mail" / "issues" / "2026-017" / "issue.md"
    title = "\ntitle: "
    issue.write_text(issue.read_text("utf-8").replace(title, f"{title}Changed ", 1), "utf-8")
    if not approved:
        for snapshots in letters.glob("mail/issues/*/snapshots"):
            shutil.rmtree(snapshots)

    # It is rendered for people to look at, not for the comparison.
    only = {"without": "Render", "path": "2026-017", "fail_on": "never"}
    ran = run_action(letters, newsletter, snapshot=mode, **only)

    assert ran.status == status, ran.log
    assert ("### newsletter snapshot" in ran.summary) is bool(status)
    assert ("Changed" in ran.summary) is (bool(status) and approved)
    changes = Path(ran.contexts["steps.check.outputs.folder"]) / "changes.md"
    assert changes.exists() is bool(status)


def test_a_site_that_cannot_be_opened_fails_and_is_still_uploaded(
    letters: Path, newsletter: Path
) -> None:
    (letters / "mail" / "newsletter.toml").write_text("[newsleter]\n", "utf-8")

    ran = run_action(letters, newsletter, sarif="true", fail_on="never")

    assert ran.status == 4
    results = read_sarif(Path(ran.used[0][1]["sarif_file"]).read_text("utf-8"))["results"]
    assert {result["ruleId"].partition("/")[0] for result in results} == {"config"}


@pytest.mark.parametrize(
    "hostile", ["$(touch hacked)", "`touch hacked`", "; touch hacked", "--fix"]
)
def test_no_input_is_ever_a_command(letters: Path, newsletter: Path, hostile: str) -> None:
    ran = run_action(letters, newsletter, path=hostile)

    assert ran.status == 2, ran.log
    assert not list(letters.rglob("hacked"))
    assert "there is no issue" in ran.log


def test_values_reach_the_shell_as_variables_only() -> None:
    steps = ACTION["runs"]["steps"]

    assert not [step["name"] for step in steps if "${{" in step.get("run", "")]
    assert all(step["shell"] == "bash" for step in steps if "run" in step)


def test_the_how_to_names_every_input_and_output_of_the_action() -> None:
    text = HOW_TO.read_text("utf-8")

    for name in [*ACTION["inputs"], *ACTION["outputs"]]:
        assert f"`{name}`" in text
    (job,) = PAGES[".github/workflows/newsletter.yml"]["jobs"].values()
    (ours,) = [step for step in job["steps"] if "newsletter-composer" in step.get("uses", "")]
    assert set(ours["with"]) <= set(ACTION["inputs"])


def test_the_workflow_without_the_action_runs(letters: Path, newsletter: Path) -> None:
    issue = "issues/2026-014"
    shutil.copytree(ROOT / issue, letters / "mail" / issue)
    (job,) = PAGES[".github/workflows/newsletter-by-hand.yml"]["jobs"].values()
    runner = Runner(letters / "mail", letters.parent / "temp")
    (runner.temp / "GITHUB_PATH").write_text(f"{newsletter}\n", "utf-8")
    install, *steps = [step for step in job["steps"] if "run" in step]

    assert install["run"] == "pipx install newsletter-composer"
    assert runner.run(steps) == 0, runner.log
    assert "messages went into" in runner.log


def test_the_job_for_gitlab_writes_its_report(letters: Path, newsletter: Path) -> None:
    job = PAGES[".gitlab-ci.yml"]["newsletter"]
    spoil(letters)
    install, *script = job["script"]
    runner = Runner(letters / "mail", letters.parent / "temp")
    (runner.temp / "GITHUB_PATH").write_text(f"{newsletter}\n", "utf-8")
    runner.environ["CI_PROJECT_DIR"] = str(letters)
    del runner.environ["GITHUB_WORKSPACE"]

    assert install == "pip install newsletter_composer-*.whl"
    assert runner.run([{"run": "\n".join(script)}]) == 1
    report = letters / "mail" / job["artifacts"]["reports"]["junit"]
    root = read_junit(report.read_text("utf-8"))
    assert root.get("failures") == "1"
    assert root.xpath("testsuite[@name='mail/issues/2026-015/issue.md']/testcase/failure")


def test_the_hook_looks_when_something_of_the_site_was_changed(
    letters: Path, newsletter: Path
) -> None:
    (hook,) = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")
    (repo,) = PAGES[".pre-commit-config.yaml"]["repos"]
    (used,) = repo["hooks"]

    assert used["id"] == hook["id"]
    for name in ("newsletter.toml", "mail/issues/1/issue.de.md", "email_templates/letter.mjml.j2"):
        assert re.search(hook["files"], name)
    assert not re.search(hook["files"], "docs/issues.md")
    command = " ".join([hook["entry"], *used["args"]])
    for spoiled, status in ((False, 0), (True, 1)):
        if spoiled:
            spoil(letters)
        runner = Runner(letters / "mail", letters.parent / "temp")
        (runner.temp / "GITHUB_PATH").write_text(f"{newsletter}\n", "utf-8")
        assert runner.run([{"run": command}]) == status, runner.log


def test_a_python_that_is_too_old_is_told_before_anything_is_installed(tmp_path: Path) -> None:
    old = tmp_path / "bin" / "python3"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    runner = Runner(tmp_path, tmp_path / "temp")
    (runner.temp / "GITHUB_PATH").write_text(f"{old.parent}\n", "utf-8")

    assert runner.run(ACTION["runs"]["steps"][:1]) == 1
    ((level, properties, message),) = read_commands(runner.log)
    assert (level, properties["title"]) == ("error", "newsletter")
    assert "Python 3.11" in message
