"""The editor: a click on a block, a finding or a link opens the line that it came from.

A site may name a URL pattern; a command only the person at the machine, by the environment:
a folder that was copied from elsewhere must not choose what is run here.
"""

from __future__ import annotations

import shlex
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from composer.errors import AudienceError, ConfigError
from composer.model.settings import PreviewSettings

VARIABLE = "NEWSLETTER_EDITOR"


@dataclass(frozen=True, slots=True)
class Editor:
    """Exactly one of `pattern`, a URL, and `command` is set; both have `{path}` in them."""

    pattern: str = PreviewSettings().editor
    command: tuple[str, ...] = ()

    @classmethod
    def of(cls, environ: Mapping[str, str], settings: PreviewSettings) -> Editor:
        """Raises ConfigError when the variable holds what cannot be used."""
        said = environ.get(VARIABLE, "").strip()
        if not said:
            return cls(settings.editor)
        if "://" in said.partition(" ")[0]:
            return cls(said)
        try:
            words = tuple(shlex.split(said))
        except ValueError as error:
            hint = f"export {VARIABLE}='code --goto {{path}}:{{line}}:{{column}}'"
            raise ConfigError(f"{VARIABLE} is not a command: {error}", hint=hint) from error
        if not any("{path}" in word for word in words):
            words = (*words, "{path}")
        return cls("", words)

    def pattern_for(self, path: Path) -> str:
        """The URL of a file, `{line}` and `{column}` still open; `""` with a command."""
        return self.pattern.replace("{path}", quote(path.as_posix(), safe="/"))

    def link(self, path: Path, line: int, column: int = 1) -> str:
        """The URL that opens a place; `""` with a command."""
        at = self.pattern_for(path)
        return at.replace("{line}", str(line)).replace("{column}", str(column))

    def open(self, folder: Path, name: str, line: int, column: int) -> None:
        """Run the command for the file `name` of the site in `folder`.

        Raises:
            AudienceError: there is no such file in the site.
            ConfigError: there is no command, or it cannot be run.
        """
        path = inside(folder, name)
        if not self.command:
            raise ConfigError("no command was set", hint=f"export {VARIABLE}=…")
        said = {"{path}": str(path), "{line}": str(line), "{column}": str(column)}
        words = [_filled(word, said) for word in self.command]
        try:
            started = subprocess.Popen(  # noqa: S603 - the person's own command, as a list, never a shell
                words,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise ConfigError(
                f"{words[0]} cannot be run: {error.strerror}", hint=f"export {VARIABLE}=…"
            ) from error
        # Nobody here waits for an editor; its end is noted, or it would stay as a zombie.
        threading.Thread(target=started.wait, daemon=True).start()


def inside(folder: Path, name: str) -> Path:
    """The file `name` of the site in `folder`, which no link and no `..` may lead out of.

    Raises:
        AudienceError: there is none.
    """
    root = folder.resolve()
    try:
        path = (root / name).resolve()
        there = path.is_relative_to(root) and path.is_file()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, a circle of links
        there, path = False, root
    if not there or any(part.startswith(".") for part in path.relative_to(root).parts):
        raise AudienceError(f"there is no file {name!r} in this site")
    return path


def _filled(word: str, said: Mapping[str, str]) -> str:
    for name, value in said.items():
        word = word.replace(name, value)
    return word
