"""The site as it stands on the disk: what was rendered is kept until a file changes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from composer.checkup import Checkup
from composer.errors import AudienceError, ComposerError, SourceError
from composer.model.finding import Finding, Severity
from composer.model.issue import Issue
from composer.site import Site
from composer.web.preview.chosen import Reader
from composer.web.preview.letters import Letter, letter_of
from composer.web.preview.lines import touched
from composer.web.preview.opening import Editor
from composer.web.preview.past import Memory, Past
from composer.web.preview.statuses import DRAFT, IssueStatus, statuses

if TYPE_CHECKING:
    # SQLAlchemy is slow to load, and a site without a list needs none of it.
    from composer.storage.database import Database


#: So long is known what the list says of a reader: one screen asks a few times.
LISTED_FOR_S = 0.25
#: Last good letters that are kept; each is some 100 kB.
MOST_GOOD = 64


@dataclass(frozen=True, slots=True)
class Seen:
    """A letter, or what stands in its way; with both, the letter is the last good one."""

    letter: Letter | None
    findings: Sequence[Finding] = ()
    took_ms: float = 0.0
    version: int = 0
    at: float = field(default_factory=perf_counter, compare=False)


@dataclass(frozen=True, slots=True)
class Card:
    """An issue in the list; `title` is the folder's name when the file cannot be read."""

    id: str
    title: str
    number: str = ""
    date: str = ""
    broken: bool = False
    standing: IssueStatus = DRAFT


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
        self._checking = threading.Lock()  #: checks are slower: no letter waits for them
        self._site: Site | None = None
        self._issues: dict[str, Issue] = {}
        self._seen: dict[tuple[str, Reader], Seen] = {}
        self._good: dict[tuple[str, Reader], Letter] = {}
        self._found: dict[str, tuple[int, Sequence[Finding]]] = {}
        self._good_site: Site | None = None
        self._trouble: tuple[Finding, ...] = ()
        self._statuses: Mapping[str, IssueStatus] = {}
        self._texts: dict[Path, str] = {}
        self._touched: dict[Path, int] = {}
        self._memory: Memory | None = None
        self._past: tuple[tuple[str, str, str, int], Past] | None = None

    # --- what changes -----------------------------------------------------------------

    def changed(self, paths: Iterable[Path]) -> int:
        """Files changed: what was made of them is stale. The new version."""
        with self._lock:
            self.changed_files = tuple(paths)
            issues = self.folder / "issues"
            inside = [path for path in self.changed_files if path.is_relative_to(issues)]
            if len(inside) < len(self.changed_files):
                self._site = None
                self._issues.clear()
            for path in inside:
                name = path.relative_to(issues).parts[:1]
                self._issues.pop(name[0] if name else "", None)
            self._seen.clear()
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

    @property
    def last_site(self) -> Site:
        """The site, or what it was before newsletter.toml was broken: for looking only.

        Raises ComposerError when it could never be read.
        """
        with self._lock:
            try:
                self._good_site, self._trouble = self.site, ()
            except ComposerError as error:
                if self._good_site is None:
                    raise
                self._trouble = tuple(findings_of(error, self.folder))
            return self._good_site

    @property
    def trouble(self) -> Sequence[Finding]:
        """What is wrong with newsletter.toml now."""
        try:
            _ = self.last_site
        except ComposerError as error:
            return findings_of(error, self.folder)
        return self._trouble

    @property
    def editor(self) -> Editor:
        """What opens a file; the usual one while newsletter.toml cannot be read."""
        try:
            return Editor.of(self.environ, self.last_site.settings.preview)
        except ComposerError:
            return Editor()

    @property
    def database(self) -> Database | None:
        """The site's database, if there is one: looking makes none.

        Raises:
            StorageError: it cannot be opened.
        """
        with self._lock:
            if not self.site.database_exists:
                return None
            if self.site.database.store.replaced:
                self._site = None  # it was deleted or made anew while we looked
                return self.database
            return self.site.database

    def path_of(self, issue_id: str) -> Path | None:
        """The file of the issue of that id; None when there is none. Ids are never paths."""
        return self.paths().get(issue_id)

    def paths(self) -> dict[str, Path]:
        """Each issue's file by its id; one that is a link to a place out of the site is none."""
        homes = [self.folder.resolve(), (self.folder / "issues").resolve()]
        return {
            path.parent.name: path
            for path in self.last_site.issue_paths()
            if path.is_file() and any(path.resolve().is_relative_to(home) for home in homes)
        }

    def cards(self) -> list[Card]:
        """Every issue, the newest first."""
        known = self.statuses()
        paths = reversed(self.paths().values())
        return [self._card(path, known.get(path.parent.name, DRAFT)) for path in paths]

    def statuses(self) -> Mapping[str, IssueStatus]:
        """How far each issue is; one that is not in it is a draft.

        While a database or newsletter.toml cannot be read, what was known last stays: what is
        wrong with them is told elsewhere, and what was sent is no draft.
        """
        with suppress(ComposerError):
            self._statuses = statuses(self.site, self.database)
        return self._statuses

    def _card(self, path: Path, standing: IssueStatus) -> Card:
        name = path.parent.name
        try:
            issue = self.issue(name)
        except ComposerError:
            return Card(name, name, broken=True, standing=standing)
        day = issue.date.isoformat()
        return Card(name, issue.title, issue.number, day, standing=standing)

    def issue(self, issue_id: str) -> Issue:
        """Raises SourceError when it has mistakes, ComposerError when it is not there."""
        with self._lock:
            kept = self._issues.get(issue_id)
            if kept is None:
                path = self.path_of(issue_id)
                if path is None:
                    raise AudienceError(f"there is no issue {issue_id!r}")
                kept = self._issues[issue_id] = self.last_site.read(str(path))
            return kept

    def see(self, issue_id: str, reader: Reader) -> Seen:
        """The letter as `reader` gets it now, or the last good one with what is wrong."""
        with self._lock:
            key = (issue_id, reader)
            kept = self._seen.get(key)
            if kept is None or not self._is_fresh(kept, reader):
                kept = self._seen[key] = self._look(issue_id, reader)
            return kept

    def _is_fresh(self, kept: Seen, reader: Reader) -> bool:
        """The list changes without a file: what it said is asked again soon."""
        listed = "@" in reader.who and perf_counter() - kept.at > LISTED_FOR_S
        return kept.version == self.version and not listed

    def _look(self, issue_id: str, reader: Reader) -> Seen:
        key, began = (issue_id, reader), perf_counter()
        try:
            letter = letter_of(self.last_site, self.issue(issue_id), reader)
        except ComposerError as error:
            return Seen(self._good.get(key), findings_of(error, self.folder), 0.0, self.version)
        self._good.pop(key, None)
        self._good[key] = letter
        if len(self._good) > MOST_GOOD:
            del self._good[next(iter(self._good))]  # the one that was made longest ago
        return Seen(letter, self._trouble, (perf_counter() - began) * 1000, self.version)

    def findings(self, issue_id: str) -> Sequence[Finding]:
        """What `newsletter check` says of the issue, of newsletter.toml and of the templates."""
        with self._checking:
            kept, version = self._found.get(issue_id), self.version
            if kept is None or kept[0] != version:
                kept = self._found[issue_id] = (version, self._check(issue_id))
            return kept[1]

    def past(self, issue_id: str, against: str, revision: str) -> Past:
        """What the issue was; raises ComposerError when that is not known, see `Memory.past`."""
        with self._checking:
            path = self.path_of(issue_id)
            if path is None:
                raise AudienceError(f"there is no issue {issue_id!r}")
            key, site = (issue_id, against, revision, self.version), self.site
            if self._memory is None or self._memory.site is not site:
                self._memory, self._past = Memory(site), None
            if self._past is None or self._past[0] != key:
                self._past = (key, self._memory.past(path, against, revision))
            return self._past[1]

    def touched(self, path: Path) -> int:
        """The line of the issue's file that the last save changed; 0 before the first."""
        with self._lock:
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
            except OSError:
                return 0
            before = self._texts.get(path, text)
            self._texts[path] = text
            if before != text:
                self._touched[path] = touched(before, text)
            return self._touched.get(path, 0)

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
