"""What the reading of one issue file works with: its text, its names, its findings."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from composer.model.issue import Expression, Fragment, ImageFile, Position
from composer.reading.expressions import parse_expression
from composer.reading.marks import Mark, Marks
from composer.reading.source import Findings, Source
from composer.reading.vocabulary import Vocabulary


@dataclass(slots=True)
class Desk:
    """`source` is the issue's text with its front matter blanked and its marks hidden."""

    folder: Path
    findings: Findings
    vocabulary: Vocabulary
    source: Source
    locale: str = "en"  #: of the text
    marks: Marks = field(default_factory=Marks)
    anchors: list[tuple[str, Position]] = field(default_factory=list)  #: ids that links go to
    pictures: dict[str, ImageFile | None] = field(default_factory=dict)  #: files read so far
    open_tags: Counter[str] = field(default_factory=Counter)  #: HTML told and not yet closed

    def expression(self, mark: Mark) -> Expression | None:
        return parse_expression(mark, self.vocabulary, self.findings)

    def fragment(self, hidden: str) -> Fragment:
        """Text that may hold expressions, in NFC; wrong expressions are told and left out."""
        parts: list[str | Expression] = []
        for piece in self.marks.pieces(hidden):
            part = nfc(piece) if isinstance(piece, str) else self.expression(piece)
            if part:
                parts.append(part)
        return tuple(parts)

    def literal(self, hidden: str, what: str) -> str:
        """Text that may not hold expressions, in NFC and with single spaces."""
        for piece in self.marks.pieces(hidden):
            if isinstance(piece, Mark):
                self.findings.error(
                    "merge/place",
                    piece.at,
                    f"{what} cannot hold an expression",
                    "expressions stand in text, headings, link targets, alt texts and subjects",
                )
        return " ".join(nfc(self.marks.restore(hidden)).split())


def nfc(text: str) -> str:
    """One spelling for what looks the same (Unicode normalization form C)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
