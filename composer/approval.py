"""`newsletter snapshot` and `diff` ask here: are a site's issues what was approved?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from composer.errors import ComposerError, SourceError
from composer.model.issue import Issue
from composer.model.mailing import Letterhead
from composer.sending.ledger import Candidate
from composer.site import Site
from composer.snapshots.approved import FOLDER, Approved, read_approved, write_approved
from composer.snapshots.judge import Verdict, judge
from composer.snapshots.shot import Shot, shots_of


@dataclass(frozen=True, slots=True)
class Broken:
    """An issue that cannot be rendered, and why."""

    issue_id: str
    error: ComposerError


@dataclass
class Approval:
    """Takes the shots of a site's issues, compares them, and approves them when told to."""

    site: Site
    broken: list[Broken] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)

    def readers(self) -> Iterator[tuple[str, Candidate]]:
        """Every persona of the site by name."""
        return ((name, self.site.persona(name)) for name in self.site.settings.personas)

    def shots(self, issue: Issue) -> list[Shot]:
        """Every rendition of the issue.

        Raises:
            TemplateError, SourceError: it cannot be rendered.
        """
        letterhead = Letterhead.of(self.site.settings.newsletter)
        return list(shots_of(issue, self.readers(), self.site.compiler(issue).edition, letterhead))

    def look(self, paths: Sequence[Path], *, update: bool = False) -> Iterator[Verdict]:
        """A verdict for each issue in `paths`; `update` approves what is there now.

        An issue that cannot be rendered is put into `broken`, and the others go on.
        """
        for path in paths:
            try:
                issue = self.site.read(str(path.resolve()))
                shots = self.shots(issue)
            except (SourceError, ComposerError) as error:
                self.broken.append(Broken(path.parent.name, error))
                continue
            yield self._judged(issue, shots, update=update)

    def _judged(self, issue: Issue, shots: Sequence[Shot], *, update: bool) -> Verdict:
        folder = issue.path.parent / FOLDER
        try:
            approved = read_approved(folder)
        except ComposerError:
            if not update:
                raise
            approved = Approved()
        verdict = judge(issue.id, shots, approved)
        if update:
            self.written += [folder / name for name in write_approved(folder, shots)]
        return verdict
