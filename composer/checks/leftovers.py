"""Marks that did not become what was meant, and words that were meant to be replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.walk import inlines_within, words_of
from composer.model.finding import Fix, Severity
from composer.model.issue import (
    Button,
    Emphasis,
    Inline,
    Paragraph,
    Position,
    Strong,
    Subheading,
    Table,
    Text,
)

#: Of a paragraph that can be read at all.
MAX_CHARS = 20_000

_LEFT = (
    (re.compile(r"\*\*"), "bold needs ** before its first word and behind its last one"),
    (re.compile(r"(?<!_)__(?!_)"), "bold is **words**"),
    (re.compile(r"~~"), "there is no struck text in mail; say it in words"),
    (
        re.compile(r"\]\((?=[^)\n])|\] \((?=https?:|www\.|mailto:|#\w|/)"),
        "a link is [words](https://…), its spaces %20",
    ),
    (re.compile(r"\]\[\w[^\]\n]*\]"), "a link is [words](https://…)"),
    (re.compile(r"\A#{2,6}(?=[^\W\d_#])"), "a heading has a space behind its #: ## Words"),
    (re.compile(r"\[\^\w{1,20}\]"), "there are no footnotes; say it in the text, or in a :::note"),
    (
        re.compile(r"\A\|[^|]+\|(?=[^|]*\|)"),
        "a table has a line |---|---| below its heads, and an empty line before them",
    ),
    (re.compile(r"\A[•‣▪◦●·]\s"), "an item of a list begins with a hyphen: - words"),
    (re.compile(r":::\w+"), "a fence stands on a line of its own"),
)  # fmt: skip
_ENTITY = re.compile(
    r"&(?:nbsp|amp|quot|apos|lt|gt|mdash|ndash|hellip|lsquo|rsquo|ldquo|rdquo|laquo|raquo|bull"
    r"|copy|euro|pound|eacute|egrave|ouml|auml|uuml|szlig|shy|thinsp|#\d{2,6}|#x[0-9a-fA-F]{2,6})"
    r"(?:;|\b)"
)
_CERTAIN = re.compile(
    r"\b[Ll]orem ipsum\b|\bTODO\b(?=:|\s*\()|\bFIXME\b|\bTKTK\w*|\bTK TK\b"
    r"|\[[Ii]nsert [^\]\n]{1,60}\]"
)
_LIKELY = re.compile(r"\bTODO\b|\bTKK?\b(?! ?\d)|\bXXX:|\bX{4,}\b|\?\?\?+")


#: The lookbehind keeps out what goes on: `view-source:https://…`, `xwww.`.
_BARE = re.compile(r"(?<![\w:/@.])(?:https?://|www\.(?=[\w-]+\.\w))[^\s<>\"“”„«»]+")

#: One of them stands in whatever `_CERTAIN` or `_LIKELY` finds.
_WORDS_OF_BOTH = ("ipsum", "TODO", "FIXME", "TK", "nsert ", "XXX", "???")


def _texts(examined: Examined) -> Iterator[tuple[tuple[Inline, ...], Position]]:
    """The inlines of each text, and where they begin."""
    for section in examined.issue.sections:
        yield section.heading, section.at
    for block in examined.blocks:
        match block:
            case Paragraph() | Subheading() | Button():
                yield block.children, block.at
            case Table():
                for row in (block.header, *block.rows):
                    yield from ((cell, block.at) for cell in row)
            case _:
                pass


def markdown(examined: Examined) -> Iterator[Remark]:
    """Readers would see the marks themselves."""
    for inlines, at in _texts(examined):
        for inline in inlines_within(inlines):
            if not isinstance(inline, Text):
                continue
            for pattern, hint in _LEFT:
                found = pattern.search(inline.text)
                first = inline is inlines[0] or not pattern.pattern.startswith(r"\A")
                if found and first and (place := _as_written(examined, found[0], at)):
                    yield Remark(f"readers would see {found[0].strip()!r}", hint, place)


def entity(examined: Examined) -> Iterator[Remark]:
    """HTML's way to write a character, without its semicolon or written twice."""
    for inlines, at in _texts(examined):
        text = words_of(i for i in inlines_within(inlines) if isinstance(i, Text))
        for found in dict.fromkeys(m[0] for m in _ENTITY.finditer(text)):
            written = found if found in examined.source else found.replace("&", "&amp;")
            if place := _as_written(examined, written, at):
                yield Remark(f"readers would see {found!r}", "write the character itself", place)


def bare(examined: Examined) -> Iterator[Remark]:
    """An address amid the words: some programs make a link of it, most on phones do not."""
    after: dict[str, int] = {}
    for inlines, block_at in _texts(examined):
        for inline in _outside_links(inlines):
            for found in _BARE.finditer(inline.text):
                url = found[0].rstrip(".,;:!?'\"’”)*_")
                begin = max(after.get(url, 0), examined.prose.offset(block_at))
                whole = re.compile(rf"(?<![<\[])(?<!\]\(){re.escape(url)}(?![\w/?=&#%~-])")
                if place := whole.search(examined.source, begin):  # else some of it is escaped
                    after[url] = place.end()
                    yield _bare(url, examined.prose.at(place.start()))


def _bare(url: str, at: Position) -> Remark:
    target = url if "://" in url else f"https://{url}"
    hint = f"write <{target}>, or [words]({target})"
    fix = Fix(url, f"<{url}>") if target == url else None
    return Remark(f"{url[:60]} stands here without being a link", hint, at, fix=fix)


def _outside_links(inlines: Iterable[Inline]) -> Iterator[Text]:
    for inline in inlines:
        match inline:
            case Text():
                yield inline
            case Emphasis() | Strong():
                yield from _outside_links(inline.children)
            case _:
                pass


def _as_written(examined: Examined, words: str, after: Position) -> Position | None:
    """Where `words` stand; None when the author escaped them: readers are to see them."""
    prose = examined.prose
    start = prose.offset(after)
    found = prose.text.find(words, start, start + MAX_CHARS)
    if found < 0 and words.startswith("]"):  # what looks like a link is hidden there
        found = examined.source.find(words, start, start + MAX_CHARS)
        found = -1 if examined.source[found - 1 : found] == "\\" else found
    return None if found < 0 else prose.at(found)


def placeholder(examined: Examined) -> Iterator[Remark]:
    """What somebody wanted to write later."""
    prose = examined.prose
    if not any(
        word in prose.text for word in _WORDS_OF_BOTH
    ):  # most issues, in a tenth of the time
        return
    told = []
    for found in prose.matches(_CERTAIN, front=True):
        told.append(found.span())
        yield _placeholder(found[0], prose.at(found.start()), Severity.ERROR)
    for found in prose.matches(_LIKELY, front=True):
        if not any(start <= found.start() < end for start, end in told):
            yield _placeholder(found[0], prose.at(found.start()), Severity.WARNING)


def _placeholder(words: str, at: Position, severity: Severity) -> Remark:
    return Remark(f"{words!r} waits for its words", "write them", at, severity=severity)


RULES = (
    Rule("text/leftover-markdown", Severity.WARNING, "marks that readers would see", markdown),
    Rule("text/html-entity", Severity.WARNING, "HTML's name of a character", entity),
    Rule("link/bare", Severity.WARNING, "an address that is no link", bare),
    Rule("text/placeholder", Severity.ERROR, "words that were to be written later", placeholder),
)
