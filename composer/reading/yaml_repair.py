"""Mistakes in front matter that would hide all others: told, and taken out of the way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from composer.model.issue import Position
from composer.reading.source import Findings

FIRST_LINE = 2  #: of the YAML in its file; the line before is `---`

#: Stands in for a value that was told already; nothing else may be told about it.
UNREADABLE = "\ufffd unreadable"

#: At the margin, what YAML would take for text that goes on: `date=2026-11-20`, `title:Harbour`.
_NO_COLON = re.compile(r"(?P<key>[A-Za-z_]+)(?P<sign>[ \t]*=[ \t]*|:)(?P<value>[^\s:=].*)")
_NEXT_KEY = re.compile(r"[A-Za-z_]+[ \t]*:")
_VALUE = re.compile(r"(?P<before>[ \t]*(?:-[ \t]+|[\w-]+:[ \t]+))(?P<value>\S.*)")
_OPEN_LIST = re.compile(r"(?:-[ \t]+|:[ \t]+)[\[{]")
#: A closing quotation mark with words behind it.
_ENDED_EARLY = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'(?:[^']|'')*')(?=[^\s'",:\]}]|[ \t]+[^\s#:])""")
#: What ends a value that is not in straight quotes: `: ` and ` #`.
_NEEDS_QUOTES = re.compile(r":(?=\s|\Z)|\s#")
_OPEN_QUOTE = re.compile(r'"(?:\\.|[^"\\])*|\'(?:[^\']|\'\')*')


def repair(yaml: str, findings: Findings) -> str:
    """`yaml` with spaces for tabs, and without values that would end the reading of the rest."""
    rows = yaml.split("\n")
    return "\n".join(
        _line(row, _going_on(rows, n), n + FIRST_LINE, findings) for n, row in enumerate(rows)
    )


def _going_on(rows: Sequence[str], n: int) -> str:
    """The rows behind the nth that may belong to its value."""
    if not rows[n].rstrip().endswith((",", "[", "{")) and not _OPEN_LIST.search(rows[n]):
        return ""
    return "\n".join(takewhile(lambda row: not _NEXT_KEY.match(row), rows[n + 1 : n + 50]))


def _line(row: str, rest: str, number: int, findings: Findings) -> str:
    indent = row[: len(row) - len(row.lstrip(" \t"))]
    if "\t" in indent and indent != row:
        at = Position(number, indent.index("\t") + 1)
        findings.error("meta/tab", at, "a tab stands before the key", "indent with spaces")
        row = indent.replace("\t", " ") + row[len(indent) :]
    if found := _NO_COLON.fullmatch(row):
        meant = f"{found['key']}: {found['value']}"
        message = "no space stands behind the colon" if found["sign"] == ":" else "= is no colon"
        at = Position(number, found.start("sign") + 1)
        findings.error("meta/yaml", at, message, f"write {meant}")
        row = meant
    found = _VALUE.fullmatch(row)
    if found and (wrong := _wrong(found["value"], rest)):
        at = Position(number, found.start("value") + 1)
        is_list = found["value"][0] in "[{" and not found["value"].startswith("{{")
        findings.error("meta/yaml" if is_list else "meta/quotes", at, *wrong)
        return found["before"] + UNREADABLE
    return row


def _wrong(value: str, rest: str) -> tuple[str, str] | None:
    """Message and hint."""
    if value.startswith("{{"):
        hint = 'write it as "{{ subscriber.first_name }}, good morning"'
        return "a value that begins with {{ needs quotes", hint
    if value[0] in "\"'" and _OPEN_QUOTE.fullmatch(value):
        return f"the quotation mark {value[0]} is not closed on its line", "close it"
    if value[0] in "\"'" and (ended := _ENDED_EARLY.match(value)):
        return f"the value ends at its second {value[0]}, and more words stand behind it", (
            f"write {_requoted(value, ended.end())}"
        )
    if value[0] in "“”„«" and _NEEDS_QUOTES.search(value):
        return "typographic quotation marks do not hold a value together", (
            f"write {_requoted(value, len(value))}"
        )
    if value[0] in "[{" and (end := {"[": "]", "{": "}"}[value[0]]) not in value + rest:
        return f"the {value[0]} is not closed", f"close it with {end}"
    return None


def _requoted(value: str, end: int) -> str:
    """`value` in straight double quotes; `end` is where the text in its own quotes ends."""
    bare = value.strip()
    whole = bare[-1] == bare[0] or (bare[0], bare[-1]) in {("“", "”"), ("„", "“"), ("«", "»")}
    if whole and len(bare) > 1:
        bare = bare[1:-1]
    elif end < len(value):  # the words in quotes begin a longer value
        return "'" + bare.replace("'", "''") + "'"
    return '"' + re.sub(r'(?<!\\)"', r"\"", bare.replace("''", "'")) + '"'


def without_line(yaml: str, line: int) -> str | None:
    """`yaml` with the value on `line` (from 0) out of the way; None when there is none."""
    rows = yaml.split("\n")
    found = _VALUE.fullmatch(rows[line]) if line < len(rows) else None
    if not found or UNREADABLE in rows[line]:
        return None
    rows[line] = found["before"] + UNREADABLE
    return "\n".join(rows)
