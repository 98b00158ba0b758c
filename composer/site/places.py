"""Where things lie in a site's folder, and what a name that somebody typed means there."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from composer.errors import AudienceError, NamedError
from composer.reading.site_file import SITE_FILE
from composer.reading.translations import original_of
from composer.refused_files import is_there, real_path
from composer.rendering.templates import FOLDER as TEMPLATES_FOLDER

TEMPLATE_SUFFIXES = frozenset({".j2", ".mjml", ".css"})


@dataclass
class Places:
    """A site's folder; looking makes nothing."""

    folder: Path

    @property
    def state(self) -> Path:
        """What is never committed: database, outbox, plans."""
        return self.folder / ".newsletter"

    @property
    def plans(self) -> Path:
        return self.state / "plans"

    def shown(self, path: Path) -> str:
        """A path as a person would type it: relative to the site where it lies inside."""
        try:
            return str(path.resolve().relative_to(self.folder.resolve()))
        except ValueError:
            return str(path)

    def issue_paths(self) -> Sequence[Path]:
        """Every issue's file, in the order of their folders' names.

        Raises:
            OSError: one of the folders may not be looked into: what is in it must not be left out.
        """
        whole = self.folder / "issues"
        folders = (
            sorted(path for path in whole.iterdir() if path.is_dir()) if whole.is_dir() else []
        )
        return [path for folder in folders if is_there(path := folder / "issue.md")]

    def issue_path(self, name: str) -> Path:
        """The file that ISSUE means: a folder, a file, or the name of a folder in `issues/`.

        A translation means the issue that it belongs to.

        Raises:
            ConfigError: there is none.
        """
        for path in (self.folder / name, self.folder / "issues" / name, Path(name)):
            if path.is_file() and path.suffix == ".md":
                return original_of(path)
            if path.is_file():
                raise AudienceError(
                    f"{name} is no issue",
                    hint="an issue is a file issue.md, in a folder issues/NAME",
                )
            if any(at.name == "issue.md" and at.is_dir() for at in (path, path / "issue.md")):
                raise AudienceError(
                    f"the issue.md of {name.removesuffix('/issue.md')} is a folder",
                    hint="an issue is a file issue.md: move the folder away, or its text out of it",
                )
            if (path / "issue.md").is_file():
                return path / "issue.md"
        known = [path.parent.name for path in self.issue_paths()]
        near = difflib.get_close_matches(Path(name).name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known) or 'none'}"
        raise AudienceError(f"there is no issue {name!r}", hint=hint)

    def issue_paths_of(self, name: str) -> Sequence[Path]:
        """What `name` means where several may be meant: an issue, or the folder of all.

        Raises:
            AudienceError: there is none.
        """
        whole = self.folder / "issues"
        if any(real_path(path) == real_path(whole) for path in (self.folder / name, Path(name))):
            return self.issue_paths()
        return [self.issue_path(name)]

    def place_of(self, name: str) -> Path | None:
        """What is no issue and part of a site: its folder, newsletter.toml, a template or theirs.

        None where `name` means something else: in an issue's folder, a dot means that issue.
        """
        folder = self.folder.resolve()
        if (Path(name) / "issue.md").is_file():
            return None
        for path in (real_path(self.folder / name), real_path(Path(name))):
            if path in (folder, folder / SITE_FILE) or self._is_of_templates(path):
                return path
        return None

    def _is_of_templates(self, path: Path) -> bool:
        folder = (self.folder / TEMPLATES_FOLDER).resolve()
        return path == folder or (path.exists() and path.is_relative_to(folder))

    def template_paths_of(self, name: str, path: Path) -> Sequence[Path]:
        """The templates that `path`, which somebody called `name`, means: one, or a folder's.

        Raises:
            NamedError: there is none.
        """
        own = self.template_paths()
        found = [t for t in own if t.resolve() == path or path in t.resolve().parents]
        if not found:
            kinds = ", ".join(sorted(TEMPLATE_SUFFIXES))
            hint = f"a template of a site is a file in {TEMPLATES_FOLDER}/ that ends in {kinds}"
            raise NamedError(f"there is no template in {name}", hint=hint)
        return found

    def template_paths(self) -> Sequence[Path]:
        """Every file below the site's own `email_templates/`, in the order of their names."""
        folder = self.folder / TEMPLATES_FOLDER
        return sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in TEMPLATE_SUFFIXES)
