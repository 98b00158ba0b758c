"""What the MJML compiler is spared: it is fast, but it crashes on what is too deep."""

from __future__ import annotations

import re

from composer.errors import Place, TemplateError

MOST_BYTES = 4_000_000
#: mjml-python overflows its stack at some thousands.
MOST_DEEP = 500

#: What may stand in a tag after its name; quoted values may hold anything. Its pieces are
#: possessive and no two begin alike, so that no tag that is never closed can be split in two ways.
IN_TAG = r"(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*"
_TAG = re.compile(rf"<(/?)([A-Za-z][\w:-]*+)({IN_TAG})>")
#: One that is never closed reaches to the end; looking for the end of each would take for ever.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
#: HTML elements without content (HTML Standard, 13.1.2).
VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr"),
    }
)


def refuse_huge(mjml: str, place: Place) -> None:
    """Raises TemplateError for a source that the compiler could not take."""
    if len(mjml) > MOST_BYTES:
        raise TemplateError(
            f"the template makes {len(mjml):,} characters of MJML; {MOST_BYTES:,} are allowed",
            place=place,
            hint="look at its loops, or split the issue",
        )
    if mjml.count("<") - mjml.count("</") > MOST_DEEP and depth_of(mjml) > MOST_DEEP:
        raise TemplateError(
            f"the MJML has elements more than {MOST_DEEP} deep inside one another",
            place=place,
            hint="look for a loop or a macro that opens an element and does not close it",
        )


def depth_of(markup: str) -> int:
    """How deep the elements of `markup` lie inside one another at the deepest."""
    deepest = depth = 0
    for closing, name, rest in _TAG.findall(markup):
        if closing:
            depth -= 1
        elif not rest.endswith("/") and name.lower() not in VOID:
            depth += 1
            deepest = max(deepest, depth)
    return deepest


def first_mismatch(mjml: str) -> tuple[int, str] | None:
    """Where the tags of `mjml` first do not match: a line and what is wrong; None when they do."""
    if (last := mjml.rfind("<!--")) > mjml.rfind("-->"):
        return mjml.count("\n", 0, last) + 1, "a comment is never closed"
    return _mismatch(_COMMENT.sub(_blank, mjml))


def _mismatch(mjml: str) -> tuple[int, str] | None:
    opened: list[tuple[str, int]] = []
    line, counted = 1, 0
    for match in _TAG.finditer(mjml):
        closing, name, rest = match.groups()
        line += mjml.count("\n", counted, match.start())
        counted = match.start()
        if closing:
            if not opened:
                return line, f"</{name}> closes nothing"
            other, since = opened.pop()
            if other != name:
                return line, f"</{name}> comes before <{other}> of line {since} is closed"
        elif not rest.endswith("/") and name.lower() not in VOID:
            opened.append((name, line))
    if opened:
        return opened[-1][1], f"<{opened[-1][0]}> is never closed"
    if stray := re.search("<", _TAG.sub(_blank, mjml)):
        line = mjml.count("\n", 0, stray.start()) + 1
        return line, "a < that is no tag must be written &lt;"
    return None


def _blank(match: re.Match[str]) -> str:
    """As long as the match, on as many lines."""
    return re.sub(r"[^\n]", " ", match[0])
