"""`<!-- newsletter: ignore CODE because … -->`: an author silences a check, and says why.

The comment stands on a line of its own. Above all other text of the issue it holds for the
whole issue; elsewhere it holds for the lines that follow it, down to the next empty one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from composer.model.finding import Finding

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
    body = _blanked(source)
    ignores, strange = [], []
    for found in _COMMENT.finditer(body):
        line = body.count("\n", 0, found.start()) + 1
        said = _SAID.fullmatch(found["rest"])
        if said is None:
            strange.append(line)
            continue
        codes = tuple(code.strip() for code in said["codes"].split(","))
        reason = " ".join((said["reason"] or "").split())
        above = _COMMENT.sub("", body[: found.start()]).strip()
        first, last = _lines_after(body, found.end()) if above else (0, 0)
        ignores.append(Ignore(codes, reason, line, first, last))
    return ignores, strange


def _lines_after(body: str, offset: int) -> tuple[int, int]:
    """The lines of the next block: from the first one with text to the next empty one."""
    first = body.count("\n", 0, offset) + 1
    lines = iter(body[offset:].split("\n")[1:])
    for text in lines:
        first += 1
        if text.strip() and not _COMMENT.match(text):
            break
    last = first
    for text in lines:
        if not text.strip():
            break
        last += 1
    return first, last


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
