"""The site as it stands on the disk: what was rendered is kept until a file changes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from composer.checkup import Checkup
from composer.errors import ComposerError, SourceError
from composer.model.finding import Finding, Severity
from composer.model.issue import Issue
from composer.site import Site
from composer.web.preview.chosen import Reader
from composer.web.preview.letters import Letter, letter_of


@dataclass(frozen=True, slots=True)
class Seen:
    """A letter, or what stands in its way; with both, the letter is the last good one."""

    letter: Letter | None
    findings: Sequence[Finding] = ()
    took_ms: float = 0.0
    version: int = 0


@dataclass(frozen=True, slots=True)
class Card:
    """An issue in the list; `title` is the folder's name when the file cannot be read."""

    id: str
    title: str
    number: str = ""
    date: str = ""
    broken: bool = False


@dataclass
class Desk:
    """Opens the site anew when its settings, templates or list change; safe to share.

    Only what is looked at is rendered: a change makes everything stale and renders nothing.
    """

    folder: Path
    environ: Mapping[str, str] = field(repr=False)
    version: int = 1
    changed_files: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._site: Site | None = None
        self._issues: dict[str, tuple[int, Issue]] = {}
        self._seen: dict[tuple[str, Reader], Seen] = {}
        self._good: dict[tuple[str, Reader], Letter] = {}
        self._found: dict[str, tuple[int, Sequence[Finding]]] = {}

    # --- what changes -----------------------------------------------------------------

    def changed(self, paths: Iterable[Path]) -> int:
        """Files changed: what was made of them is stale. The new version."""
        with self._lock:
            self.changed_files = tuple(paths)
            issues = self.folder / "issues"
            if any(not path.is_relative_to(issues) for path in self.changed_files):
                self._site = None
            self._seen.clear()
            self._found.clear()
            self._issues.clear()
            self.version += 1
            return self.version

    # --- what is looked at ------------------------------------------------------------

    @property
    def site(self) -> Site:
        """Raises ComposerError when newsletter.toml cannot be used."""
        with self._lock:
            if self._site is None:
                self._site = Site.find(self.folder, self.environ)
            return self._site

    def path_of(self, issue_id: str) -> Path | None:
        """The file of the issue of that id; None when there is none. Ids are never paths."""
        known = {path.parent.name: path for path in self.site.issue_paths()}
        return known.get(issue_id)

    def cards(self) -> list[Card]:
        """Every issue, the newest first."""
        return [self._card(path) for path in reversed(self.site.issue_paths())]

    def _card(self, path: Path) -> Card:
        name = path.parent.name
        try:
            issue = self.issue(name)
        except ComposerError:
            return Card(name, name, broken=True)
        return Card(name, issue.title, issue.number, issue.date.isoformat())

    def issue(self, issue_id: str) -> Issue:
        """Raises SourceError when it has mistakes, ComposerError when it is not there."""
        with self._lock:
            kept = self._issues.get(issue_id)
            if kept is None or kept[0] != self.version:
                kept = (self.version, self.site.read(issue_id))
                self._issues[issue_id] = kept
            return kept[1]

    def see(self, issue_id: str, reader: Reader) -> Seen:
        """The letter as `reader` gets it now, or the last good one with what is wrong."""
        with self._lock:
            key = (issue_id, reader)
            kept = self._seen.get(key)
            if kept is None or kept.version != self.version:
                kept = self._seen[key] = self._look(issue_id, reader)
            return kept

    def _look(self, issue_id: str, reader: Reader) -> Seen:
        key, began = (issue_id, reader), perf_counter()
        try:
            letter = letter_of(self.site, self.issue(issue_id), reader)
        except ComposerError as error:
            return Seen(self._good.get(key), findings_of(error, self.folder), 0.0, self.version)
        self._good[key] = letter
        return Seen(letter, (), (perf_counter() - began) * 1000, self.version)

    def findings(self, issue_id: str) -> Sequence[Finding]:
        """What `newsletter check` says of the issue, of newsletter.toml and of the templates."""
        with self._lock:
            kept = self._found.get(issue_id)
            if kept is None or kept[0] != self.version:
                kept = (self.version, self._check(issue_id))
                self._found[issue_id] = kept
            return kept[1]

    def _check(self, issue_id: str) -> Sequence[Finding]:
        try:
            path = self.path_of(issue_id)
            if path is None:
                return ()
            return Checkup.of(self.site).everything([path])
        except ComposerError as error:
            return findings_of(error, self.folder)


def findings_of(error: ComposerError, folder: Path) -> list[Finding]:
    """An error as findings, so that it is told where everything else is."""
    if isinstance(error, SourceError):
        return [finding for finding in error.findings if isinstance(finding, Finding)]
    place = error.place
    return [
        Finding(
            code="preview/error",
            severity=Severity.ERROR,
            message=error.problem,
            hint=error.hint,
            path=place.path if place else folder,
            line=(place.line if place else None) or 1,
            column=(place.column if place else None) or 1,
        )
    ]
