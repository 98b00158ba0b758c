"""A template copied into a site, to be changed there."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from composer.errors import GuardError, TemplateError
from composer.rendering.templates import FOLDER, Templates
from composer.whole_file import write_new

_NAME = re.compile(r"[A-Za-z][\w-]{0,59}")


def copy_template(templates: Templates, name: str, new: str, site: Path) -> tuple[Path, ...]:
    """Copy the letter `name` with its pieces into `site` as `new`; return the files written.

    What the pieces say of one another is said of the copies; what all letters share in
    `common/` is not copied.

    Raises:
        TemplateError: there is no such letter, or `new` cannot name one.
        GuardError: one of the files is there already; nothing was written.
    """
    if not _NAME.fullmatch(new):
        raise TemplateError(
            f"{new!r} cannot name a template", hint="letters, digits and dashes: our-letter"
        )
    if new in templates.names:
        raise GuardError(f"there is a template {new!r} already", hint="choose another name")
    pieces = [templates.entry(name), *templates.pieces(name)]
    texts = {}
    for piece in pieces:
        text = templates.read(piece) or ""
        text = text.replace(f'"{name}/', f'"{new}/').replace(
            f'set pieces = "{name}"', f'set pieces = "{new}"'
        )
        texts[Path(piece.replace(name, new, 1))] = text
    return _written(texts, site / FOLDER)


def copy_piece(templates: Templates, piece: str, site: Path) -> tuple[Path, ...]:
    """Copy one file under its own name: it then goes before the built-in one.

    Raises:
        TemplateError: there is no such file.
        GuardError: the site has it already.
    """
    text = templates.read(piece)
    if text is None:
        known = [p for name in (*templates.names, "common") for p in templates.pieces(name)]
        near = difflib.get_close_matches(piece, known, n=1)
        raise TemplateError(
            f"there is no file {piece!r} among the templates",
            hint=f"did you mean {near[0]!r}?" if near else "newsletter templates lists them",
        )
    return _written({Path(piece): text}, site / FOLDER)


def _written(texts: dict[Path, str], folder: Path) -> tuple[Path, ...]:
    taken = [path for path in texts if (folder / path).exists()]
    if taken:
        names = ", ".join(str(path) for path in taken)
        raise GuardError(f"{folder} already has {names}; nothing was written")
    write_new({folder / path: text.encode() for path, text in texts.items()})
    return tuple(Path(FOLDER, path) for path in texts)
