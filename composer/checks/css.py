"""Style sheets and `style` attributes, read as far as the rules need: no validation, no loss."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
#: A declaration ends at a `;` that is in no string and in no bracket.
_PIECE = re.compile(r"(?:\"[^\"]*\"|'[^']*'|\([^()]*(?:\([^()]*\)[^()]*)*\)|[^;\"'()])+")
_IMPORTANT = re.compile(r"\s*!\s*important\s*$", re.IGNORECASE)
_BLOCK_EDGE = re.compile(r"\"[^\"]*\"|'[^']*'|[{};]")


@dataclass(frozen=True, slots=True)
class Declaration:
    """`name` in lower case; `value` without `!important`."""

    name: str
    value: str
    important: bool = False


@dataclass(frozen=True, slots=True)
class SheetRule:
    """`at` are the at-rules that it stands in, outermost first: `@media (…)`."""

    at: tuple[str, ...]
    selector: str
    declarations: tuple[Declaration, ...]

    @property
    def is_dark(self) -> bool:
        return any("prefers-color-scheme" in at and "dark" in at for at in self.at)


@lru_cache(maxsize=4096)
def declarations_of(style: str) -> tuple[Declaration, ...]:
    """The declarations of a `style` attribute or of a rule's block, in order."""
    found = []
    for piece in _PIECE.findall(_COMMENT.sub(" ", style) if "/*" in style else style):
        name, colon, value = piece.partition(":")
        if not piece.strip():
            continue
        bare = _IMPORTANT.sub("", value)
        important = bare != value
        found.append(
            Declaration(name.strip().lower() if colon else name.strip(), bare.strip(), important)
        )
    return tuple(found)


@lru_cache(maxsize=4096)
def style_of(style: str) -> dict[str, str]:
    """What a `style` attribute says by property: the last one wins, `!important` before others."""
    said: dict[str, Declaration] = {}
    for declaration in declarations_of(style):
        before = said.get(declaration.name)
        if before is None or declaration.important or not before.important:
            said[declaration.name] = declaration
    return {name: declaration.value for name, declaration in said.items()}


@lru_cache(maxsize=256)
def rules_of(sheet: str) -> tuple[SheetRule, ...]:
    """Every rule of a sheet, those inside `@media` and `@supports` too."""
    return tuple(_rules(_COMMENT.sub(" ", sheet)))


def _rules(css: str) -> Iterator[SheetRule]:
    at: list[str] = []
    selector, start = "", 0
    for match in _BLOCK_EDGE.finditer(css):
        mark = match[0]
        said = css[start : match.start()].strip()
        if mark == "{" and said.startswith("@") and not said.startswith(("@font-face", "@page")):
            at.append(said)
        elif mark == "{":
            selector = said
        elif mark == "}" and selector:
            yield SheetRule(tuple(at), selector, declarations_of(css[start : match.start()]))
            selector = ""
        elif mark == "}" and at:
            at.pop()
        if mark in "{}" or (mark == ";" and not selector):
            start = match.end()
