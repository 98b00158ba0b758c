"""One fresh install of this tree for the whole run, whichever process asks first."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.acceptance.workflow import Runner

ROOT = Path(__file__).parents[2]
ACTION = YAML(typ="safe").load(ROOT / "action.yml")


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` as `make` left it; the other processes of a run wait for the first.

    A folder that could not be finished is made anew, so that each who asks gets the error.
    """
    base = factory.getbasetemp()
    # Below xdist's, each process has a folder of its own; this run's is the one above.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = shared / name, shared / f"{name}.done"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def install(folder: Path) -> None:
    """What the action's own first step does, from a clone of this tree."""
    clone = folder / "action"
    shutil.copytree(ROOT, clone, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests"))
    runner = Runner(folder, folder / "temp", {"github.action_path": str(clone)})
    assert runner.run(ACTION["runs"]["steps"][:1]) == 0, runner.log


def place_of(folder: Path) -> Path:
    """The virtual environment in it."""
    return folder / "temp" / "newsletter-composer"


def command_in(folder: Path) -> Path:
    """What `install` has put onto the path there."""
    (command,) = (folder / "temp" / "GITHUB_PATH").read_text("utf-8").split()
    return Path(command)
