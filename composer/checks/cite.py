"""Do the sources of an issue have one name each, and a date that can be true?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.publications import same_publication
from composer.checks.walk import blocks_within, text_length
from composer.model.finding import Severity
from composer.model.issue import Citation, Position, Section, Source
from composer.reading.suggest import near

#: More names than any issue has are not compared with each other: it would take minutes.
MAX_NAMES = 200
#: A section of so many characters says something that wants a source.
LONG_SECTION_CHARS = 600
#: A date this much older is the slip of a year, when in the next year it would be fresh.
FRESH = timedelta(days=45)
#: By how many years: the last one, or a digit that was missed.
SLIPS = (1, 10, 100)

_ITALIC = re.compile(r"(?<![\w*])\*(?P<name>[^*\n\x00]{4,120})\*(?![\w*])")


#: Only for a site that gives it a severity: few name all they cite.
UNKNOWN = "cite/unknown-publication"


@dataclass(frozen=True, slots=True)
class _Mention:
    name: str
    at: Position
    source: Source | None = None  #: None for italic words of the text


def _cited(examined: Examined) -> Iterator[_Mention]:
    """Every source with the place of its name."""
    for block in examined.blocks:
        if isinstance(block, Citation):
            for source in block.sources:
                at = examined.prose.find(source.name, block.at, within=500)
                yield _Mention(source.name, at, source)


def near_duplicate(examined: Examined) -> Iterator[Remark]:
    """Two spellings of one name: a reader takes them for two, and one of them is wrong."""
    cited = sorted(_cited(examined), key=lambda m: (m.at.line, m.at.column))
    counts = Counter(mention.name for mention in cited)
    first = {mention.name: mention for mention in reversed(cited)}
    house = examined.settings.checks.publications
    told: set[str] = set()
    for name, mention in list(first.items())[:MAX_NAMES]:
        right = next((h for h in house if same_publication(name, h)), "")
        if right and name not in house:
            told.add(name)
            message = f"{name!r} is spelt {right!r} by the house"
            yield Remark(message, f"write {right}", mention.at)
    names = sorted(first, key=lambda n: (-counts[n], first[n].at.line, first[n].at.column))
    for right, wrong in combinations(names[:MAX_NAMES], 2):
        if wrong in told or (wrong in house and right in house):
            continue
        if same_publication(right, wrong):
            told.add(wrong)
            yield _two_spellings(first[wrong], first[right])
    yield from _in_the_text(examined, {n: m for n, m in first.items() if n not in told}, house)


def _in_the_text(
    examined: Examined, cited: dict[str, _Mention], house: Sequence[str]
) -> Iterator[Remark]:
    """Italic words of the text that are nearly the name of a source."""
    told = {*cited, *house}
    for found in examined.prose.matches(_ITALIC):
        name = " ".join(found["name"].split())
        if name in told or len(told) > 2 * MAX_NAMES:
            continue
        told.add(name)
        for right in list(cited)[:MAX_NAMES]:
            if same_publication(name, right):
                at = examined.prose.at(found.start("name"))
                yield _two_spellings(_Mention(name, at), cited[right])
                break


def _two_spellings(wrong: _Mention, right: _Mention) -> Remark:
    where = f"line {right.at.line}, column {right.at.column}"
    return Remark(
        f"{wrong.name!r} and {right.name!r} ({where}) look like one publication",
        "spell it one way; if they are two, name both under publications in [checks]",
        wrong.at,
    )


def unknown_publication(examined: Examined) -> Iterator[Remark]:
    """A house that names all its sources learns of the others, if it asks for that."""
    checks = examined.settings.checks
    if UNKNOWN not in checks.severity:
        return
    told: set[str] = set()
    for mention in _cited(examined):
        name = mention.name
        if name in checks.publications or name in told:
            continue
        told.add(name)
        if not any(same_publication(name, known) for known in checks.publications):
            hint = near(name, checks.publications, otherwise="add it to publications in [checks]")
            yield Remark(f"the house does not name {name!r}", hint, mention.at)


def future_date(examined: Examined) -> Iterator[Remark]:
    """Nobody can have read what was published after the issue."""
    issued = examined.issue.date
    for mention in _cited(examined):
        day = mention.source.published if mention.source else None
        if day and day > issued:
            yield Remark(
                f"{mention.name!r} of {_written(day)} is younger than the issue of "
                f"{_written(issued)}",
                "look the date up; or the issue's own date is wrong",
                mention.at,
            )


def old_date(examined: Examined) -> Iterator[Remark]:
    """In January everybody still writes the old year."""
    issued = examined.issue.date
    for mention in _cited(examined):
        day = mention.source.published if mention.source else None
        if day and (meant := _year_slipped(day, issued)):
            yield Remark(
                f"{mention.name!r} of {_written(day)} is old; was {meant.year} meant?",
                "look the year up",
                mention.at,
            )


def _year_slipped(day: date, issued: date) -> date | None:
    """The fresh date that `day` would be with the last year's, or one digit, of its year right."""
    for year in (issued.year, issued.year - 1):
        if year - day.year not in SLIPS:
            continue
        try:
            meant = day.replace(year=year)
        except ValueError:  # 29 February
            continue
        if timedelta(0) <= issued - meant <= FRESH:
            return meant
    return None


