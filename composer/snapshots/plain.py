"""The plain text of a rendition as sections of words."""

from __future__ import annotations

import re

from composer.snapshots.page import FOOTER, OPENING, Part
from composer.snapshots.words import words_of

#: A heading is underlined; a line of dashes below nothing ends the letter.
_RULE = re.compile(r"([-=])\1{2,}\s*\Z")
_NUMBER = re.compile(r"\A\d+\. ")
#: Signs that draw and do not speak: quotation, tables, lists, rules.
_DRAWN = re.compile(r"[>|*+=·•\-–—:]+\Z|\[?\d*\]?\.?\Z")


def parts_of(text: str) -> tuple[Part, ...]:
    """The sections of the text, the first one without a heading."""
    lines = text.split("\n")
    heading, body = OPENING, list[str]()
    parts: list[Part] = []
    for number, line in enumerate(lines):
        under = _RULE.match(lines[number + 1]) if number + 1 < len(lines) else None
        before = lines[number - 1].strip() if number else ""
        if line.strip() and under and under[1] == "-" and not before and not _RULE.match(line):
            parts.append(_part(heading, body))
            heading, body = _NUMBER.sub("", line.strip()), [line]
        elif _RULE.match(line):
            if not before:
                parts.append(_part(heading, body))
                heading, body = FOOTER, []
        else:
            body.append(line)
    parts.append(_part(heading, body))
    return tuple(part for part in parts if part.words)


def _part(heading: str, lines: list[str]) -> Part:
    words = words_of("\n".join(lines))
    return Part(heading, tuple(word for word in words if not _DRAWN.match(word)))
