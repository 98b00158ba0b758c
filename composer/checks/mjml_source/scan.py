"""The masked text of a template as a row of marks: its elements' tags, and Jinja's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from composer.checks.mjml_source.masking import GAP, HOLE, Masked, Tag

#: `h{{ level }}` is one, too.
_NAME = rf"[A-Za-z{HOLE}{GAP}][\w:{HOLE}{GAP}-]*+"
_UNKNOWN = re.compile(rf"[{HOLE}{GAP}]+")
#: Nothing between two of its characters can be split in two ways: no input takes long.
_MARK = re.compile(
    rf"""(?P<comment><!--(?:.*?-->|.*))
    | (?P<declaration><(?:!\[CDATA\[|!DOCTYPE|\?xml)[^>]*+>?)
    | </(?P<end>{_NAME})\s*>
    | <(?P<start>{_NAME})(?P<rest>(?:[^<>"']++|"[^"]*+"|'[^']*+')*)>
    | (?P<stray><)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    rf"""(?P<name>[^\s=<>"'/{GAP}]++)(?:\s*=\s*(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'"""
    rf"""|(?P<bare>[^\s"'<>{GAP}]++)))?"""
)
_BEGINNING = re.compile(r"<\W*[A-Za-z]+\[?")
#: What these hold is text, whatever it looks like.
_RAW_TEXT = frozenset({"mj-style", "style", "script"})


@dataclass(frozen=True, slots=True)
class Attribute:
    """`value` is None where none is written; `quoted` tells whether it has quotation marks.

    Its places count from the tag's `<`.
    """

    name: str
    value: str | None
    start: int
    value_start: int
    quoted: bool

    @property
    def known(self) -> bool:
        """Whether the source tells the whole value."""
        return self.value is not None and HOLE not in self.value and GAP not in self.value


@dataclass(frozen=True, eq=False)
class Start:
    """A start tag wherever it stands: one that is written like another is the same object."""

    name: str
    attributes: tuple[Attribute, ...]
    closed: bool  #: `<br />`
    varies: bool  #: a `{% … %}` stands inside of it


class Opening(NamedTuple):
    start: int
    tag: Start


class Closing(NamedTuple):
    name: str
    start: int


class Words(NamedTuple):
    """Text that is not blank; `start` is its first character that is not."""

    start: int


class Sheet(NamedTuple):
    """What an `mj-style` or `style` holds."""

    start: int
    css: str


class Broken(NamedTuple):
    """`what` is `<` for one that begins nothing, or how a declaration begins."""

    start: int
    what: str


Mark = Opening | Closing | Words | Sheet | Broken | Tag


def marks(masked: Masked) -> Iterator[Mark]:
    """Everything in its order; Jinja's tags inside of a start tag belong to that tag."""
    waiting = iter([*masked.tags, None])
    tag = next(waiting)
    for mark, start, end in _markup(masked.text):
        while tag is not None and tag.start < start:
            yield tag
            tag = next(waiting)
        yield mark
        while tag is not None and tag.start < end:
            tag = next(waiting)
    while tag is not None:
        yield tag
        tag = next(waiting)


def _markup(text: str) -> Iterator[tuple[Mark, int, int]]:
    at = 0
    while match := _MARK.search(text, at):
        yield from _words(text, at, match.start())
        at = match.end()
        start = match.start()
        kind = match.lastgroup
        if kind == "rest":
            tag = start_of(match["start"], match["rest"])
            yield Opening(start, tag), start, at
            if tag.name in _RAW_TEXT and not tag.closed:
                end = re.compile(rf"</{tag.name}\b", re.IGNORECASE).search(text, at)
                stop = end.start() if end else len(text)
                # Nothing is yielded for Jinja's tags inside, as long as it is one mark.
                yield Sheet(at, text[at:stop]), at, at
                at = stop
        elif kind == "end":
            yield Closing(_name(match["end"]), start), start, at
        elif kind == "declaration":
            yield Broken(start, _BEGINNING.findall(match["declaration"])[0].upper()), start, at
        elif kind == "stray":
            yield Broken(start, "<"), start, at
        elif not match["comment"].endswith("-->"):
            yield Broken(start, "<!--"), start, at
    yield from _words(text, at, len(text))


def _words(text: str, start: int, end: int) -> Iterator[tuple[Mark, int, int]]:
    piece = text[start:end]
    if HOLE not in piece:
        written = piece.replace(GAP, " ")
        if blank := len(written) - len(written.lstrip()):
            start += blank
        if start < end:
            yield Words(start), start, start


@lru_cache(maxsize=512)
def _name(written: str) -> str:
    """In small letters, with one `HOLE` for each part that is not known."""
    return _UNKNOWN.sub(HOLE, written).lower()


@lru_cache(maxsize=4096)
def start_of(name: str, rest: str) -> Start:
    """The start tag `<name rest>`."""
    closed = rest.endswith("/")
    base = 1 + len(name)
    attributes = tuple(
        _attribute(found, base) for found in _ATTRIBUTE.finditer(rest, 0, len(rest) - closed)
    )
    return Start(_name(name), attributes, closed, GAP in rest)


def _attribute(match: re.Match[str], base: int) -> Attribute:
    for group in ("double", "single", "bare"):
        if match[group] is not None:
            value, start = match[group], match.start(group)
            break
    else:
        value, start = None, match.start()
    return Attribute(
        match["name"], value, base + match.start(), base + start, quoted=match["bare"] is None
    )
