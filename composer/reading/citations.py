"""The sources at the end of a paragraph: `(*The Quay Gazette*, November 18, 2026)`."""

from __future__ import annotations

import difflib
import re
from datetime import date

from composer.model.issue import Citation, Position, Source
from composer.reading.desk import Desk, nfc
from composer.reading.marks import has_mark
from composer.reading.spots import Spots

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MONTH = {name[:n].lower(): k for k, name in enumerate(MONTHS, 1) for n in (3, 4, len(name))}

_MAX_CHARS = 400
_MONTH_FIRST = re.compile(
    r"(?P<name>.+?),? (?P<when>(?P<month>[A-Za-z]{3,10})\.? (?P<day>\d{1,2}),? (?P<year>\d{4}))"
)
_DAY_FIRST = re.compile(
    r"(?P<name>.+?),? (?P<when>(?P<day>\d{1,2})\.? (?P<month>[A-Za-z]{3,10})\.? (?P<year>\d{4}))"
)
_ITALIC = re.compile(r"\*(?P<star>[^*]+)\*|_(?P<line>[^_]+)_")
_MARKUP = re.compile(r"[*`\[\]<>{}]|\bhttps?:")
#: Words in small letters that stand in the names of publications.
_SMALL = frozenset(
    {
        "of",
        "the",
        "for",
        "and",
        "on",
        "in",
        "at",
        "to",
        "&",
        "de",
        "del",
        "della",
        "des",
        "di",
        "do",
        "du",
        "la",
        "le",
        "les",
        "el",
        "al",
        "der",
        "die",
        "das",
        "den",
        "und",
        "für",
        "van",
        "von",
        "zu",
        "y",
        "e",
        "et",
        "i",
        "a",
    }
)
_NEVER_FIRST = frozenset({"of", "for", "and", "on", "in", "at", "to", "&"})
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
    parts = [_split(part.strip()) for part in inside.split(";")]
    if parts[-1][1] is None or not all(_is_name(name) for name, _ in parts):
        return ()
    sources = []
    for name, when in parts:
        italic = _ITALIC.fullmatch(name)
        bare = (italic["star"] or italic["line"]) if italic else name
        published = _date(desk, when, at) if when else None
        sources.append(Source(nfc(re.sub(r"\\(\W)", r"\1", bare).strip()), bool(italic), published))
    return tuple(sources)


def _split(part: str) -> tuple[str, re.Match[str] | None]:
    """Name and date of one source; the date is None when there is none."""
    for pattern in (_MONTH_FIRST, _DAY_FIRST):
        found = pattern.fullmatch(part)
        if found and _is_month(found["month"]):
            return found["name"].strip(), found
    return part, None


def _is_month(word: str) -> bool:
    return word.lower() in _MONTH or bool(difflib.get_close_matches(word.title(), MONTHS, 1, 0.7))


def _is_name(name: str) -> bool:
    """Whether this can name a publication: italic, or words as they stand in a name."""
    if len(name) > 120 or not name:
        return False
    if _ITALIC.fullmatch(name):
        return True
    if _MARKUP.search(name) or name.lower() in _DAYS:
        return False
    words = name.split()
    if len(words) == 1:
        return True
    if words[0].lower() in _NEVER_FIRST:
        return False
    grand = [w for w in words if w[0].isupper() or w[0].isdigit() or "." in w[:-1] or "-" in w]
    return bool(grand) and all(w in grand or w.lower() in _SMALL for w in words)


def _date(desk: Desk, when: re.Match[str], at: Position) -> date | None:
    month = _MONTH.get(when["month"].lower())
    if month is None:
        close = difflib.get_close_matches(when["month"].title(), MONTHS, 1, 0.7)
        hint = f"did you mean {close[0]!r}?"
        desk.findings.error("cite/date", at, f"{when['month']!r} is not a month", hint)
        return None
    try:
        return date(int(when["year"]), month, int(when["day"]))
    except ValueError:
        hint = "write a day that is in the calendar"
        desk.findings.error("cite/date", at, f"{when['when']} does not exist", hint)
        return None
