"""The templates of a site: its own, and behind them the ones that we ship."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from composer.errors import Place, TemplateError
from composer.reading.source import read_file
from composer.rendering.view import View

if TYPE_CHECKING:
    from composer.rendering.engine import Engine

FOLDER = "email_templates"
SUFFIX = ".mjml.j2"
#: A template is written by a person.
MOST_BYTES = 512 * 1024


@dataclass(frozen=True)
class Templates:
    """Looks `NAME` up in each of `folders`, in their order; nothing outside them is read.

    What was loaded stays loaded: make new `Templates` to see a file that has changed.
    """

    folders: tuple[Path, ...]

    @classmethod
    def of_site(cls, folder: Path | None) -> Templates:
        """The templates of the site in `folder`; its files shadow ours of the same name."""
        own = (folder / FOLDER,) if folder else ()
        return cls((*own, _built_in()))

    @property
    def names(self) -> tuple[str, ...]:
        """The letters that `template` in newsletter.toml may name, sorted."""
        found = {
            path.name.removesuffix(SUFFIX)
            for folder in self.folders
            if folder.is_dir()
            for path in folder.iterdir()
            if path.name.endswith(SUFFIX)
        }
        return tuple(sorted(found))

    def origin(self, name: str) -> str:
        """Whose the letter `name` is: `built-in`, `site`, or `site, before the built-in one`."""
        holding = [folder for folder in self.folders if (folder / f"{name}{SUFFIX}").is_file()]
        if holding == [self.folders[-1]]:
            return "built-in"
        return "site, before the built-in one" if len(holding) > 1 else "site"

    def pieces(self, name: str) -> tuple[str, ...]:
        """The files in the folder `name`, as `include` names them, sorted."""
        found = {
            path.relative_to(folder).as_posix()
            for folder in self.folders
            for path in (folder / name).rglob("*.j2")
            if path.is_file()
        }
        return tuple(sorted(found))

    def path(self, name: str) -> Path | None:
        """Where the file `name` (`monitor/blocks.j2`) is; None when there is none.

        Raises:
            TemplateError: the name, or a symbolic link, leads out of the templates' folders.
        """
        parts = PurePosixPath(name).parts
        if not parts or parts[0] == "/" or ".." in parts or "\\" in name or "\0" in name:
            raise TemplateError(
                f"{name!r} is outside {FOLDER}/", hint="templates include only one another"
            )
        for folder, real in self._real_folders:
            path = folder.joinpath(*parts)
            if not path.is_file():
                continue
            if not os.path.realpath(path).startswith(real):
                raise TemplateError(
                    f"{name!r} is a link to a file outside {FOLDER}/",
                    place=Place(path),
                    hint="copy the file into the folder",
                )
            return path
        return None

    @cached_property
    def _real_folders(self) -> tuple[tuple[Path, str], ...]:
        """Each with what the real path of a file in it begins with."""
        return tuple((folder, f"{folder.resolve()}{os.sep}") for folder in self.folders)

    def read(self, name: str) -> str | None:
        """The text of the file `name`; None when there is none.

        Raises:
            TemplateError: it is outside the folders, too long, or not UTF-8.
        """
        path = self.path(name)
        if path is None:
            return None
        raw = b""
        try:
            raw = read_file(path, MOST_BYTES)
            if len(raw) > MOST_BYTES:
                raise TemplateError(
                    f"is longer than {MOST_BYTES // 1024} kB",
                    place=Place(path),
                    hint="pictures belong to the issue, not into the template",
                )
            text = raw.decode("utf-8-sig")
        except OSError as error:
            raise TemplateError(f"cannot be read: {error.strerror}", place=Place(path)) from error
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise TemplateError(
                "is not UTF-8", place=Place(path, line), hint="save the file as UTF-8"
            ) from error
        return text

    def entry(self, name: str) -> str:
        """The file that makes the letter `name`: `monitor` is `monitor.mjml.j2`.

        Raises:
            TemplateError: there is no such template.
        """
        if self.path(f"{name}{SUFFIX}") is None:
            near = difflib.get_close_matches(name, self.names, n=1)
            known = ", ".join(self.names) or "none"
            raise TemplateError(
                f"there is no template {name!r}",
                hint=f"did you mean {near[0]!r}?" if near else f"there are: {known}",
            )
        return f"{name}{SUFFIX}"

    def render(self, name: str, view: View) -> str:
        """What the file `name` makes of `view`.

        Raises:
            TemplateError: with the file and the line that cannot be done.
        """
        return self._engine.render(name, view)

    def tells_apart(self, view: View, other: View) -> bool:
        """Whether what was rendered so far could be another for `other`, where `view` was."""
        return self._engine.tells_apart(view, other)

    def problems(self, name: str) -> list[TemplateError]:
        """What is wrong with the file `name` whatever an issue says; see `static_look`.

        Raises:
            TemplateError: the file cannot be read.
        """
        return self._problems(name) if name.endswith(".j2") else []

    @cached_property
    def _problems(self) -> Callable[[str], list[TemplateError]]:
        from composer.rendering.static_look import StaticLook  # noqa: PLC0415 - as jinja2 below

        return StaticLook(self).problems

    @cached_property
    def _engine(self) -> Engine:
        from composer.rendering.engine import Engine  # noqa: PLC0415 - jinja2 takes 50 ms to import

        return Engine(self.read, self.path)


def _built_in() -> Path:
    """Inside the package where it was installed from a wheel, else at the checkout's root."""
    package = Path(__file__).parents[1]
    shipped = package / FOLDER
    return shipped if shipped.is_dir() else package.parent / FOLDER
