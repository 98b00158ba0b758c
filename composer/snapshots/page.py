"""A rendition as a reader sees it: sections with their words, links and pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from composer.snapshots.words import words_of

#: What the letter before the first heading and after the last section is called.
OPENING, FOOTER = "(opening)", "(footer)"

_HEADINGS = frozenset({"h1", "h2"})
_SILENT = frozenset({"head", "style", "script", "title", "template"})
_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "code", "em", "font", "i", "mark", "s", "small", "span", "strong"}
    | {"sub", "sup", "time", "u"}
)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
#: Preheaders are padded with signs that nobody sees.
_PADDING = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Picture:
    alt: str
    source: str


@dataclass(frozen=True, slots=True)
class Part:
    """A section: what stands under one heading, the heading's own words included."""

    heading: str
    words: tuple[str, ...]
    links: tuple[Link, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    preheader: str
    parts: tuple[Part, ...]


def page_of(html: str, *, footer_mark: str) -> Page:
    """The page; what holds a link with `footer_mark` in it, and no heading, is the footer."""
    reader = _Reader(footer_mark)
    reader.feed(html)
    reader.close()
    return reader.page()


@dataclass
class _Element:
    tag: str
    start: int  #: offset in the text
    hidden: bool = False
    aria_hidden: bool = False
    headed: bool = False  #: there is a heading in it
    target: str = ""


@dataclass
class _Reader(HTMLParser):
    """Gathers all text in one string, and remembers by offsets what stands where."""

    footer_mark: str
    text: list[str] = field(default_factory=list)
    length: int = 0
    preheader: list[str] = field(default_factory=list)
    cuts: list[tuple[int, int, int]] = field(default_factory=list)  #: part, heading, its end
    links: list[tuple[int, int, str]] = field(default_factory=list)
    pictures: list[tuple[int, Picture]] = field(default_factory=list)
    footer: int | None = None  #: where it begins
    footer_of: _Element | None = None  #: what will have been the footer, if no heading comes
    open: list[_Element] = field(default_factory=list)
    silent: int = 0
    aside: tuple[int, int] = (0, 0)  #: where the last text for eyes only stood

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    # --- what the parser calls --------------------------------------------------------

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _INLINE:
            self._add("\n")
        if tag == "img" and not self.silent:
            self.pictures.append((self.length, Picture(given.get("alt", ""), given.get("src", ""))))
        if tag in _VOID:
            return
        element = _Element(
            tag,
            self.length,
            hidden=tag in _SILENT or bool(_HIDDEN.search(given.get("style", ""))),
            aria_hidden=given.get("aria-hidden") == "true",
            target=given.get("href", "") if tag == "a" else "",
        )
        self.silent += element.hidden
        self.open.append(element)
        if tag in _HEADINGS and not self.silent:
            for outer in self.open:
                outer.headed = True

    def handle_endtag(self, tag: str) -> None:
        if not any(element.tag == tag for element in self.open):
            return
        while self.open:
            element = self.open.pop()
            self._closed(element)
            if element.tag == tag:
                break
        if tag not in _INLINE:
            self._add("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self._add(data)
        elif not any(element.tag in _SILENT for element in self.open):
            self.preheader.append(data)

    def close(self) -> None:
        super().close()
        while self.open:
            self._closed(self.open.pop())

    # --- what is remembered -----------------------------------------------------------

    def _add(self, text: str) -> None:
        self.text.append(text)
        self.length += len(text)

    def _closed(self, element: _Element) -> None:
        self.silent -= element.hidden
        if self.silent or element.hidden:
            return
        if element.tag in _HEADINGS:
            self.cuts.append((self._heading_start(element), element.start, self.length))
        if element.aria_hidden:
            self.aside = (element.start, self.length)
        if element.target:
            self.links.append((element.start, self.length, element.target))
            if self.footer_mark in element.target:
                self._mark_footer()
        if self.footer_of is element:
            self.footer_of = None
            if not element.headed:
                self.footer = element.start

    def _heading_start(self, element: _Element) -> int:
        """A number that stands before a heading, for eyes only, belongs to it."""
        start, end = self.aside
        between = "".join(self.text)[end : element.start] if end else "x"
        return element.start if between.strip() else start

    def _mark_footer(self) -> None:
        if self.footer is None and self.footer_of is None:
            # The outermost element around the link that holds no heading.
            outer = (e for e in self.open if not e.headed and e.tag not in ("html", "body"))
            self.footer_of = next(outer, None)

    # --- the result -------------------------------------------------------------------

    def page(self) -> Page:
        whole = "".join(self.text)
        bounds = [(0, OPENING)]
        bounds += [(start, " ".join(whole[a:b].split())) for start, a, b in self.cuts]
        if self.footer is not None:
            bounds.append((self.footer, FOOTER))
        bounds.sort(key=lambda bound: bound[0])
        ends = [start for start, _ in bounds[1:]] + [len(whole) + 1]
        parts = tuple(
            self._part(whole, heading, start, end)
            for (start, heading), end in zip(bounds, ends, strict=True)
        )
        preheader = _PADDING.sub("", "".join(self.preheader))
        return Page(
            preheader=" ".join(preheader.split()),
            parts=tuple(p for p in parts if p.words or p.links or p.pictures),
        )

    def _part(self, whole: str, heading: str, start: int, end: int) -> Part:
        links = sorted(link for link in self.links if start <= link[0] < end)
        return Part(
            heading=heading,
            words=words_of(whole[start:end]),
            links=tuple(Link(" ".join(whole[a:b].split()), target) for a, b, target in links),
            pictures=tuple(picture for at, picture in self.pictures if start <= at < end),
        )
