"""Tokens inside a paragraph, heading or cell become inlines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from composer.model.issue import (
    Code,
    Emphasis,
    Expression,
    Inline,
    LineBreak,
    Link,
    Position,
    Strong,
    Text,
)
from composer.reading.desk import Desk, nfc
from composer.reading.spots import Spots
from composer.reading.targets import read_target

MAX_DEPTH = 50
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")

#: The Markdown for the tags that people know.
INSTEAD = {
    "b": "**bold**",
    "strong": "**bold**",
    "i": "*italic*",
    "em": "*italic*",
    "a": "[text](https://…)",
    "img": "![what it shows](images/file.png)",
    "br": r"a \ at the end of the line",
    "p": "an empty line between paragraphs",
    "hr": "--- between empty lines",
    "code": "`code`",
    "pre": "``` on lines around the code",
    "blockquote": "> before each line",
    "ul": "- before each item",
    "ol": "1. before each item",
    "li": "- before each item",
    "table": "| a | b | with |---|---| below the first row",
    "aside": ":::note and ::: on lines around it",
    "button": "[words](https://…){.button}",
    **{f"h{n}": f"{'#' * max(n, 2)} heading" for n in range(1, 7)},
}


@dataclass(slots=True)
class _Open:
    """An element that is being read: what opened it, and what it holds so far."""

    token: Token | None
    children: list[Inline] = field(default_factory=list)
    words: list[str] = field(default_factory=list)  #: of the text that is being read

    def add(self, inline: Inline) -> None:
        self.end_text()
        self.children.append(inline)

    def end_text(self) -> None:
        if text := nfc("".join(self.words)):
            self.children.append(Text(text))
        self.words.clear()


def read_inlines(desk: Desk, tokens: Sequence[Token], spots: Spots) -> tuple[Inline, ...]:
    """Everything that `tokens` say, neighbouring texts as one, without space at the ends."""
    reader = _Reader(desk, spots)
    for token in tokens:
        reader.take(token)
    while len(reader.open) > 1:  # what lies too deep was left open
        reader.close()
    reader.open[0].end_text()
    return trimmed(reader.open[0].children)


def trimmed(children: Sequence[Inline]) -> tuple[Inline, ...]:
    """Without space or breaks at the ends."""
    kept = list(children)
    while kept and _is_space(kept[-1]):
        kept.pop()
    while kept and _is_space(kept[0]):
        kept.pop(0)
    if kept and isinstance(kept[-1], Text):
        kept[-1] = Text(kept[-1].text.rstrip(" \n\t"))
    if kept and isinstance(kept[0], Text):
        kept[0] = Text(kept[0].text.lstrip(" \n\t"))
    return tuple(kept)


def _is_space(inline: Inline) -> bool:
    return isinstance(inline, LineBreak) or (
        isinstance(inline, Text) and not inline.text.strip(" \n\t")
    )


def place_of(token: Token, spots: Spots) -> Position:
    at: int = token.meta.get("at", 0)
    return spots.at(at)


class _Reader:
    def __init__(self, desk: Desk, spots: Spots) -> None:
        self.desk = desk
        self.spots = spots
        self.open = [_Open(None)]
        self.too_deep = 0  #: how many open elements are not read
        self.takes: dict[str, Callable[[Token], None]] = {
            "text": self.text,
            "text_special": self.text,
            "softbreak": lambda _: self.open[-1].words.append(" "),
            "hardbreak": lambda _: self.add(LineBreak()),
            "code_inline": lambda token: self.add(Code(self.code(token))),
            "html_inline": self.html,
            "image": self.image,
            "attributes": self.attributes,
            "open_comment": self.open_comment,
        }

    def take(self, token: Token) -> None:
        if token.nesting > 0:
            self.begin(token)
        elif token.nesting < 0 and self.too_deep:
            self.too_deep -= 1
        elif token.nesting < 0:
            self.close()
        else:
            self.takes[token.type](token)

    def begin(self, token: Token) -> None:
        if len(self.open) <= MAX_DEPTH:
            self.open.append(_Open(token))
            return
        self.too_deep += 1
        self.desk.findings.error(
            "text/too-deep",
            self.spots.at(0),
            f"emphasis is nested more than {MAX_DEPTH} deep here",
            "a star that is meant as a star is written \\*",
        )

    def close(self) -> None:
        done = self.open.pop()
        done.end_text()
        token = done.token
        if token is None:
            self.open.append(done)
        elif token.type == "link_open":
            self.add(self.link(token, tuple(done.children)))
        elif done.children:
            kind = Strong if token.type == "strong_open" else Emphasis
            self.add(kind(tuple(done.children)))

    def add(self, inline: Inline) -> None:
        self.open[-1].add(inline)

    def text(self, token: Token) -> None:
        for piece in self.desk.marks.pieces(token.content):
            if isinstance(piece, str):
                self.open[-1].words.append(piece.replace("\n", " "))
            elif (expression := self.desk.expression(piece)) is not None:
                self.add(expression)

    def code(self, token: Token) -> str:
        return nfc(self.desk.marks.restore(token.content))

    def link(self, token: Token, children: tuple[Inline, ...]) -> Link:
        at = place_of(token, self.spots)
        href = str(token.attrs.get("href", ""))
        target = read_target(self.desk, href, at)
        title = self.desk.literal(str(token.attrs.get("title", "")), "a link's title")
        return Link(target, children, title, at)

    def html(self, token: Token) -> None:
        if not token.content.startswith("<!--"):
            refuse_html(self.desk, token.content, place_of(token, self.spots))

    def open_comment(self, token: Token) -> None:
        hint = "end it with -->, in the same paragraph or on a line of its own"
        at = place_of(token, self.spots)
        self.desk.findings.error("html/open-comment", at, "the comment is not closed", hint)

    def image(self, token: Token) -> None:
        self.desk.findings.error(
            "image/inline",
            place_of(token, self.spots),
            "the image stands amid text",
            "put it in a paragraph of its own, with an empty line before and after",
        )

    def attributes(self, token: Token) -> None:
        at = place_of(token, self.spots)
        written = self.desk.marks.restore(token.content)
        if re.fullmatch(r"\{\s*\.button\s*\}", written):
            hint = "put the link in a paragraph of its own, with an empty line before and after"
            self.desk.findings.error("button/inline", at, "the button stands amid text", hint)
            return
        hint = "{.button} goes behind a link and {width=560} behind an image; text writes \\{"
        self.desk.findings.error(
            "attributes/unknown", at, f"{written[:60]} has no meaning here", hint
        )


def refuse_html(desk: Desk, html: str, at: Position) -> None:
    """Tell of HTML, with the Markdown that does it; of a pair of tags once."""
    tag = _TAG.match(html)
    name = tag[1].lower() if tag else ""
    if html.startswith("</") and desk.open_tags[name] > 0:
        desk.open_tags[name] -= 1
        return
    if not html.startswith("</"):
        desk.open_tags[name] += 1
    plainer = "write Markdown; the template does the rest"
    hint = f"write {INSTEAD[name]}" if name in INSTEAD else plainer
    desk.findings.error("html/refused", at, f"HTML is not part of an issue: {html[:40]}", hint)


def words_of(children: Sequence[Inline]) -> str:
    """What a reader reads, for names: expressions are left out."""
    words = []
    waiting = list(reversed(children))
    while waiting:
        match waiting.pop():
            case Text() | Code() as literal:
                words.append(literal.text)
            case LineBreak():
                words.append(" ")
            case Emphasis() | Strong() | Link() as holder:
                waiting += reversed(holder.children)
            case Expression():
                pass
    return " ".join("".join(words).split())
