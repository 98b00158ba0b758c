"""A fresh install of this tree, for the tests that need one."""

from __future__ import annotations

import shutil
from pathlib import Path

from ruamel.yaml import YAML

from tests.acceptance.workflow import Runner

ROOT = Path(__file__).parents[2]
ACTION = YAML(typ="safe").load(ROOT / "action.yml")


def install(folder: Path) -> None:
    """What the action's own first step does, from a clone of this tree."""
    clone = folder / "action"
    shutil.copytree(ROOT, clone, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests"))
    runner = Runner(folder, folder / "temp", {"github.action_path": str(clone)})
    runner.environ["PIP_COMPILE"] = "false"  # what is imported is compiled then, and no more
    assert runner.run(ACTION["runs"]["steps"][:1]) == 0, runner.log


def place_of(folder: Path) -> Path:
    """The virtual environment in it."""
    return folder / "temp" / "newsletter-composer"


def command_in(folder: Path) -> Path:
    """What `install` has put onto the path there."""
    (command,) = (folder / "temp" / "GITHUB_PATH").read_text("utf-8").split()
    return Path(command)
