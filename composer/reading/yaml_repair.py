"""Mistakes in front matter that would hide all others: told, and taken out of the way."""

from __future__ import annotations

import re

from composer.model.issue import Position
from composer.reading.source import Findings

FIRST_LINE = 2  #: of the YAML in its file; the line before is `---`

#: Stands in for a value that was told already; nothing else may be told about it.
UNREADABLE = "\ufffd unreadable"

_VALUE = re.compile(r"(?P<before>[ \t]*(?:-[ \t]+|[\w-]+:[ \t]+))(?P<value>\S.*)")
_OPEN_QUOTE = re.compile(r'"(?:\\.|[^"\\])*|\'(?:[^\']|\'\')*')


def repair(yaml: str, findings: Findings) -> str:
    """`yaml` with spaces for tabs, and without values that would end the reading of the rest."""
    return "\n".join(_line(row, n, findings) for n, row in enumerate(yaml.split("\n"), FIRST_LINE))


def _line(row: str, number: int, findings: Findings) -> str:
    indent = row[: len(row) - len(row.lstrip(" \t"))]
    if "\t" in indent and indent != row:
        at = Position(number, indent.index("\t") + 1)
        findings.error("meta/tab", at, "a tab stands before the key", "indent with spaces")
        row = indent.replace("\t", " ") + row[len(indent) :]
    found = _VALUE.fullmatch(row)
    if found and (wrong := _wrong(found["value"])):
        at = Position(number, found.start("value") + 1)
        findings.error("meta/quotes", at, *wrong)
        return found["before"] + UNREADABLE
    return row


def _wrong(value: str) -> tuple[str, str] | None:
    """Message and hint."""
    if value.startswith("{{"):
        hint = 'write it as "{{ subscriber.first_name }}, good morning"'
        return "a value that begins with {{ needs quotes", hint
    if value[0] in "\"'" and _OPEN_QUOTE.fullmatch(value):
        return f"the quotation mark {value[0]} is not closed on its line", "close it"
    return None


def without_line(yaml: str, line: int) -> str | None:
    """`yaml` with the value on `line` (from 0) out of the way; None when there is none."""
    rows = yaml.split("\n")
    found = _VALUE.fullmatch(rows[line]) if line < len(rows) else None
    if not found or UNREADABLE in rows[line]:
        return None
    rows[line] = found["before"] + UNREADABLE
    return "\n".join(rows)
