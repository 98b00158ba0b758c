"""`newsletter snapshot` and `diff` ask here: are a site's issues what was approved?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from composer.errors import ComposerError, ConfigError, SourceError
from composer.model.issue import Issue
from composer.model.mailing import Letterhead
from composer.reading.site_file import SITE_FILE
from composer.rendering.templates import FOLDER as TEMPLATES_FOLDER
from composer.sending.ledger import Candidate
from composer.sending.personas import candidate_of
from composer.sending.sample import SAMPLE_TOKEN
from composer.site import Site
from composer.snapshots.approved import FOLDER, PICTURES, Approved, read_approved, write_approved
from composer.snapshots.camera import Camera
from composer.snapshots.gallery import Gallery, approve, visit
from composer.snapshots.judge import Verdict, between, judge
from composer.snapshots.report import report
from composer.snapshots.revision import Commit, extract, find_commit
from composer.snapshots.shot import Shot, shots_of
from composer.whole_file import write_whole


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
    galleries: list[Gallery] = field(default_factory=list)
    camera: Camera | None = None  #: takes pictures of every issue that is looked at

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
                issue = self.site.read_at(path)
                shots = self.shots(issue)
            except (SourceError, ComposerError) as error:
                self.broken.append(Broken(path.parent.name, error))
                continue
            yield self._judged(issue, shots, update=update)

    def since(self, path: Path, revision: str) -> tuple[Commit, Verdict]:
        """The issue as it is now against how it was at `revision`, for today's personas.

        Raises:
            ConfigError: there is no repository, or the issue is not in the site's folder.
            NamedError: there is no such revision.
            SourceError, TemplateError: the issue cannot be rendered now.
            ComposerError: it could not be rendered then.
        """
        issue = self.site.read_at(path)
        now = self.shots(issue)
        self._inside(path)
        commit = self.commit(revision)
        return commit, between(issue.id, self.at(path, commit), now, since=revision)

    def commit(self, revision: str) -> Commit:
        """Raises ConfigError when there is no repository, NamedError when no such revision."""
        return find_commit(self.site.folder, revision)

    def at(self, path: Path, commit: Commit) -> Sequence[Shot]:
        """Every rendition of the issue as it was at `commit`; none when it was not there.

        Raises:
            ConfigError: the issue is not in the site's folder.
            ComposerError: it could not be rendered then.
        """
        name = self._inside(path)
        with TemporaryDirectory(prefix="newsletter-diff-") as place:
            folder = Path(place)
            extract(self.site.folder, commit, [SITE_FILE, TEMPLATES_FOLDER, name], folder)
            try:
                return self._then(folder, folder / name / path.name)
            except ComposerError as error:
                said = str(error).splitlines()[0].replace(f"{folder}/", "")
                raise ComposerError(
                    f"{path.parent.name} could not be rendered at {commit.revision}: {said}",
                    hint="--against REV compares with another revision",
                ) from error

    def _then(self, folder: Path, path: Path) -> Sequence[Shot]:
        """The shots of the issue at `path` in the site of long ago; none when it was not there."""
        if not path.is_file():
            return ()
        site = Site.find(folder, self.site.environ)
        # The list is not in git, so nobody can say which fields it had.
        site.vocabulary = replace(site.vocabulary, fields=None)
        issue = site.read(str(path))
        readers = (
            (name, candidate_of(persona, site.rules, SAMPLE_TOKEN))
            for name, persona in self.site.settings.personas.items()
        )
        letterhead = Letterhead.of(site.settings.newsletter)
        return list(shots_of(issue, readers, site.compiler(issue).edition, letterhead))

    def _inside(self, path: Path) -> str:
        """The issue's folder as git names it: below the site's."""
        try:
            relative = path.resolve().parent.relative_to(self.site.folder.resolve())
        except ValueError as error:
            raise ConfigError(
                f"{path} is not in the site {self.site.folder}",
                hint="the past of an issue is that of its site's repository",
            ) from error
        return relative.as_posix()

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
        if self.camera is not None:
            self._visit(issue, folder / PICTURES, shots, update=update)
        return verdict

    def _visit(self, issue: Issue, folder: Path, shots: Sequence[Shot], *, update: bool) -> None:
        assert self.camera is not None  # noqa: S101 - the caller looked
        gallery = visit(issue.id, folder, shots, self.camera)
        self.galleries.append(gallery)
        if update:
            names = approve(folder, gallery, self.camera.version)
            self.written += [folder / name for name in names]

    def report(self, verdicts: Sequence[Verdict]) -> Path:
        """Write the page with everything that looks different; its path."""
        path = self.site.state / "snapshots" / "report.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, report(verdicts, self.galleries).encode())
        return path
