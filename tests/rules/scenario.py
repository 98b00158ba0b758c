"""A broken and a sound case of one code, both run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

#: What was told, of everything that was looked at.
Told = frozenset[str]
Case = Callable[[Path], Told]


@dataclass(frozen=True)
class Scenario:
    """`broken` gets the code, and `sound` does not."""

    broken: Case
    sound: Case
