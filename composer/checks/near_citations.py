"""Parentheses that were meant as a citation, and are read as words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.prose import HIDDEN
from composer.checks.walk import sources_of
from composer.model.finding import Severity
from composer.reading.citations import is_name
from composer.reading.dates import Months, months_of, split_date

_AT_THE_END = re.compile(
    r"\((?P<inside>[^()]{4,300})\)(?P<after>[.,;:]?)[ \t]*(?=\n[ \t>]*(?:\n|:::)|\n?\Z)"
)
_SLASHES = re.compile(r"(?P<name>.+?),? (?P<when>\d{1,2}/\d{1,2}/\d{2,4})")
_QUOTED = re.compile(r"[\"“„«'‘](?P<name>[^\"“”„«»]+)[\"”“»'’]")
_ITALIC = re.compile(r"\*[^*]+\*|_[^_]+_")
_RIGHT = "write (*Name*, November 18, 2026)"


def unread(examined: Examined) -> Iterator[Remark]:
    """A source that stays amid the words, in brackets that no reader was to see."""
    prose = examined.prose
    cited = {name for name, _ in sources_of(examined.issue)}
    read = {at for _, at in sources_of(examined.issue)}
    months = months_of(examined.issue.locale)
    for found in prose.matches(_AT_THE_END):
        at = prose.at(found.start())
        inside = " ".join(found["inside"].split())
        if at in read or HIDDEN in inside:
            continue
        if problem := _slip(inside, months):
            yield Remark(*problem, at)
        elif found["after"] and _is_meant(inside, months, cited):
            yield Remark(
                f"a {found['after']!r} behind the citation makes it words of the text",
                "take it away: the sentence ends before its citation",
                at,
            )


def _is_meant(inside: str, months: Months, cited: set[str]) -> bool:
    """Whether this would be a citation, by a name that is italic or cited elsewhere."""
    parts = [split_date(part.strip(), months) for part in inside.split(";")]
    names = [part.name if part else "" for part in parts]
    bare = (name.strip("*_") for name in names)
    return all(map(is_name, names)) and any(
        _ITALIC.fullmatch(name) or plain in cited for name, plain in zip(names, bare, strict=True)
    )


def _slip(inside: str, months: Months) -> tuple[str, str] | None:
    """Message and hint, when one change makes a citation of it."""
    parts = [part.strip() for part in inside.split(";")]
    if (slashed := _SLASHES.fullmatch(parts[-1])) and is_name(slashed["name"]):
        message = f"{slashed['when']} may be two days, so this is read as words"
        return message, "write the month: November 18, 2026, or 2026-11-18"
    is_date = split_date(f"X, {parts[-1]}", months) and not split_date(parts[-1], months)
    if len(parts) > 1 and is_name(parts[0]) and is_date:
        return "a semicolon stands between the source and its date", _RIGHT
    dated = split_date(parts[0], months)
    name = (dated.name if dated else "").rstrip(",")
    quoted = _QUOTED.fullmatch(name)
    if quoted and is_name(quoted["name"]):
        return f"{name} stands in quotation marks, so this is read as words", (
            f"write *{quoted['name'].strip()}*"
        )
    return None


RULES = (Rule("cite/unread", Severity.WARNING, "a citation that is not read as one", unread),)
