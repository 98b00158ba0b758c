"""`<!-- newsletter: ignore CODE because … -->`: an author silences a check, and says why.

The comment stands on a line of its own. Above all other text of the issue it holds for the
whole issue; elsewhere it holds for the lines that follow it, down to the next empty one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from composer.model.finding import Finding
from composer.reading.source import Source

#: `-->` may stand on a later line; the reason may be long.
_COMMENT = re.compile(r"^ {0,3}<!--\s*newsletter:(?P<rest>.*?)-->", re.MULTILINE | re.DOTALL)
_SAID = re.compile(
    r"\s*ignore\s+(?P<codes>[\w/-]+(?:\s*,\s*[\w/-]+)*)(?:\s+because\b:?\s*(?P<reason>.*?))?\s*",
    re.DOTALL,
)
_FENCE = re.compile(
    r"^ {0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?^---[ \t]*$\n?", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Ignore:
    """`first` and `last` are the lines that it holds for; both 0 for the whole issue."""

    codes: tuple[str, ...]
    reason: str
    line: int
    first: int = 0
    last: int = 0

    def covers(self, finding: Finding) -> bool:
        """Whether `finding`, which stands in the same file, is silenced by this comment."""
        family = finding.code.partition("/")[0]
        if finding.code not in self.codes and family not in self.codes:
            return False
        return not self.last or self.first <= finding.line <= self.last


def ignores_of(source: str) -> tuple[Sequence[Ignore], Sequence[int]]:
    """The comments of an issue's text, and the lines of those that cannot be understood."""
    body = Source.of(_blanked(source))
    ignores, strange = [], []
    above, end = False, 0  # whether text stands above, and where the last comment ends
    for found in _COMMENT.finditer(body.text):
        line = body.at(found.start()).line
        above, end = above or bool(body.text[end : found.start()].strip()), found.end()
        said = _SAID.fullmatch(found["rest"])
        if said is None:
            strange.append(line)
            continue
        codes = tuple(code.strip() for code in said["codes"].split(","))
        reason = " ".join((said["reason"] or "").split())
        first, last = _lines_after(body, body.at(end).line) if above else (0, 0)
        ignores.append(Ignore(codes, reason, line, first, last))
    return ignores, strange


def _lines_after(body: Source, line: int) -> tuple[int, int]:
    """The lines of the next block below `line`: from one with text to the next empty one."""
    first, count = line + 1, len(body.starts)
    while first < count and not _is_text(body.line(first - 1)):
        first += 1
    last = min(first, count)
    while last < count and body.line(last).strip():
        last += 1
    return min(first, count), last


def _is_text(line: str) -> bool:
    return bool(line.strip()) and not _COMMENT.match(line)


def _blanked(source: str) -> str:
    """The text with front matter and code blocks made empty, its lines where they were."""
    for pattern in (_FRONT_MATTER, _FENCE):
        source = pattern.sub(lambda found: "\n" * found[0].count("\n"), source)
    return source


def silenced(
    findings: Sequence[Finding], ignores: Sequence[Ignore], firm: frozenset[str]
) -> Iterator[tuple[Finding, Ignore | None]]:
    """Each finding with the comment that silences it, if one does that has a reason."""
    for finding in findings:
        by = (i for i in ignores if i.reason and i.covers(finding))
        yield finding, None if finding.code in firm else next(by, None)
