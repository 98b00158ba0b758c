"""What a rule is shown: the issue as written, its editions, the site and the audience."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from composer.model.edition import Edition
from composer.model.finding import Finding, Severity
from composer.model.issue import Issue, Position
from composer.model.settings import Settings


@dataclass(frozen=True, slots=True)
class Examined:
    """`missing` maps a slot's name to the recipients that have no value for it.

    It is empty when no audience was asked for. `live` tells whether real people may be
    reached: then what the law demands is an error and not a warning.
    """

    issue: Issue
    editions: Sequence[Edition]
    settings: Settings
    site_file: Path
    missing: Mapping[str, int] = field(default_factory=dict)
    live: bool = False


#: Where a finding stands that is about the whole file.
TOP = Position(1)


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding without its code; `severity` only where it differs from the rule's own."""

    message: str
    hint: str
    at: Position = TOP
    path: Path | None = None  #: the issue's file when None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: a stable code, how bad it is, what it looks for, and the function that looks."""

    code: str
    severity: Severity
    summary: str
    look: Callable[[Examined], Iterator[Remark]]

    def findings(self, examined: Examined) -> Iterator[Finding]:
        for remark in self.look(examined):
            yield Finding(
                code=self.code,
                severity=remark.severity or self.severity,
                message=remark.message,
                hint=remark.hint,
                path=remark.path or examined.issue.path,
                line=remark.at.line,
                column=remark.at.column,
            )
