"""Every error that composer raises on purpose: what is wrong, where, and what to try.

    ComposerError
    ├── SourceError         files of the site cannot be read; carries every finding at once
    ├── AudienceError       an address, a subscriber file or a segment rule is wrong
    ├── NamedError          what somebody typed names nothing that is there, or can be
    ├── ConfigError         a setting is missing or contradicts another
    ├── TemplateError       a template cannot be compiled
    ├── GuardError          a guard said no: not confirmed, stale plan, already sent
    ├── StorageError        the database cannot be opened, read or written
    └── ProviderError       a provider could not do its job at all
        ├── Unreachable     it did not answer; worth trying again later
        └── Misconfigured   it refused our credentials or sender; trying again will not help

One refused reader is not an error: it is an outcome (`composer.sending.provider`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a file; `line` and `column` count from 1, as editors do."""

    path: Path
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = [str(self.path)]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


class ComposerError(Exception):
    """What went wrong, where, and the next thing to try."""

    def __init__(self, problem: str, *, place: Place | None = None, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        head = f"{self.place}: {self.problem}" if self.place else self.problem
        return f"{head}\n  hint: {self.hint}" if self.hint else head


class SourceError(ComposerError):
    """Files of the site cannot be read: every finding at once, each a line with its place.

    `findings` are `composer.model.finding.Finding`; this floor only prints them.
    """

    def __init__(self, findings: Sequence[object]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


class AudienceError(ComposerError):
    """An address, a subscriber file or a segment rule is wrong."""


class NamedError(ComposerError):
    """What somebody typed names nothing: no file, check, provider, revision or resolver."""


class ConfigError(ComposerError):
    """A setting is missing or contradicts another."""


class TemplateError(ComposerError):
    """A template cannot be compiled."""


class GuardError(ComposerError):
    """A guard said no: not confirmed, stale plan, already sent, errors found."""


class StorageError(ComposerError):
    """The database cannot be opened, read or written."""


class ProviderError(ComposerError):
    """A provider could not do its job at all; nothing of the call was taken."""


class Unreachable(ProviderError):
    """The provider did not answer; worth trying again later."""


class Misconfigured(ProviderError):
    """The provider refused our credentials or sender; trying again will not help."""
