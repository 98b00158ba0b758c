"""Which CSS rules are written into the elements, and which must stay in the sheet."""

from __future__ import annotations

import re
from functools import lru_cache

from composer.errors import TemplateError

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)", re.DOTALL)
_STRING_OR_BRACE = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[{};]", re.DOTALL)
#: The sheet that MJML writes for ancient clients: on every cell it would double the letter.
_RESET = "#outlook a {"


@lru_cache(maxsize=256)
def inlinable(sheet: str) -> str:
    """The rules of `sheet` that can stand in a `style` attribute: all but those of at-rules.

    Raises:
        TemplateError: it imports another sheet, or its braces do not match.
    """
    refuse_import(sheet)
    if _RESET in sheet:
        return ""
    css = _COMMENT.sub(" ", sheet)
    rules: list[str] = []
    depth = start = 0
    for match in _STRING_OR_BRACE.finditer(css):
        token = match[0]
        if token == "{":
            depth += 1
        elif token == "}":
            depth -= 1
            if depth < 0:
                break
        if depth == 0 and token in {"}", ";"}:
            rule = css[start : match.end()].strip()
            start = match.end()
            if token == "}" and "@" not in rule.partition("{")[0]:
                rules.append(rule)
    if depth:
        raise TemplateError("the braces of a style sheet do not match")
    return "\n".join(rules)


def refuse_import(sheet: str) -> None:
    """Raises TemplateError when `sheet` would load another: nothing is fetched for a letter."""
    plain = _ESCAPE.sub(_unescaped, _COMMENT.sub("", sheet))
    if "@import" in plain.lower():
        raise TemplateError(
            "a style sheet uses @import: a letter loads nothing",
            hint="put the rules themselves into mj-style",
        )


def _unescaped(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    number = int(match[1], 16)
    return chr(number) if 0 < number < 0x110000 else ""
