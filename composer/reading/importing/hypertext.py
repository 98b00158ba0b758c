"""An HTML issue: what it says, without what it looked like."""

from __future__ import annotations

import re
from datetime import date

# lxml has no types of its own; this module is its only importer.
from lxml import etree, html  # type: ignore[import-untyped]

from composer.reading.importing import escape
from composer.reading.importing.dates import leading_date, names
from composer.reading.importing.imported import Draft
from composer.reading.importing.plain import NUMBERED_TITLE, is_own_copyright, read_plain
from composer.reading.importing.tags import Element
from composer.reading.importing.walker import HEADING, Walker
from composer.reading.site_values import Wrong, locale

_AUTHORS = ("author", "article:author", "byl")
_DATES = ("date", "article:published_time", "dcterms.date", "pubdate")
_LEAVING = ("unsubscribe", "in your browser", "manage preferences", "update your preferences")
_INVISIBLE = "\u200b\u200c\u200d\u034f\u2007\u00ad\ufeff"


def read_html(text: str, *, today: date) -> Draft:
    """Turn an HTML document into a draft."""
    root = _parsed(text)
    if root is None:
        return read_plain(text, today=today)
    try:
        return _read(root, text, today)
    except RecursionError:
        return _only_words(root, today)


def _only_words(root: Element, today: date) -> Draft:
    draft = read_plain("\n\n".join(filter(str.strip, root.itertext())), today=today)
    draft.leave(1, "(its form)", "elements are nested too deeply: only the words were read")
    return draft


def _read(root: Element, text: str, today: date) -> Draft:
    draft = Draft(today)
    _read_head(draft, root, text)
    walker = Walker(draft)
    bodies = root.findall("body")
    for body in bodies or [root]:
        walker.flow(body)
    walker.flush()
    blocks = _after_masthead(draft, walker.blocks, text)
    draft.blocks = _with_levels([b for b in blocks if not _is_footer(draft, b, text)])
    if numbered := NUMBERED_TITLE.fullmatch(draft.title):
        draft.number = draft.number or numbered["number"]
    draft.preheader = " ".join(
        draft.preheader.translate(dict.fromkeys(map(ord, _INVISIBLE))).split()
    )
    return draft


def _parsed(text: str) -> Element | None:
    parser = html.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True)
    data = text.encode("utf-8", errors="replace")
    try:
        return html.document_fromstring(data, parser=parser)
    except etree.ParserError:  # there is not one element in it
        return None


def _read_head(draft: Draft, root: Element, text: str) -> None:
    title = " ".join(escape.clean(root.findtext("head/title") or "")[0].split())
    first = root.find(".//h1")
    heading = (
        " ".join(escape.clean("".join(first.itertext()))[0].split()) if first is not None else ""
    )
    draft.title = heading or title
    if heading and title != heading:
        draft.leave(_line_of(text, title), title, "the first heading is the title")
    for meta in root.iterfind(".//meta"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        content = " ".join(escape.clean(meta.get("content") or "")[0].split())
        if name in _AUTHORS and not draft.authors:
            draft.authors = names(content)[0]
        elif name in _DATES and draft.date is None and (found := leading_date(content)):
            draft.date = found[0]
        elif name == "description":
            draft.preheader = draft.preheader or content
    time = root.find(".//time[@datetime]")
    if draft.date is None and time is not None and (found := leading_date(time.get("datetime"))):
        draft.date = found[0]
    try:
        draft.locale = locale(root.get("lang") or "")
    except Wrong:
        draft.locale = ""


def _line_of(text: str, block: str) -> int:
    """The line of the source where the first words of a block stand last; 1 when they do not."""
    words = re.findall(r"\w+", re.sub(r"\]\(\S*\)", " ", block))[:3]
    found = list(re.finditer(r"\W+".join(words), text)) if words else []
    return text.count("\n", 0, found[-1].start()) + 1 if found else 1


def _is_footer(draft: Draft, block: str, text: str) -> bool:
    """Whether a short block is of the footer that the template makes: then it is left out."""
    if len(block) > 400 or block.startswith(HEADING):
        return False
    low = block.lower()
    if is_own_copyright(draft, block):
        draft.leave(_line_of(text, block), block, "the footer has a copyright line of its own")
    elif any(words in low for words in _LEAVING) and "](" in low:
        draft.leave(_line_of(text, block), block, "the template has links of its own for that")
    else:
        return False
    return True


def _after_masthead(draft: Draft, blocks: list[str], text: str) -> list[str]:
    """Take a line of date and authors from what stands before the first heading."""
    for place, block in enumerate(blocks[:8]):
        if block.startswith(HEADING):
            break
        found = leading_date(block) if draft.date is None and len(block) < 200 else None
        if found:
            draft.date, end = found
            draft.leave(_line_of(text, block), block[:end], "it is the key 'date' now")
            people, between = names(block[end:])
            draft.authors += people
            draft.leave(_line_of(text, block), " ".join(between), "the authors are a list now")
            return [*blocks[:place], *blocks[place + 1 :]]
    return blocks


def _with_levels(blocks: list[str]) -> list[str]:
    """Headings as Markdown; the highest level that the text uses opens sections."""
    levels = [int(block[1]) for block in blocks if block.startswith(HEADING)]
    top = min(levels, default=2)
    return [
        f"{'#' * min(6, 2 + int(block[1]) - top)} {block[2:]}"
        if block.startswith(HEADING)
        else block
        for block in blocks
    ]
