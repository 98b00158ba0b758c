"""npm's mjml and juice in a folder that is thrown away: what we compare ourselves with."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PACKAGES = ("mjml@5", "juice@12")


@contextmanager
def node_folder() -> Iterator[Path | None]:
    """A folder with `PACKAGES` installed; None where npm or its registry is out of reach."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "package.json").write_text("{}")
        yield folder if _installed(folder) else None


def _installed(folder: Path) -> bool:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return False
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", *PACKAGES]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=180, check=False)  # noqa: S603 - our own words
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def run(folder: Path, script: str, given: object) -> Any:
    """What the JavaScript `script` prints, as JSON; it finds `given` in `input`."""
    head = "const input = JSON.parse(require('fs').readFileSync(0, 'utf8'));\n"
    (folder / "run.cjs").write_text(head + script, encoding="utf-8")
    done = subprocess.run(
        ["node", "run.cjs"],  # noqa: S607 - the node that the person has
        cwd=folder,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    return json.loads(done.stdout)
