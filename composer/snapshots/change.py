"""What became different between two renditions, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    WORDS = "words"  #: `before` became `after`, between `lead` and `trail`
    LINK = "link"  #: the target of the link with the text `label`; `""` for none
    IMAGE = "image"  #: the picture with the alternative text `label`
    ALT = "alt"  #: the alternative text of a picture
    SECTION_ADDED = "section-added"  #: `after` are its words
    SECTION_REMOVED = "section-removed"  #: `before` are its words
    SECTION_MOVED = "section-moved"  #: it stands after another section than before
    SUBJECT = "subject"
    PREHEADER = "preheader"
    HEADER = "header"  #: the header called `label`
    TEXT = "text"  #: words of the plain text that the HTML does not account for
    TEXT_LINES = "text-lines"  #: the plain text breaks its lines otherwise
    MARKUP = "markup"  #: `count` lines of HTML whose words are the same


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. Words are joined with single blanks; `section` is its heading."""

    kind: Kind
    section: str = ""
    before: str = ""
    after: str = ""
    lead: str = ""
    trail: str = ""
    label: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of HTML and text, before and after; 0 for what is not there."""

    html_before: int = 0
    html_after: int = 0
    text_before: int = 0
    text_after: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that two renditions of one name differ in; falsy when they are the same."""

    name: str
    changes: tuple[Change, ...] = ()
    sizes: Sizes = field(default=Sizes(), compare=False)

    def __bool__(self) -> bool:
        return bool(self.changes)
