"""What a check says: one problem, where it is and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    ERROR = "error"  #: a reader would be harmed, or could not be served: nothing is sent
    WARNING = "warning"  #: a reader would notice


@dataclass(frozen=True, slots=True)
class Fix:
    """Exchange `old`, which begins where the finding stands, for `new`."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is stable and of the form `family/name`; `line` and `column` count from 1."""

    code: str
    severity: Severity
    message: str
    hint: str
    path: Path
    line: int = 1
    column: int = 1
    fix: Fix | None = None

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Where it stands among others: by place, and of one place always the same."""
        return (str(self.path), self.line, self.column, self.code, self.message)

    def __str__(self) -> str:
        head = f"{self.path}:{self.line}:{self.column}: {self.severity}[{self.code}] {self.message}"
        return f"{head}\n  hint: {self.hint}" if self.hint else head
