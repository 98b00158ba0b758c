"""A walk through HTML that collects blocks of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from composer.reading.importing import escape
from composer.reading.importing.imported import Draft
from composer.reading.importing.inline import BOLD, BREAK, ITALIC, UNBOLD, UNITALIC, Run
from composer.reading.importing.tags import (
    Element,
    code_span,
    encoded,
    is_data,
    is_dot,
    is_hidden,
    link_target,
    side_of,
)

#: Starts a block that is a heading: the level follows, then its text.
HEADING = "\x08"

_SILENT = frozenset({"script", "style", "head", "title", "meta", "link", "base", "template"})
_FOREIGN = frozenset({"svg", "math", "object", "iframe", "form", "video", "audio", "canvas", "map"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_INLINE_TAGS = """
a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp
small span strike strong sub sup time tt u var wbr
"""
_INLINE = frozenset(_INLINE_TAGS.split())
_EMPHASIS = {
    "b": (BOLD, UNBOLD),
    "strong": (BOLD, UNBOLD),
    "i": (ITALIC, UNITALIC),
    "em": (ITALIC, UNITALIC),
    "cite": (ITALIC, UNITALIC),
}
_BUTTON = re.compile(r"\b(?:button|btn|cta)\b", re.IGNORECASE)
_COMMENT_OF_OUTLOOK = re.compile(r"\s*(?:\[if\b|<!\[endif)", re.IGNORECASE)


class Walker:
    """Blocks so far, and the run of text that is being collected."""

    def __init__(self, draft: Draft, *, nested: bool = False) -> None:
        self.draft = draft
        self.nested = nested  #: inside a list, quote or cell, where no section can open
        self.blocks: list[str] = []
        self.run = Run()
        self.images: list[str] = []
        self.flat = 0  #: how many elements around us want one line
        self.inside: list[str] = []
        self.named = False  #: whether the heading that became the title was met

    # --- text -------------------------------------------------------------------------

    def text(self, text: str | None) -> None:
        if text:
            self.run.raw.append(escape.clean(text)[0])

    def flow(self, element: Element) -> None:
        """What is in an element, in order."""
        self.text(element.text)
        for child in element:
            self.node(child)
            self.text(child.tail)

    def flush(self) -> None:
        """End a block."""
        if self.flat:
            self.run.raw.append(BREAK)
            return
        if made := self.run.markdown():
            self.blocks.append(made)
        self.blocks += self.images
        self.run, self.images = Run(), []

    def one_line(self, element: Element) -> Run:
        """The content of an element as one run."""
        outer, self.run = self.run, Run()
        self.flat += 1
        self.flow(element)
        self.flat -= 1
        made, self.run = self.run, outer
        return made

    # --- elements ---------------------------------------------------------------------

    def node(self, element: Element) -> None:
        if not isinstance(element.tag, str):
            self._comment(element)
        elif element.tag in _SILENT:
            return
        elif is_hidden(element):
            self._hidden(element)
        elif element.tag in _FOREIGN:
            words = "".join(element.itertext())
            self._leave(element, words or f"<{element.tag}>", "an issue has no such element")
        elif element.tag in _INLINE:
            self._inline(element)
        elif element.tag in ("br", "img"):
            self._void(element)
        else:
            self.flush()
            self._block(element)
            self.flush()

    def _inline(self, element: Element) -> None:
        tag = element.tag
        if tag == "a":
            self._link(element)
        elif tag in ("code", "kbd", "samp", "tt") and not len(element) and element.text:
            self.run.add(code_span(" ".join(escape.clean(element.text)[0].split())))
        elif tag in _EMPHASIS and _EMPHASIS[tag][0] not in self.inside:
            start, end = _EMPHASIS[tag]
            self.inside.append(start)
            self.run.raw.append(start)
            self.flow(element)
            self.run.raw.append(end)
            self.inside.pop()
        else:
            self.flow(element)

    def _void(self, element: Element) -> None:
        if element.tag == "br":
            self.run.raw.append(BREAK)
        elif image := self._image(element):
            self.images.append(image)

    def _block(self, element: Element) -> None:
        tag = element.tag
        if self.flat:
            self.flow(element)
        elif tag in _HEADINGS:
            self._heading(element)
        elif tag in ("ul", "ol"):
            self._list(element)
        elif tag == "blockquote":
            inner = "\n\n".join(self._inner(element))
            self.blocks += [
                re.sub(r"^(?=.)", "> ", inner, flags=re.MULTILINE).replace("\n\n", "\n>\n")
            ]
        elif tag == "pre":
            self._code_block(element)
        elif tag == "hr":
            self.blocks.append("***")
        elif tag == "table" and is_data(element):
            self._table(element)
        else:
            self.flow(element)

    def _inner(self, element: Element) -> list[str]:
        walker = Walker(self.draft, nested=True)
        walker.flow(element)
        walker.flush()
        return walker.blocks

    def _heading(self, element: Element) -> None:
        made = self.one_line(element).markdown(one_line=True)
        made = re.sub(r"(#+)$", lambda m: "\\#" * len(m[0]), made)
        plain = " ".join("".join(element.itertext()).split())
        if not made:
            return
        if self.nested:
            self.blocks.append(f"**{made}**")
        elif element.tag == "h1" and plain == self.draft.title and not self.named:
            self.named = True
        else:
            self.blocks.append(f"{HEADING}{max(2, int(element.tag[1]))}{made}")

    def _list(self, element: Element) -> None:
        start = element.get("start") or "1"
        number = int(start) if start.isdigit() and len(start) < 9 else 1
        items = []
        for blocks in self._items(element):
            mark = f"{number}. " if element.tag == "ol" else "- "
            body = blocks[0] + "".join(
                ("\n" if re.match(r"- |\d+\. ", block) else "\n\n") + block for block in blocks[1:]
            )
            items.append(mark + body.replace("\n", "\n" + " " * len(mark)))
            number += 1
        loose = any("\n\n" in item for item in items)
        made = ("\n\n" if loose else "\n").join(items)
        self.blocks += [re.sub(r"^ +$", "", made, flags=re.MULTILINE)] if items else []

    def _items(self, element: Element) -> Iterator[list[str]]:
        """The blocks of each item; words that stand between items are items too."""
        loose = [element.text]
        for child in element:
            if isinstance(child.tag, str) and (blocks := self._inner(child)):
                yield blocks
            loose.append(child.tail)
        for text in loose:
            run = Run([escape.clean(text or "")[0]])
            if made := run.markdown():
                yield [made]

    def _code_block(self, element: Element) -> None:
        code = escape.clean("".join(element.itertext()))[0].strip("\n")
        longest = max((len(m) for m in re.findall("`+", code)), default=0)
        fence = "`" * max(3, longest + 1)
        if code.strip():
            self.blocks.append(f"{fence}\n{code}\n{fence}")

    def _table(self, element: Element) -> None:
        rows = [
            [cell for cell in row if cell.tag in ("td", "th")]
            for row in element.iter("tr")
            if any(cell.tag in ("td", "th") for cell in row)
        ]
        width = max(map(len, rows))
        lines = []
        for row in rows:
            cells = [self._cell(cell) for cell in row] + [""] * (width - len(row))
            lines.append(f"| {' | '.join(cells)} |")
        sides = [*map(side_of, rows[-1]), *["---"] * (width - len(rows[-1]))]
        caption = element.find("caption")
        if caption is not None and (made := self.one_line(caption).markdown(one_line=True)):
            self.blocks.append(made)
        self.blocks.append("\n".join((lines[0], f"|{'|'.join(sides)}|", *lines[1:])))

    def _cell(self, cell: Element) -> str:
        return self.one_line(cell).markdown(one_line=True).replace("|", "\\|")

    # --- links and pictures -----------------------------------------------------------

    def _link(self, element: Element) -> None:
        target = link_target(element.get("href") or "")
        pictures, self.images = self.images, []
        run = self.one_line(element)
        label = run.markdown(one_line=True, links=False)
        mine, self.images = self.images, pictures
        if not target:
            href = element.get("href")
            self.run.raw += run.raw if not run.pieces else []
            if run.pieces:
                self.run.add(label)
            self.images += mine
            self._leave(element, href or "", "a link that leads nowhere by mail")
            return
        self.images += [f"[{image.partition('{')[0]}]({target})" for image in mine]
        if label:
            self._add_link(element, run, label, target)
        elif not mine:
            self._leave(element, target, "a link without a word")

    def _add_link(self, element: Element, run: Run, label: str, target: str) -> None:
        raw = "".join(run.raw)
        if raw[:1].isspace():
            self.run.raw.append(" ")
        style = f"{element.get('class') or ''} {element.get('role') or ''}"
        self.run.add(f"[{label}]({target})", button=bool(_BUTTON.search(style)))
        if raw[-1:].isspace():
            self.run.raw.append(" ")

    def _image(self, element: Element) -> str:
        """An image as Markdown; `""` when it was left out."""
        source = (element.get("src") or "").strip()
        scheme = urlsplit(source).scheme if ":" in source[:12] else ""
        alt = " ".join(escape.clean(element.get("alt") or "")[0].split())
        if is_dot(element) or scheme not in ("", "http", "https") or not source:
            what = f"{source[:40]} {alt}" if scheme else f"{source} {alt}"
            why = (
                "it shows nothing" if is_dot(element) or not source else "not a picture on the web"
            )
            self._leave(element, what, why)
            return ""
        if not scheme:
            self.draft.pictures.append(source)
        words = (
            escape.prose(alt, italics=False, links=False).replace("[", "\\[").replace("]", "\\]")
        )
        words = words.replace("\\\\]", "\\]")
        width = element.get("width") or ""
        size = f"{{width={width}}}" if width.isdigit() and 16 <= int(width[:6]) <= 2000 else ""
        return f"![{words}]({encoded(source)}){size}"

    # --- what is left out -------------------------------------------------------------

    def _leave(self, element: Element, text: str, why: str) -> None:
        self.draft.leave(element.sourceline or 1, escape.clean(text)[0], why)

    def _comment(self, element: Element) -> None:
        text = element.text or ""
        if not _COMMENT_OF_OUTLOOK.match(text):
            self._leave(element, text, "a comment")

    def _hidden(self, element: Element) -> None:
        text = " ".join(escape.clean("".join(element.itertext()))[0].split())
        if not self.draft.preheader and not self.blocks and 0 < len(text) <= 400:
            self.draft.preheader = text
        else:
            self._leave(element, text, "it is hidden")
