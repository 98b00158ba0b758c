"""What a template sees; docs/reference/templates.md is the same for people who write templates.

A `Markup` is HTML of our own making, its slots as stand-ins; every `str` is plain text that
the template engine escapes. A block's `kind` tells the template which macro draws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from composer.model.settings import Palette


@dataclass(frozen=True, slots=True)
class NewsletterView:
    name: str
    publisher: str  #: the newsletter's name when the site names none
    postal_address: str
    reason: str  #: `""` when the site gives none
    base_url: str
    palette: Palette


@dataclass(frozen=True, slots=True)
class IssueView:
    id: str
    title: str
    number: str  #: `""` when the issue has none
    date_text: str  #: in the issue's language
    date_iso: str
    year: int
    authors: tuple[str, ...]
    authors_text: str  #: in one line: `A, B and C`
    categories: tuple[str, ...]
    lang: str
    dir: str  #: `ltr` or `rtl`
    subject: Markup
    preheader: Markup
    web_url: str


@dataclass(frozen=True, slots=True)
class ParagraphView:
    kind: ClassVar[str] = "paragraph"
    html: Markup
    line: int


@dataclass(frozen=True, slots=True)
class SubheadingView:
    kind: ClassVar[str] = "subheading"
    level: int  #: 3 to 6
    html: Markup
    line: int


@dataclass(frozen=True, slots=True)
class ListView:
    """`start` is 1 for a bulleted list; each item is a run of blocks."""

    kind: ClassVar[str] = "list"
    ordered: bool
    start: int
    items: tuple[tuple[BlockView, ...], ...]
    line: int


@dataclass(frozen=True, slots=True)
class QuoteView:
    kind: ClassVar[str] = "quote"
    blocks: tuple[BlockView, ...]
    line: int


@dataclass(frozen=True, slots=True)
class CodeView:
    kind: ClassVar[str] = "code"
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Cell:
    """`align` is `""`, `left`, `center` or `right`, as the author wrote the column.

    `numeric` tells that the cell holds a figure: digits with signs, separators and units.
    """

    html: Markup
    align: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class TableView:
    kind: ClassVar[str] = "table"
    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    line: int


@dataclass(frozen=True, slots=True)
class ImageView:
    """`width` and `height` are CSS pixels to show it at; None where they are not known."""

    kind: ClassVar[str] = "image"
    src: Markup
    alt: Markup
    caption: str
    width: int | None
    height: int | None
    href: Markup | None
    line: int


@dataclass(frozen=True, slots=True)
class ButtonView:
    kind: ClassVar[str] = "button"
    html: Markup
    href: Markup
    line: int


@dataclass(frozen=True, slots=True)
class NoteView:
    kind: ClassVar[str] = "note"
    blocks: tuple[BlockView, ...]
    line: int


@dataclass(frozen=True, slots=True)
class SourceView:
    name: str
    italic: bool
    date_text: str  #: `""` when none was given


@dataclass(frozen=True, slots=True)
class CitationView:
    """`html` is the whole of it, parentheses included."""

    kind: ClassVar[str] = "citation"
    sources: tuple[SourceView, ...]
    html: Markup
    line: int


@dataclass(frozen=True, slots=True)
class DividerView:
    kind: ClassVar[str] = "divider"
    line: int


BlockView = (
    ParagraphView
    | SubheadingView
    | ListView
    | QuoteView
    | CodeView
    | TableView
    | ImageView
    | ButtonView
    | NoteView
    | CitationView
    | DividerView
)


@dataclass(frozen=True, slots=True)
class SectionView:
    id: str
    number: int  #: counts from 1 among the sections that these readers get
    heading: Markup
    heading_text: str  #: without marks; a personal value shows as its default
    blocks: tuple[BlockView, ...]
    line: int


@dataclass(frozen=True, slots=True)
class View:
    """The names that a template may use."""

    newsletter: NewsletterView
    issue: IssueView
    introduction: tuple[BlockView, ...]
    sections: tuple[SectionView, ...]
    unsubscribe_url: Markup
    preferences_url: Markup
    t: Mapping[str, str]
