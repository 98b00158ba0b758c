"""A template with its Jinja taken out and every other character where it was."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

#: Stands for each character of `{{ … }}`: something is there that the source does not tell.
HOLE = "\ue000"
#: Stands for each character of `{% … %}` and `{# … #}`: nothing is written there.
GAP = "\ue001"

_OPENING = re.compile(r"\{[{%#]")
_CLOSING = {
    "{{": re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[-+]?\}\}", re.DOTALL),
    "{%": re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[-+]?%\}", re.DOTALL),
    "{#": re.compile(r"#\}"),
}
_END_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_NOT_A_LINE_END = re.compile(r"[^\n]")


@dataclass(frozen=True, slots=True)
class Tag:
    """`{% keyword rest %}`, or `{{ rest }}` where `keyword` is empty."""

    start: int
    end: int
    keyword: str
    rest: str


@dataclass(frozen=True)
class Masked:
    """`text` is as long as `source`, on as many lines; `tags` are in their order."""

    source: str
    text: str
    tags: tuple[Tag, ...]

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.source))]

    def place(self, offset: int) -> tuple[int, int]:
        """The line and the column of `offset`, from 1."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1


def mask(source: str) -> Masked:
    """What is left of `source` without Jinja; what is never closed reaches to the end."""
    pieces: list[str] = []
    tags: list[Tag] = []
    at = 0
    while opening := _OPENING.search(source, at):
        pieces.append(source[at : opening.start()])
        end = _end_of(source, opening)
        inside = source[opening.start() : end]
        pieces.append(_NOT_A_LINE_END.sub(HOLE if opening[0] == "{{" else GAP, inside))
        at = end
        if opening[0] == "{#":
            continue
        tag = _tag(opening, inside)
        tags.append(tag)
        if tag.keyword == "raw":
            closing = _END_RAW.search(source, end)
            pieces.append(source[end : closing.start() if closing else len(source)])
            at = closing.end() if closing else len(source)
            pieces.append(_NOT_A_LINE_END.sub(GAP, closing[0] if closing else ""))
    pieces.append(source[at:])
    return Masked(source, "".join(pieces), tuple(tags))


def _end_of(source: str, opening: re.Match[str]) -> int:
    closing = _CLOSING[opening[0]]
    for match in closing.finditer(source, opening.end()):
        if match[0][0] not in "\"'":
            return match.end()
    return len(source)


def _tag(opening: re.Match[str], inside: str) -> Tag:
    words = inside[2:].removesuffix("}").rstrip("%}").strip("-+ \t\r\n")
    start, end = opening.start(), opening.start() + len(inside)
    if opening[0] == "{{":
        return Tag(start, end, "", words)
    keyword, _, rest = words.partition(" ")
    name = re.match(r"\w*", keyword)
    return Tag(start, end, name[0] if name else "", rest.strip())
