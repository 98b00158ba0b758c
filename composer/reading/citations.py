"""The sources at the end of a paragraph: `(*The Quay Gazette*, November 18, 2026)`."""

from __future__ import annotations

import re
from datetime import date

from composer.model.issue import Citation, Position, Source
from composer.reading.dates import Dated, months_of, split_date
from composer.reading.desk import Desk, nfc
from composer.reading.marks import has_mark
from composer.reading.spots import Spots

_MAX_CHARS = 400
_ITALIC = re.compile(r"\*(?P<star>[^*]+)\*|_(?P<line>[^_]+)_")
_MARKUP = re.compile(r"[*`\[\]<>{}]|\bhttps?:")
#: Words in small letters that stand in the names of publications.
_SMALL_WORDS = """
    of the for and on in at to & de del della des di do du la le les el al der die das den und für
    van von zu y e et i a o da dos das dei degli dello sul het een op en w z na і й та у
"""
_SMALL = frozenset(_SMALL_WORDS.split())
_NEVER_FIRST = frozenset({"of", "for", "and", "on", "in", "at", "to", "&"})
#: With a date they say when, not where: `(until May 3, 2027)`.
_WHEN = """
    by until till since from before after around about circa ca ca. on as early late mid effective
    am ab bis seit vom um ende anfang mitte depuis jusqu'au dès le vers hasta desde el até entro
    od do dal fino al sinds tot vanaf с до від
"""
_WORDS_OF_TIME = frozenset(_WHEN.split())
_DAYS = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})


def cut_citations(desk: Desk, content: str, spots: Spots) -> tuple[str, tuple[Citation, ...]]:
    """`content` without the citations at its end, and these in reading order."""
    found: list[Citation] = []
    while (last := _last_parentheses(content)) is not None:
        offset, inside = last
        sources = _sources(desk, inside, spots.at(offset))
        if not sources:
            break
        found.insert(0, Citation(sources, spots.at(offset)))
        content = content[:offset].rstrip()
        if content.endswith("\\") and not content.endswith("\\\\"):  # a break before it
            content = content[:-1].rstrip()
    return content, tuple(found)


def _last_parentheses(content: str) -> tuple[int, str] | None:
    """Offset and inside of the parentheses that end `content`."""
    if not content.endswith(")"):
        return None
    offset = depth = 0
    for offset in range(len(content) - 1, max(len(content) - _MAX_CHARS, 0) - 1, -1):
        depth += (content[offset] == ")") - (content[offset] == "(")
        if not depth:
            break
    if depth or content[max(offset - 1, 0)] in "\\]":
        return None
    return offset, " ".join(content[offset + 1 : -1].split())


def _sources(desk: Desk, inside: str, at: Position) -> tuple[Source, ...]:
    """The sources that `inside` names; none when it is an ordinary remark."""
    if has_mark(inside) or not inside:
        return ()
    months = months_of(desk.locale)
    parts = [(part.strip(), split_date(part.strip(), months)) for part in re.split("[;؛]", inside)]
    if parts[-1][1] is None or not all(is_name(d.name if d else text) for text, d in parts):
        return ()
    sources = []
    for text, dated in parts:
        name = dated.name if dated else text
        italic = _ITALIC.fullmatch(name)
        bare = (italic["star"] or italic["line"]) if italic else name
        published = _date(desk, dated, at) if dated else None
        sources.append(Source(nfc(re.sub(r"\\(\W)", r"\1", bare).strip()), bool(italic), published))
    return tuple(sources)


def is_name(name: str) -> bool:
    """Whether this can name a publication: italic, or words as they stand in a name."""
    if len(name) > 120 or not name:
        return False
    if _ITALIC.fullmatch(name):
        return True
    if _MARKUP.search(name) or name.lower() in _DAYS:
        return False
    words = name.split()
    if len(words) == 1:
        return name.lower() not in _WORDS_OF_TIME
    if words[0].lower() in _NEVER_FIRST:
        return False
    grand = [
        w for w in words if (w[0].isalnum() and not w[0].islower()) or "." in w[:-1] or "-" in w
    ]
    return bool(grand) and all(w in grand or w.lower() in _SMALL for w in words)


def _date(desk: Desk, dated: Dated, at: Position) -> date | None:
    months = months_of(desk.locale)
    if dated.month and dated.month.lower() not in months.numbers:
        hint = f"did you mean {months.near(dated.month)!r}?"
        desk.findings.error("cite/date", at, f"{dated.month!r} is not a month", hint)
    elif dated.published is None:
        hint = "write a day that is in the calendar"
        desk.findings.error("cite/date", at, f"{dated.when} does not exist", hint)
    return dated.published