def undated(examined: Examined) -> Iterator[Remark]:
    """One of several sources has no date, and the others have."""
    for mention in _cited(examined):
        if mention.source and mention.source.published is None:
            yield Remark(
                f"{mention.name!r} has no date",
                "write (*Name*, November 18, 2026)",
                mention.at,
            )


def uneven_italics(examined: Examined) -> Iterator[Remark]:
    """A name that is now italic, now not."""
    cited = list(_cited(examined))
    counts = Counter((m.name, m.source.italic) for m in cited if m.source)
    told = set()
    for mention in cited:
        italic = mention.source is not None and mention.source.italic
        here, there = counts[mention.name, italic], counts[mention.name, not italic]
        rarer = here < there or (here == there and not italic)
        if there and rarer and mention.name not in told:
            told.add(mention.name)
            other = next(
                m
                for m in cited
                if m.name == mention.name and m.source and m.source.italic != italic
            )
            words = ("is italic", "is not") if italic else ("is not italic", "is")
            yield Remark(
                f"{mention.name!r} {words[0]} here and {words[1]} on line {other.at.line}",
                f"write *{mention.name}* everywhere, or nowhere",
                mention.at,
            )


def missing(examined: Examined) -> Iterator[Remark]:
    """Most sections name a source, and this one does not."""
    long = [s for s in examined.issue.sections if _length(s) >= LONG_SECTION_CHARS]
    without = [s for s in long if not _has_citation(s)]
    if len(long) < 3 or len(without) * 3 > len(long):
        return
    for section in without:
        yield Remark(
            "the section names no source, as most others do",
            "end a paragraph with (*Name*, November 18, 2026)",
            section.at,
        )


def _length(section: Section) -> int:
    return sum(text_length(block) for block in blocks_within(section.blocks))


def _has_citation(section: Section) -> bool:
    return any(isinstance(block, Citation) for block in blocks_within(section.blocks))


def _written(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


_W = Severity.WARNING

RULES = (
    Rule("cite/near-duplicate", _W, "two spellings of one publication", near_duplicate),
    Rule(UNKNOWN, _W, "a publication that the house does not name", unknown_publication),
    Rule("cite/future-date", _W, "a source that is younger than the issue", future_date),
    Rule("cite/old-date", _W, "a source whose year looks like a slip", old_date),
    Rule("cite/undated", _W, "a source without a date", undated),
    Rule("cite/italic", _W, "a publication that is now italic, now not", uneven_italics),
    Rule("cite/missing", _W, "a long section without a source, where others have one", missing),
)
