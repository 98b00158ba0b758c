"""The archive that `serve` shows: built into the site's state, and again when issues change."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from composer.archive import build, due_issues
from composer.archive.folder import write_archive
from composer.errors import ComposerError, SourceError
from composer.model.issue import Issue
from composer.site import Site
from composer.web.public.footing import is_writable
from composer.web.public.front import LOG
from composer.whole_file import write_whole

#: How often we look whether an issue changed, or a day began.
LOOK_S = 30.0
FOLDER = "archive"
_STATE = ".seen"
#: Counts on when other issues of the same files belong into the archive than before.
_RULES = 2


@dataclass
class Shelf:
    """`folder` holds the files of the archive; a server restarted finds it as it was."""

    site: Site
    _ends: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def folder(self) -> Path:
        return self._room / FOLDER

    @property
    def members(self) -> Path:
        """The same with the issues for members: not below what everybody may read."""
        return self._room / f"{FOLDER}-members"

    @cached_property
    def _room(self) -> Path:
        """The site's state; where that cannot be written, a folder that ends with us."""
        if is_writable(self.site.state):
            return self.site.state
        return Path(self._passing.name)

    @cached_property
    def _passing(self) -> TemporaryDirectory[str]:
        return TemporaryDirectory(prefix="newsletter-archive-", ignore_cleanup_errors=True)

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._work, name="archive", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ends.set()
        if self._thread is not None:
            self._thread.join(timeout=1.0)  # a build may take a while; it leaves whole files
        if "_passing" in vars(self):
            self._passing.cleanup()

    def refresh(self) -> bool:
        """Build anew if something changed since the last time; whether it was built."""
        seen = self._seen()
        state = self._room / f"{FOLDER}{_STATE}"
        if state.is_file() and state.read_text("utf-8") == seen and self.folder.is_dir():
            return False
        issues = []
        for path in self.site.issue_paths():
            try:
                issues.append(self.site.read(path.parent.name))
            except ComposerError as error:  # the others are still worth reading
                LOG.error("archive: %s is left out: %s", path.parent.name, self._cause(error))
        due = due_issues(issues, until=_today(), members=True)
        unwritten = {issue.id for issue in due if self.site.is_draft(issue)}
        for name in sorted(unwritten):
            LOG.warning("archive: %s is left out: it is still a draft (issue/draft)", name)
        issues = [issue for issue in issues if issue.id not in unwritten]
        archive = build(issues, self.site.settings.newsletter, until=_today())
        write_archive(archive, self.folder)
        self._for_members(issues)
        write_whole(state, seen.encode())
        LOG.info("archive: %d issues", archive.issues)
        return True

    def _cause(self, error: ComposerError) -> str:
        """Place and problem in one line; of several findings the first."""
        findings = error.findings if isinstance(error, SourceError) else ()
        first = str(findings[0] if findings else error).split("\n", 1)[0]
        first = first.replace(f"{self.site.folder}/", "", 1)
        return f"{first} (and {len(findings) - 1} more)" if len(findings) > 1 else first

    def _for_members(self, issues: Sequence[Issue]) -> None:
        """With the issues that only they may read, where there is one."""
        if any(issue.archive == "members" for issue in issues):
            newsletter = self.site.settings.newsletter
            whole = build(issues, newsletter, until=_today(), members=True)
            write_archive(whole, self.members)
        elif self.members.is_dir():
            shutil.rmtree(self.members)

    def _work(self) -> None:
        while not self._ends.is_set():
            try:
                self.refresh()
            except (ComposerError, OSError) as error:
                LOG.error("archive: %s", error)
            self._ends.wait(LOOK_S)

    def _seen(self) -> str:
        """What the archive is made of: changes when it must be made anew."""
        settings = self.site.settings
        rules = f"{_RULES}{sorted(settings.checks.severity.items())!r}"
        seen = hashlib.sha256(f"{_today()}{settings.newsletter!r}{rules}".encode())
        for path in sorted((self.site.folder / "issues").rglob("*")):
            if path.is_file():
                about = path.stat()
                seen.update(f"{path}|{about.st_size}|{about.st_mtime_ns}\n".encode())
        return seen.hexdigest()


def _today() -> date:
    return datetime.now(UTC).astimezone().date()
