"""Runs the `run:` steps of a workflow or a composite action as GitHub's runner does.

What GitHub's own machines are needed for (`uses:`) is noted and not run. Of expressions it knows
what ours need: names with dots, strings, `==`, `!=`, `&&`, `||`, `!` and parentheses.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|==|!=|&&|\|\||[!()]|[\w.-]+)")
_WORDS = {"&&": "and", "||": "or", "!": "not", "(": "(", ")": ")", "==": "==", "!=": "!="}


@dataclass
class Runner:
    """A job in the folder `workspace`; `temp` holds the files that GITHUB_… variables name."""

    workspace: Path
    temp: Path
    contexts: dict[str, str] = field(default_factory=dict)  #: `inputs.path` and so on
    environ: dict[str, str] = field(default_factory=dict)
    used: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    log: str = ""
    status: int = 0

    def __post_init__(self) -> None:
        self.temp.mkdir(parents=True, exist_ok=True)
        for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"):
            (self.temp / name).touch()
            self.environ[name] = str(self.temp / name)
        self.environ |= {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_SERVER_URL": "https://git.example",
            "GITHUB_REPOSITORY": "owner/letters",
            "GITHUB_SHA": "0123abc",
            "RUNNER_TEMP": str(self.temp),
        }

    @property
    def summary(self) -> str:
        return (self.temp / "GITHUB_STEP_SUMMARY").read_text("utf-8")

    def run(self, steps: Sequence[Mapping[str, Any]]) -> int:
        """Run the steps in order; the status of the first that fails ends the job."""
        for step in steps:
            if "if" in step and not self.holds(step["if"]):
                continue
            if "uses" in step:
                given = {key: self.filled(str(v)) for key, v in step.get("with", {}).items()}
                self.used.append((step["uses"], given))
                continue
            self.status = self._shell(step)
            self._take_outputs(step.get("id", ""))
            if self.status:
                break
        return self.status

    def _shell(self, step: Mapping[str, Any]) -> int:
        added = (self.temp / "GITHUB_PATH").read_text("utf-8").split()
        own = {name: self.filled(str(value)) for name, value in step.get("env", {}).items()}
        path = os.pathsep.join([*reversed(added), os.environ["PATH"]])
        done = subprocess.run(  # noqa: S603 - our own steps
            ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.workspace / self.filled(step.get("working-directory", ".")),
            env={**_clean(), **self.environ, "PATH": path, **own},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.log += done.stdout + done.stderr
        return done.returncode

    def _take_outputs(self, step: str) -> None:
        file = self.temp / "GITHUB_OUTPUT"
        for line in file.read_text("utf-8").splitlines():
            name, _, value = line.partition("=")
            self.contexts[f"steps.{step}.outputs.{name}"] = value
        file.write_text("", "utf-8")

    def filled(self, text: str) -> str:
        """`text` with the value of each `${{ … }}` in its place."""
        return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(self._value(found[1])), text)

    def holds(self, condition: object) -> bool:
        return bool(self._value(str(condition)))

    def _value(self, expression: str) -> object:
        names: dict[str, str] = {}
        words = []
        for token in _TOKEN.findall(expression):
            if token in _WORDS:
                words.append(_WORDS[token])
                continue
            name = f"v{len(names)}"
            literal = token.startswith("'")
            names[name] = token[1:-1] if literal else self.contexts.get(token, "")
            words.append(name)
        return eval(" ".join(words), {"__builtins__": {}}, names)  # noqa: S307 - our own files


def _clean() -> dict[str, str]:
    """The environment without what would lead to these sources, or tell that we are tested."""
    ours = ("PYTHONPATH", "VIRTUAL_ENV", "GITHUB_", "NEWSLETTER_", "CI_")
    return {name: v for name, v in os.environ.items() if not name.startswith(ours)}
