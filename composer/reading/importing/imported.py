"""What an import makes: the issue's text, and everything that does not stand in it as it did."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from composer.reading.yaml_text import Value


@dataclass(frozen=True, slots=True)
class LeftOut:
    """`text` of `line` (from 1) is not in the issue as it was; `why` says what became of it."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What a person would count to see that nothing is missing."""

    sections: int
    citations: int
    notes: int
    words: int


@dataclass(frozen=True, slots=True)
class Imported:
    """`issue_name` is a name for the issue's folder: its number, else made from its title.

    `pictures` are the local files that the issue shows, relative to the file it came from.
    """

    markdown: str
    left_out: tuple[LeftOut, ...]
    issue_name: str
    counts: Counts
    pictures: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """An issue on its way: what is known of its front matter, its blocks, what was left out."""

    today: date
    title: str = ""
    number: str = ""
    date: date | None = None
    authors: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    subject: str = ""
    preheader: str = ""
    locale: str = ""
    slug: str = ""
    blocks: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)

    def leave(self, line: int, text: str, why: str) -> None:
        if text.strip():
            self.left_out.append(LeftOut(line, " ".join(text.split()), why))

    def front(self) -> dict[str, Value]:
        """The front matter, in the order that people read it."""
        plain = self.number.isascii() and self.number.isdigit() and not self.number.startswith("0")
        return {
            "schema": 1,
            "number": int(self.number) if plain and len(self.number) < 10 else self.number,
            "title": _literal(self.title) or "Untitled",
            "date": self.date or self.today,
            "authors": [_literal(name) for name in self.authors],
            "categories": [_literal(name) for name in self.categories],
            "subject": _literal(self.subject),
            "preheader": _literal(self.preheader),
            "locale": self.locale,
        }


def _literal(text: str) -> str:
    """Text in which nothing is an expression: the front matter knows no escape for a brace."""
    return re.sub(r"\{(?=[{%#])", "{ ", text)
