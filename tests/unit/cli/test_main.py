"""The command line's root: help, versions, typos, and what a script sees of an error."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from composer import errors
from composer.cli.exits import Exit, exit_for
from composer.cli.main import COMMANDS, hoisted, main


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.stdout, result.stderr


def test_the_bare_command_tells_the_usual_next_steps() -> None:
    code, out, _ = run()
    assert code == 0
    assert "newsletter init" in out
    assert "--dry-run" in out


def test_help_lists_every_command() -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert all(f"\n  {name} " in out for name in COMMANDS)


def test_the_version_is_the_distributions() -> None:
    assert run("--version") == (0, version("newsletter-composer") + "\n", "")


def test_a_mistyped_command_or_option_is_a_usage_error_with_the_right_word() -> None:
    code, _, err = run("chekc")
    assert code == 2
    assert "Did you mean 'check'?" in err
    code, _, err = run("--jsn")
    assert code == 2
    assert "--json" in err


def test_help_imports_none_of_the_heavy_rooms() -> None:
    heavy = ["premailer", "lxml", "sqlalchemy", "jinja2", "markdown_it", "rich", "sendgrid", "mjml"]
    program = (
        "import sys\n"
        "from composer.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


def test_a_command_that_looks_at_no_issue_imports_no_rule(tmp_path: Path) -> None:
    assert run("init", str(tmp_path / "site"))[0] == 0
    program = (
        "import sys\n"
        "from composer.cli.main import main\n"
        f"try: main(['-C', {str(tmp_path / 'site')!r}, 'status'])\n"
        "except SystemExit: pass\n"
        "names = ('composer.checks.rules', 'markdown_it', 'jinja2', 'premailer', 'lxml')\n"
        "print([name for name in sys.modules if name.startswith(names)], file=sys.stderr)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "there is no mailing yet" in done.stderr
    assert done.stderr.splitlines()[-1] == "[]"


def test_outside_a_site_the_way_in_is_told(tmp_path: Path) -> None:
    code, out, err = run("-C", str(tmp_path), "--json", "check")
    assert code == 4
    assert "newsletter init" in err
    assert "newsletter init" in json.loads(out)["error"]["hint"]


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    code, _, err = run("-C", str(tmp_path / "none"), "check")
    assert code == 2
    assert "there is no folder" in err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.GuardError("x"), Exit.GUARD),
        (errors.ConfigError("x"), Exit.CONFIG),
        (errors.Misconfigured("x"), Exit.CONFIG),
        (errors.StorageError("x"), Exit.CONFIG),
        (errors.Unreachable("x"), Exit.UNREACHABLE),
        (errors.AudienceError("x"), Exit.USAGE),
        (errors.TemplateError("x"), Exit.FINDINGS),
    ],
)
def test_each_kind_of_error_has_the_contracts_exit_code(
    error: errors.ComposerError, code: Exit
) -> None:
    assert exit_for(error) is code


def test_an_error_names_its_place_and_the_next_thing_to_try() -> None:
    place = errors.Place(Path("newsletter.toml"), 3, 7)

    told = str(errors.ConfigError("no such key", place=place, hint="did you mean 'name'?"))

    assert told == "newsletter.toml:3:7: no such key\n  hint: did you mean 'name'?"


def test_global_options_may_stand_behind_the_command(tmp_path: Path) -> None:
    before = run("-C", str(tmp_path), "--json", "check")
    behind = run("-C", str(tmp_path), "check", "--json")

    assert before == behind
    assert json.loads(behind[1])["schema"] == 1
    assert hoisted(["check", "-q", "x", "-v"]) == ["-q", "-v", "check", "x"]


def test_what_stands_behind_two_dashes_is_no_option() -> None:
    assert hoisted(["plan", "x", "--json", "--", "--json"]) == [
        *("--json", "plan", "x", "--", "--json"),
    ]
