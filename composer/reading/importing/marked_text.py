"""The text of a Markdown issue: headings at our levels, no HTML, no templates of other tools."""

from __future__ import annotations

import re
from dataclasses import dataclass

from composer.reading.importing.imported import Draft
from composer.reading.importing.tags import encoded, link_target

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ ]+(.*?))?(?:[ ]+#+)?[ ]*$")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ ]*$")
_NOT_A_PARAGRAPH = re.compile(r"\s*(?:[-*+>|]|\d+[.)]|:::|#|$)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SILENT = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_TAG = re.compile(
    r"""<(/?)([A-Za-z][\w-]*)((?:\s+[\w:@.-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>`]+))?)*)\s*/?>"""
)
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_EXPRESSION = re.compile(
    r"""\{\{\s*(?:subscriber|issue|newsletter)\.[a-z][a-z0-9_]*\s*"""
    r"""(?:\|\s*default\(\s*(?:"[^"\n]*"|'[^'\n]*')\s*\)\s*)?\}\}"""
)
_FOREIGN = re.compile(r"\{\{.{0,500}?\}\}|\{%.{0,500}?%\}|\{#(?=[\s%])", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]]{0,2000})\]\(\s*<?([^)>\s]+)>?[^)]*\)")
_LONE_IMAGE = re.compile(
    r"\[!\[[^\]]{0,2000}\]\([^)]*\)\]\([^)]*\)(?:\{[^}]*\})?"
    r"|!\[[^\]]{0,2000}\]\([^)]*\)(?:\{[^}]*\})?"
)
_SIMPLE = {"b": "**", "strong": "**", "i": "*", "em": "*"}


@dataclass(frozen=True, slots=True)
class _Heading:
    level: int
    text: str


def marked_text(draft: Draft, text: str, *, first_line: int) -> None:
    """Put Markdown `text` into `draft.blocks`; `first_line` is the number of its first line."""
    parts: list[str | _Heading] = []
    for line, part, is_code in _fenced(text, first_line):
        if is_code:
            parts.append(part)
        else:
            parts += _headings(_without_html(draft, part, line))
    _name(draft, parts)
    levels = [part.level for part in parts if isinstance(part, _Heading)]
    shift = 2 - min(levels, default=2)
    made = [
        part if isinstance(part, str) else f"{'#' * min(6, part.level + shift)} {part.text}"
        for part in parts
    ]
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(made)).strip("\n")
    draft.blocks += [body] if body.strip() else []


def _name(draft: Draft, parts: list[str | _Heading]) -> None:
    """The first heading of level 1 is the title, unless the front matter has another."""
    for place, part in enumerate(parts):
        if isinstance(part, _Heading):
            plain = re.sub(r"\\(?=[!-/:-@\[-`{-~])|[*_`]", "", part.text).strip()
            if part.level == 1 and plain and draft.title in ("", plain):
                draft.title = plain
                del parts[place]
            return


def _fenced(text: str, first_line: int) -> list[tuple[int, str, bool]]:
    """Runs of lines: the number of the first one, the text, whether it is fenced code."""
    runs: list[tuple[int, list[str], bool]] = [(first_line, [], False)]
    fence = ""
    for number, line in enumerate(text.split("\n"), start=first_line):
        match = _FENCE.match(line)
        if not fence and match:
            fence = match[1]
            runs.append((number, [line], True))
            continue
        runs[-1][1].append(line)
        if fence and match and match[1][0] == fence[0] and len(match[1]) >= len(fence):
            fence = ""
            runs.append((number + 1, [], False))
    return [(number, "\n".join(lines), is_code) for number, lines, is_code in runs if lines]


def _headings(text: str) -> list[str | _Heading]:
    parts: list[str | _Heading] = []
    for line in text.split("\n"):
        before = parts[-1] if parts else ""
        if match := _ATX.match(line):
            parts += ["", _Heading(len(match[1]), match[2] or ""), ""]
        elif (
            (under := _SETEXT.match(line))
            and isinstance(before, str)
            and not _NOT_A_PARAGRAPH.match(before)
        ):
            parts[-1:] = ["", _Heading(1 if under[1][0] == "=" else 2, before.strip()), ""]
        else:
            parts.append(line)
    return parts


def _without_html(draft: Draft, text: str, line: int) -> str:
    """Comments, tags and foreign templates go or become what Markdown has for them."""

    def at(match: re.Match[str]) -> int:
        return line + match.string.count("\n", 0, match.start())

    def gone(match: re.Match[str]) -> str:
        draft.leave(at(match), match[0], "a comment" if match[0][1] == "!" else "HTML")
        return "\n" * match[0].count("\n")

    # Only up to the last end: what is never closed would be looked for again and again.
    for form, end in ((_COMMENT, "-->"), (_SILENT, "</")):
        last = text.rfind(end) + 10
        text = form.sub(gone, text[:last]) + text[last:] if last >= 10 else text
    pieces: list[str] = []
    start = 0
    for code in _CODE.finditer(text):
        pieces += [_converted(draft, text[start : code.start()], line), code[0]]
        line += text.count("\n", start, code.end())
        start = code.end()
    return "".join((*pieces, _converted(draft, text[start:], line)))


def _converted(draft: Draft, text: str, line: int) -> str:
    targets: list[str] = []

    def tag(match: re.Match[str]) -> str:
        closing, name = bool(match[1]), match[2].lower()
        attributes = {
            m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(match[3])
        }
        if name in _SIMPLE:
            return _SIMPLE[name]
        if name == "br":
            return "\\\n"
        if name == "a" and closing and targets:
            target = targets.pop()
            return f"]({target})" if target else ""
        if name == "a" and not closing:
            targets.append(link_target(attributes.get("href", "")))
            return "[" if targets[-1] else ""
        if name == "img" and attributes.get("src"):
            return f"![{attributes.get('alt', '')}]({encoded(attributes['src'])})"
        draft.leave(line + match.string.count("\n", 0, match.start()), match[0], "HTML")
        return ""

    made = re.sub(r"\\[ ]*\n\n", "\\\n", _TAG.sub(tag, text)) if "<" in text else text
    made += "".join(f"]({target})" for target in reversed(targets) if target)
    return _without_templates(draft, _pictures(draft, made, line), line)


def _pictures(draft: Draft, text: str, line: int) -> str:
    def picture(match: re.Match[str]) -> str:
        source = match[2]
        if source.lower().startswith(("data:", "cid:")):
            place = line + match.string.count("\n", 0, match.start())
            draft.leave(place, f"{source[:40]} {match[1]}", "not a picture on the web")
            return ""
        if "://" not in source:
            draft.pictures.append(source)
        return match[0]

    return "\n".join(map(_alone, _IMAGE.sub(picture, text).split("\n")))


def _alone(line: str) -> str:
    """A line of text with images, the images in paragraphs of their own."""
    if "![" not in line or _NOT_A_PARAGRAPH.match(line):
        return line
    return (
        _LONE_IMAGE.sub(lambda m: f"\n\n{m[0]}\n\n", line)
        .replace(" \n\n", "\n\n")
        .replace("\n\n ", "\n\n")
    )


def _without_templates(draft: Draft, text: str, line: int) -> str:
    def literal(match: re.Match[str]) -> str:
        if _EXPRESSION.fullmatch(match[0]):
            return match[0]
        place = line + match.string.count("\n", 0, match.start())
        draft.leave(place, match[0], "it is plain text now: see docs/reference/issue.md")
        return match[0].replace("{", "\\{")

    return _FOREIGN.sub(literal, text)
