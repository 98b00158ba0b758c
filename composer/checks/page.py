"""An edition as a reader's mail program gets it: its HTML, read once for all rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from composer.checks.cascade import Look, Row, found_by, looks_of, rows_of
from composer.checks.css import Declaration, SheetRule, rules_of
from composer.checks.tags import Element, Tag, tags_of
from composer.model.edition import Context, Edition, Parts
from composer.rendering.encoders import fill

#: As long as the tokens that readers get.
SAMPLE_TOKEN = "x" * 43

_OUTLOOK = re.compile(r"<!--\[if\b(?P<test>[^\]]*)\]>(?P<shown>.*?)<!\[endif\]-->", re.DOTALL)
_SHEET = re.compile(r"<!--.*?-->|<style\b[^>]*>(?P<sheet>.*?)</style>", re.DOTALL | re.IGNORECASE)
#: Invisible characters that keep an inbox from showing more than the preheader.
_UNSEEN = re.compile("[\u00ad\u034f\u200b-\u200f\u2060\ufeff]")


_SILENT = frozenset({"style", "script", "title"})


@dataclass(frozen=True, eq=False)
class Page:
    """One reader's HTML and text, every slot filled; `html` is the whole document.

    `tree` is lxml's, without what stands in comments: what Outlook alone gets is in
    `outlook_tags`.
    """

    edition: Edition
    html: str
    text: str

    @classmethod
    def of(cls, edition: Edition, base_url: str) -> Page:
        values = dict(_values(edition, base_url))
        return cls(edition, fill(edition.html, values), fill(edition.text, values))

    @cached_property
    def tree(self) -> Element:
        """The root element."""
        from lxml import html  # type: ignore[import-untyped]  # noqa: PLC0415 - it has no types, and costs 30 ms

        return html.document_fromstring(self.html)

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """Every element in the order of the document, `html` first."""
        return tuple(self.tree.iter(_is_element()))

    def every(self, *names: str) -> Iterator[Element]:
        """The elements of these names, in the order of the document."""
        if len(names) == 1:
            return iter(self._by_name.get(names[0], ()))
        return (element for element in self.elements if element.tag in names)

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[Element]]:
        found: dict[str, list[Element]] = {}
        for element in self.elements:
            found.setdefault(element.tag, []).append(element)
        return found

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """Every tag as it is written, but for those in comments."""
        return tags_of(self.html)

    @cached_property
    def outlook(self) -> str:
        """The document as Outlook on Windows reads it: its conditional parts are shown."""
        return _OUTLOOK.sub(_for_outlook, self.html)

    @cached_property
    def sheets(self) -> tuple[str, ...]:
        """The text of each `<style>` that every client reads."""
        return tuple(m["sheet"] for m in _SHEET.finditer(self.html) if m["sheet"] is not None)

    @cached_property
    def rules(self) -> tuple[SheetRule, ...]:
        """Every rule of every sheet."""
        return tuple(rule for sheet in self.sheets for rule in rules_of(sheet))

    @cached_property
    def dark_rules(self) -> tuple[tuple[SheetRule, Declaration], ...]:
        """Each declaration of a rule for dark screens."""
        return tuple((r, d) for r in self.rules if r.is_dark for d in r.declarations)

    @cached_property
    def light(self) -> Mapping[Element, Look]:
        """How each element looks, its own `style` alone."""
        return looks_of(self._rows)

    @cached_property
    def dark(self) -> Mapping[Element, Look]:
        """How each element looks on a dark screen, by the letter's own rules for it."""
        return looks_of(self._rows, self.dark_rules, self.found_by)

    @cached_property
    def _rows(self) -> tuple[Row, ...]:
        return rows_of(self.tree)

    @cached_property
    def own_texts(self) -> Mapping[Element, str]:
        """See `own_text`; of each element but the head."""
        return {element: own_text(element) for element in self.light}

    @cached_property
    def words(self) -> Mapping[Element, str]:
        """What can be read in each element itself; those without words are left out."""
        texts = self.own_texts.items()
        seen = ((e, seen_words(text)) for e, text in texts if e.tag not in _SILENT)
        return {element: words for element, words in seen if words}

    @cached_property
    def light_texts(self) -> Sequence[tuple[str, Look]]:
        """Each run of words that is seen, and how it looks."""
        return tuple(_texts(self.words, self.light))

    @cached_property
    def dark_texts(self) -> Sequence[tuple[str, Look]]:
        return tuple(_texts(self.words, self.dark))

    def found_by(self, selector: str) -> Sequence[Element]:
        """See `cascade.found_by`; looked for once."""
        if selector not in self._found:
            self._found[selector] = found_by(self.tree, selector)
        return self._found[selector]

    @cached_property
    def _found(self) -> dict[str, Sequence[Element]]:
        return {}


def pages_of(editions: Iterable[Edition], base_url: str) -> tuple[Page, ...]:
    """A page for each edition that a reader could tell from another: A/B subjects differ alone."""
    distinct: dict[tuple[Parts, Parts], Edition] = {}
    for edition in editions:
        distinct.setdefault((edition.html, edition.text), edition)
    return tuple(Page.of(edition, base_url) for edition in distinct.values())


def _values(edition: Edition, base_url: str) -> Iterator[tuple[str, str]]:
    for slot in edition.slots:
        if slot.context in {Context.URL, Context.TEXT_URL}:
            yield slot.name, f"{base_url}/u/{SAMPLE_TOKEN}"
        elif slot.default is None:
            yield slot.name, f"[{slot.name.removeprefix('subscriber.')}]"


def _for_outlook(match: re.Match[str]) -> str:
    return "" if match["test"].strip().startswith("!") else match["shown"]


def _is_element() -> object:
    from lxml import etree  # noqa: PLC0415 - as above

    return etree.Element


def _texts(
    words: Mapping[Element, str], looks: Mapping[Element, Look]
) -> Iterator[tuple[str, Look]]:
    for element, said in words.items():
        look = looks[element]
        if not look.hidden:
            yield said, look


def own_text(element: Element) -> str:
    """The text that stands in an element itself, not in those that it holds."""
    return " ".join([element.text or "", *[child.tail or "" for child in element]])


def words_in(element: Element) -> str:
    """What can be read in an element, in one line; `alt` texts are not among it."""
    return seen_words("".join(element.itertext(_is_element())))


def seen_words(text: str) -> str:
    """`text` in one line, without characters that nobody sees."""
    return " ".join((text if text.isascii() else _UNSEEN.sub("", text)).split())


def shown(element: Element) -> str:
    """An element as a message names it: its tag and its first words."""
    words = words_in(element)
    return (
        f"<{element.tag}> “{words[:40]}{'…' if len(words) > 40 else ''}”"
        if words
        else f"<{element.tag}>"
    )
