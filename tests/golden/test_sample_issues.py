"""The sample issues of this repository look as they were approved."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from composer.cli.main import main

ROOT = Path(__file__).parents[2]


def test_the_sample_issues_look_as_they_were_approved() -> None:
    ran = CliRunner(env={"NO_COLOR": "1"}).invoke(main, ["-C", str(ROOT), "snapshot"])

    assert ran.exit_code == 0, (
        f"{ran.output}\nIf the issues shall look like that now: read what is told above, run\n"
        "    newsletter snapshot --update        (or: make golden)\n"
        "and commit issues/*/snapshots/ with your change."
    )
