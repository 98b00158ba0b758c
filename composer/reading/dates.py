"""Dates as people write them in their language: `November 18, 2026`, `18. November 2026`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

ENGLISH = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip

_WORD = r"[^\W\d_]"
#: `listopada`, `Nov.`, and two words as the Levant has them: `تشرين الثاني`.
_MONTH = rf"(?P<month>{_WORD}{{2,20}}(?: {_WORD}{{2,20}})??)\.?"
#: Behind a year: `р.`, `г.`, `r.`
_YEAR = r"(?P<year>\d{4})(?: [гр]\.| r\.)?"
_FORMS = tuple(
    re.compile(rf"(?P<name>.+?)[,،、]? ?(?<=[ ,،、])(?P<when>{form})")
    for form in (
        rf"{_MONTH} (?P<day>\d{{1,2}}),? {_YEAR}",
        rf"(?P<day>\d{{1,2}})(?:\.º|º|er|\.)? (?:de |d['’])?{_MONTH},? (?:de )?{_YEAR}",
        r"(?P<year>\d{4})-(?P<number>\d{2})-(?P<day>\d{2})",
        r"(?P<day>\d{1,2})\. ?(?P<number>\d{1,2})\. ?(?P<year>\d{4})",
        r"(?P<year>\d{4})[年년] ?(?P<number>\d{1,2})[月월] ?(?P<day>\d{1,2})[日일]",
    )
)


@dataclass(frozen=True, slots=True)
class Months:
    """`names` as a date has them; `numbers` maps every spelling, in small letters."""

    names: tuple[str, ...]
    numbers: Mapping[str, int]

    def near(self, word: str) -> str:
        """The name that `word` may be a misspelling of; `""` when there is none."""
        by_lower = {name.lower(): name for name in (*ENGLISH, *self.names)}
        close = difflib.get_close_matches(word.lower(), by_lower, 1, 0.7)
        return by_lower[close[0]] if close else ""


@dataclass(frozen=True, slots=True)
class Dated:
    """A name with the date behind it; `published` is None when there is no such day."""

    name: str
    when: str
    month: str  #: as written, `""` when it is a number
    published: date | None


def split_date(text: str, months: Months) -> Dated | None:
    """`Name, November 18, 2026`; None when no date ends `text`."""
    for form in _FORMS:
        found = form.fullmatch(text)
        if not found:
            continue
        parts = found.groupdict()
        month = parts.get("month") or ""
        if month and month.lower() not in months.numbers and not months.near(month):
            continue
        number = months.numbers.get(month.lower(), 0) if month else int(parts["number"])
        return Dated(found["name"].strip(), found["when"], month, _day(found, number))
    return None


def _day(found: re.Match[str], month: int) -> date | None:
    try:
        return date(int(found["year"]), month, int(found["day"]))
    except ValueError:
        return None


@cache
def months_of(locale: str) -> Months:
    """The months of a language, and the English ones, which any text may quote."""
    numbers = {name[:n].lower(): k for k, name in enumerate(ENGLISH, 1) for n in (3, 4, len(name))}
    if locale.partition("-")[0] == "en":
        return Months(ENGLISH, numbers)
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - English ones are known here

    try:
        tables = Locale.parse(locale, sep="-").months
    except (UnknownLocaleError, ValueError):
        return Months(ENGLISH, numbers)
    for form in ("format", "stand-alone"):
        for width in ("abbreviated", "wide"):
            for number, name in tables[form][width].items():
                numbers[name.rstrip(".").lower()] = number
    wide = tables["format"]["wide"]
    return Months(tuple(wide[number] for number in range(1, 13)), numbers)
