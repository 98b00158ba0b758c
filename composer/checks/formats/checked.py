"""What every form is made from: the findings, and the facts about the run that made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from composer.errors import ComposerError, Place
from composer.model.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing could be checked: there is no site here, or the command was mistyped."""

    message: str
    hint: str = ""
    place: Place | None = None

    @classmethod
    def of(cls, error: ComposerError) -> Trouble:
        return cls(error.problem, error.hint, error.place)


@dataclass(frozen=True)
class Checked:
    """A finished run. Everything but `findings` may be left out.

    `names` says how each file is called below `root`, the absolute path of the repository: with
    `/`, and absolute itself when the file lies outside. `lines` has the text of files that have
    findings, which tells one finding from another when lines move. `failing` are the
    severities that make the exit code 1.
    """

    findings: Sequence[Finding] = ()
    files: Mapping[Path, float] = field(default_factory=dict)  #: looked at → seconds
    names: Mapping[Path, str] = field(default_factory=dict)
    lines: Mapping[Path, Sequence[str]] = field(default_factory=dict)
    root: Path | None = None
    failing: frozenset[Severity] = frozenset({Severity.ERROR})
    exit_code: int = 0
    silenced: Sequence[tuple[Finding, str]] = ()  #: by their authors, each with the reason
    version: str = ""
    trouble: Trouble | None = None

    def name(self, path: Path) -> str:
        """How `path` is called in the repository."""
        return self.names.get(path, path.as_posix())

    def line(self, finding: Finding) -> str:
        """The text of the line that `finding` is about; `""` when it is not known."""
        lines = self.lines.get(finding.path, ())
        return lines[finding.line - 1] if 0 < finding.line <= len(lines) else ""

    def by_file(self) -> Mapping[Path, Sequence[Finding]]:
        """The findings of every file that was looked at or has one, in their order."""
        found: dict[Path, list[Finding]] = {path: [] for path in self.files}
        for finding in self.findings:
            found.setdefault(finding.path, []).append(finding)
        return found


def tally(findings: Sequence[Finding]) -> str:
    """`1 error, 2 warnings`."""
    errors = sum(f.severity is Severity.ERROR for f in findings)
    return f"{counted(errors, 'error')}, {counted(len(findings) - errors, 'warning')}"


def counted(number: int, noun: str, several: str = "") -> str:
    """`1 file`, `1,200 files`; `several` where an s does not make them: `2 deliveries`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {several or f'{noun}s'}"


def quoted(name: str) -> str:
    """A file's name as it stands in an address; bytes that are no UTF-8 keep their value."""
    try:
        data = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character: only Windows has such names
        data = name.encode("utf-8", "replace")
    return quote(data, safe="/~")
