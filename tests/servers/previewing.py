"""`newsletter preview` as people run it: a process of its own over a site of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Running:
    """`address` has the key in it."""

    address: str
    folder: Path
    process: subprocess.Popen[str]

    @property
    def origin(self) -> str:
        return self.address.partition("/issues/")[0]

    def stop(self) -> tuple[int, str]:
        """As Ctrl-C does: the exit code, and what was said on standard error."""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


def newsletter(site: Path, *words: str) -> str:
    """What the command says, run in `site`; it must succeed."""
    command = [sys.executable, "-m", "composer", "-C", str(site), *words]
    own = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(  # noqa: S603 - ourselves
        command, check=True, capture_output=True, text=True, env=own
    ).stdout


@contextmanager
def previewing(
    folder: Path,
    issue: str,
    *words: str,
    port: int = 0,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """A new sample site in `folder`, if there is none yet, and its preview with `words`."""
    command = [sys.executable, "-m", "composer"]
    own = {**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})}
    if not folder.exists():
        subprocess.run(  # noqa: S603 - ourselves
            [*command, "init", str(folder)], check=True, capture_output=True, env=own
        )
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [*command, "preview", issue, "--port", str(port), *words],
        cwd=folder,
        env=own,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield Running(process.stdout.readline().strip(), folder, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
