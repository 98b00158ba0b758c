"""Dates and names as mastheads write them."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = "january february march april may june july august september october november december"
MONTHS = tuple(_MONTHS.split())
_WEEKDAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})\b"
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_WEEKDAY}{_DAY}\.?\s+{_MONTH},?\s+{_YEAR}",
        r"(?P<year>\d{4})-(?P<number>\d{2})-(?P<day>\d{2})(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?(?!\w)",
    )
)
#: `(Name, Month D, YYYY)`, italic or not, for counting.
CITATION = re.compile(r"\([^()]*, [A-Z][a-z]+ \d{1,2}, \d{4}(?:;[^()]*)?\)")
_TITLE_AFTER_NAME = re.compile(r"(?:Jr|Sr|II|III|IV|Ph\.?D|M\.?D|Esq|LL\.?M|J\.?D)\.?")


def leading_date(text: str) -> tuple[date, int] | None:
    """The date that `text` starts with, and where it ends; None when there is none."""
    for form in _FORMS:
        if match := form.match(text):
            found = match.groupdict()
            month = int(found["number"]) if found.get("number") else _month(found["month"])
            try:
                return date(int(found["year"]), month, int(found["day"])), match.end()
            except ValueError:
                return None
    return None


def _month(name: str) -> int:
    """1 to 12; 0 when it is no month."""
    starts = [m for m in MONTHS if m.startswith(name.lower()) or name.lower() == "sept" == m[:4]]
    return MONTHS.index(starts[0]) + 1 if len(starts) == 1 else 0


def names(text: str) -> tuple[list[str], list[str]]:
    """The names in `By A. Author, B. Author and C. Author`, and the words between them."""
    words: list[str] = []
    parts: list[str] = []
    rest = text.strip(" |·•—–-,")
    if by := re.match(r"by:?\s+", rest, re.IGNORECASE):
        words.append(by[0].strip())
        rest = rest[by.end() :]
    for part in re.split(r"\s*[,;]\s*(?:and\s+)?|\s+(?:and|&)\s+", rest):
        if part and parts and _TITLE_AFTER_NAME.fullmatch(part):
            parts[-1] = f"{parts[-1]}, {part}"
        elif part:
            parts.append(part)
    words += re.findall(r"(?:(?<=\s)|(?<=,))and(?=\s)", rest)
    return parts, words
