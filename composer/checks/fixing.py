"""What can be mended without asking: the changes that findings carry, made in their files."""

from __future__ import annotations

import re
from collections.abc import Iterable

from composer.model.finding import Finding

#: What reading takes for the end of a line.
_LINE_END = re.compile(r"\r\n|\r|\n")


def mended(text: str, findings: Iterable[Finding]) -> tuple[str, list[Finding]]:
    """`text` with the fixes of `findings`, all about it, made; and those that were made.

    A fix whose old text no longer stands at its place, or that meets another one, is left
    for the next run. Lines end as they did.
    """
    starts = [0, *(found.end() for found in _LINE_END.finditer(text))]
    places = []
    for finding in findings:
        if finding.fix is None or finding.line > len(starts):
            continue
        start = starts[finding.line - 1] + finding.column - 1
        places.append((start, start + len(finding.fix.old), finding))
    made, before = [], len(text) + 1
    for start, end, finding in sorted(places, key=lambda p: (p[0], p[1]), reverse=True):
        fix = finding.fix
        if fix is None or end > before or text[start:end] != fix.old:
            continue
        text = text[:start] + fix.new + text[end:]
        before = start
        made.append(finding)
    return text, made[::-1]
