"""`newsletter preview` as people run it: a process of its own over a site of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.forked import Forked, Nursery, Order

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Running:
    """`address` has the key in it."""

    address: str
    folder: Path
    process: Forked

    @property
    def origin(self) -> str:
        return self.address.partition("/issues/")[0]

    def stop(self) -> tuple[int | None, str]:
        """As Ctrl-C does: the exit code, and what was said on standard error."""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


def newsletter(nursery: Nursery, site: Path, *words: str) -> str:
    """What the command says, run in `site`; it must succeed."""
    process = nursery.start(Order("composer", words, str(site), _environment()))
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out


@contextmanager
def previewing(
    nursery: Nursery,
    folder: Path,
    issue: str,
    *words: str,
    port: int = 0,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """A new sample site in `folder`, if there is none yet, and its preview with `words`."""
    if not folder.exists():
        newsletter(nursery, folder.parent, "init", folder.name)
    command = ("preview", issue, "--port", str(port), *words)
    process = nursery.start(Order("composer", command, str(folder), _environment(environ)))
    assert process.stdout is not None
    try:
        yield Running(process.stdout.readline().strip(), folder, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


def _environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **(more or {})}
