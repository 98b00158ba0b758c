"""One number of the newsletter, as written: a tree with the line and column of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from composer.model.ab_test import AbTest
from composer.model.locales import nearest


@dataclass(frozen=True, slots=True)
class Position:
    """A spot in the issue's file; both count from 1."""

    line: int
    column: int = 1


@dataclass(frozen=True, slots=True)
class Expression:
    """`{{ subscriber.first_name | default("reader") }}`.

    `name` is the dotted path (`subscriber.first_name`, `issue.number`, `newsletter.name`).
    """

    name: str
    default: str | None
    at: Position

    @property
    def is_personal(self) -> bool:
        """Whether the value differs from reader to reader."""
        return self.name.startswith("subscriber.")


#: Text that may hold expressions: a subject, an alt text, a link's target.
Fragment = tuple[str | Expression, ...]


# --- inlines -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Emphasis:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strong:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A break that the author asked for (two spaces or a backslash at the end of a line)."""


@dataclass(frozen=True, slots=True)
class Link:
    target: Fragment
    children: tuple[Inline, ...]
    title: str
    at: Position


#: A line end in the source that is not a break is a `Text` of one space.
Inline = Text | Emphasis | Strong | Code | LineBreak | Link | Expression


# --- blocks ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paragraph:
    children: tuple[Inline, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Subheading:
    """A heading below a section's own: level 3 to 6."""

    level: int
    children: tuple[Inline, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class ItemList:
    """A bulleted (`start` is None) or numbered list; each item is a run of blocks."""

    items: tuple[tuple[Block, ...], ...]
    start: int | None
    at: Position


@dataclass(frozen=True, slots=True)
class Quote:
    blocks: tuple[Block, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class CodeBlock:
    text: str
    at: Position


@dataclass(frozen=True, slots=True)
class Table:
    """`alignments` has one of `""`, `"left"`, `"center"`, `"right"` for each column."""

    header: tuple[tuple[Inline, ...], ...]
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]
    alignments: tuple[str, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A picture of the issue's own folder; `width` and `height` are its own, in pixels."""

    path: Path  #: as written, relative to the issue's folder
    media_type: str  #: `image/png`, `image/jpeg`, `image/gif` or `image/webp`
    width: int
    height: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Image:
    """An image in a paragraph of its own.

    `file` is set for a local picture and None for a remote one (`source` is then its URL).
    `width` is the display width in CSS pixels that the author asked for. `target` is set
    when the whole image is a link.
    """

    source: str
    file: ImageFile | None
    alt: Fragment
    caption: str
    width: int | None
    target: Fragment | None
    at: Position


@dataclass(frozen=True, slots=True)
class Button:
    children: tuple[Inline, ...]
    target: Fragment
    at: Position


@dataclass(frozen=True, slots=True)
class Note:
    """An editors' note."""

    blocks: tuple[Block, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Source:
    """A publication that a citation names; `published` is None when no date was given."""

    name: str
    italic: bool
    published: date | None


@dataclass(frozen=True, slots=True)
class Citation:
    """The sources of the text before it: the trailing `(*Name*, Month D, YYYY)`."""

    sources: tuple[Source, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Divider:
    at: Position


@dataclass(frozen=True, slots=True)
class Condition:
    """Of `:::only`: exactly one of `segment`, `not_segment` and `locale` is set."""

    segment: str = ""
    not_segment: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Only:
    """Blocks for the readers that `condition` holds for."""

    condition: Condition
    blocks: tuple[Block, ...]
    at: Position


Block = (
    Paragraph
    | Subheading
    | ItemList
    | Quote
    | CodeBlock
    | Table
    | Image
    | Button
    | Note
    | Citation
    | Divider
    | Only
)


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of an issue. `id` is unique in the issue and safe in a URL fragment.

    All of `conditions` must hold for a reader to get the section (a `:::only` around it).
    """

    id: str
    heading: tuple[Inline, ...]
    blocks: tuple[Block, ...]
    conditions: tuple[Condition, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Issue:
    """`id` is the name of the issue's folder; `path` the file it was read from.

    `subjects` has one entry under `""`, or one for each A/B variant under its name;
    `preheaders` has those of the variants, or none when `preheader` is everybody's.
    `positions` tells where each key of the front matter stands. `translations` are the same
    issue in other languages, each whole and by its locale; a translation has none.
    """

    id: str
    path: Path
    title: str
    date: date
    number: str  #: as written, `""` when the issue has none
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    subjects: Mapping[str, Fragment]
    preheader: Fragment
    locale: str
    introduction: tuple[Block, ...]
    sections: tuple[Section, ...]
    positions: Mapping[str, Position]
    template: str = ""  #: `""` for the site's
    archive: str = "public"  #: who may read it on the web: `public`, `members` or `never`
    preheaders: Mapping[str, Fragment] = field(default_factory=dict)
    ab_test: AbTest | None = None  #: how the variants are tried, if not on all readers alike
    translations: Mapping[str, Issue] = field(default_factory=dict)

    @property
    def texts(self) -> tuple[Issue, ...]:
        """The issue as it was written first, and its translations."""
        return (self, *self.translations.values())

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of the A/B variants, sorted; `("",)` when there are none."""
        return tuple(sorted({*self.subjects, *self.preheaders} - {""})) or ("",)

    @property
    def locales(self) -> tuple[str, ...]:
        """Every locale that has an edition of its own, the issue's first.

        A language that an `:::only` names is one: its readers get more than the others.
        """
        named = {c.locale for text in self.texts for c in conditions_of(text)} - {""}
        return tuple(dict.fromkeys((self.locale, *sorted({*self.translations, *named}))))

    def text_for(self, locale: str) -> Issue:
        """What readers of `locale` read: the translation that is nearest, or the issue itself."""
        name = nearest(locale, (self.locale, *self.translations))
        return self.translations.get(name, self)


def conditions_of(issue: Issue) -> tuple[Condition, ...]:
    """Every condition of the text of `issue`, without those of its translations."""
    conditions = [c for section in issue.sections for c in section.conditions]
    waiting = [
        *issue.introduction,
        *(block for section in issue.sections for block in section.blocks),
    ]
    while waiting:
        block = waiting.pop()
        match block:
            case Only():
                conditions.append(block.condition)
                waiting += block.blocks
            case Quote() | Note():
                waiting += block.blocks
            case ItemList():
                waiting += [inner for item in block.items for inner in item]
            case _:
                pass
    return tuple(conditions)


def segments_named(issue: Issue) -> tuple[str, ...]:
    """The segments that any `:::only` of the issue or of a translation names, sorted."""
    conditions = (c for text in issue.texts for c in conditions_of(text))
    names = {name for c in conditions for name in (c.segment, c.not_segment) if name}
    return tuple(sorted(names))
