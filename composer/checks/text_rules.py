"""Does the text variant say what the HTML says, in lines that mail can carry?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.page import Page, seen_words
from composer.checks.tags import Element
from composer.model.finding import Severity

#: RFC 5322, 2.1.1: what a line should have at most, and what it may have.
LINE_CHARS, LINE_BYTES = 78, 998

_BLOCKS = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "div", "blockquote", "pre", "ul",
    "ol", "table", "tr", "tbody", "thead", "body", "section", "article", "center", "figure",
})  # fmt: skip
#: Unicode's EastAsianWidth.txt: nothing before it is wide.
_WIDEST_NARROW = "\u1100"
_FOOTER = re.compile(r"^-{60,}$", re.MULTILINE)
_WORD = re.compile(r"\w+")
_SPACES = re.compile(r"\s+")
#: Numbers of links in brackets, addresses, and rules drawn with signs.
_NOTES = re.compile(r"\[\d+\]|<?https?://[^\s>]+>?")
_PIECE = re.compile(r"(?<=[.!?…])\s+|\s[·|•—]\s|\n")
#: A date line has its parts in another order, and is no other sentence for that.
_CLAUSE = re.compile(r"[,;:()]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
#: Shorter pieces are too often a label that one variant words otherwise.
_FEW = 6


def parity(examined: Examined) -> Iterator[Remark]:
    """Who reads the text variant reads the same letter, and filters compare the two."""
    for page in examined.pages:
        said = _Said(f" {' '.join(_words_of(_NOTES.sub(' ', page.text).split(chr(10))))} ")
        for piece in dict.fromkeys(_pieces(page)):
            if not (_is_said(piece, said) or all(_is_said(p, said) for p in _CLAUSE.split(piece))):
                path, at = examined.where(piece)
                hint = "the text is written from the issue: say it there, or not in the template"
                yield Remark(f"the text variant does not say “{piece[:70]}”", hint, at, path)
        links = _Said(page.text)
        for target in dict.fromkeys(_targets(page)):
            if not links.has(target):
                path, at = examined.where(target)
                hint = "the text is written from the issue: link to it there"
                yield Remark(f"the text variant has no link to {target[:70]}", hint, at, path)
        yield from _only_in_text(examined, page)


class _Said:
    """A text that is asked for one piece after the other, mostly in its own order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def has(self, piece: str) -> bool:
        """Whether `piece` is in it; looked for first behind what was found last."""
        found = self._text.find(piece, self._at)
        if found < 0:
            found = self._text.find(piece, 0, self._at + len(piece))
        self._at = max(found, 0) or self._at
        return found >= 0


def _is_said(piece: str, said: _Said) -> bool:
    words = _words(_NOTES.sub(" ", piece))  # an address in the text is not in `said` either
    return not words or said.has(f" {' '.join(words)} ")


@lru_cache(maxsize=4096)  # the editions of an issue share most of their sentences
def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text).casefold())


def _words_of(texts: Iterable[str]) -> Iterator[str]:
    """Of a whole letter, text by text: no two letters are the same, but much of them is."""
    return chain.from_iterable(map(_words, texts))


def _pieces(page: Page) -> Iterator[str]:
    """The sentences of each block, as they are seen."""
    for element, look in page.light.items():
        if element.tag not in _BLOCKS or look.hidden or _is_frame(page, element):
            continue
        for run in _runs(page, element):
            if run.isspace():
                continue
            for piece in _PIECE.split(run):
                shown = seen_words(piece)
                if _words(shown):
                    yield shown


def _is_frame(page: Page, element: Element) -> bool:
    """Whether an element only holds other blocks, as most cells of a layout do."""
    text = page.own_texts[element]
    return (not text or text.isspace()) and all(c.tag in _BLOCKS or c.tag == "br" for c in element)


def _runs(page: Page, element: Element) -> Iterator[str]:
    """The text of a block, without the blocks that it holds: those are runs of their own."""
    # Links often stand side by side with nothing between them.
    if not len(element):
        yield _in_line(element.text)
        return
    edge = "" if _WORD.search(page.own_texts[element]) else "\n"
    pieces = [_in_line(element.text)]
    for child in element:
        if child.tag in _BLOCKS or child.tag == "br":
            yield "".join(pieces)
            pieces = []
        elif isinstance(child.tag, str) and child.tag not in {"style", "script"}:
            pieces.append(edge + _in_line("".join(child.itertext())))
        pieces.append(_in_line(child.tail))
    yield "".join(pieces)


def _in_line(text: str | None) -> str:
    return _SPACES.sub(" ", text) if text else ""


def _targets(page: Page) -> Iterator[str]:
    for link in page.every("a"):
        target = link.get("href", "")
        if target.startswith(("https://", "http://")):
            yield target
        elif target.startswith("mailto:"):
            yield target.removeprefix("mailto:").partition("?")[0]


def _only_in_text(examined: Examined, page: Page) -> Iterator[Remark]:
    """A paragraph of the text of which the HTML knows less than half.

    Masthead and footer are each template's own affair.
    """
    seen = [page.own_texts[e] for e, look in page.light.items() if not look.hidden]
    alts = [image.get("alt", "") for image in page.every("img")]
    known = set(_words_of((*seen, *alts)))
    body = _FOOTER.split(page.text)[0]
    for paragraph in re.split(r"\n\s*\n", body)[1:]:
        words = _words(_NOTES.sub(" ", paragraph))
        if len(words) >= _FEW and sum(word in known for word in words) * 2 < len(words):
            path, at = examined.where()
            first = " ".join(paragraph.split())[:70]
            yield Remark(
                f"only the text variant says “{first}”", "show it in the template", at, path
            )


def line_length(examined: Examined) -> Iterator[Remark]:
    """Longer lines are broken by each program in its own way, very long ones are refused."""
    for page in examined.pages:
        for line in page.text.split("\n"):
            size = len(line.encode())
            if size > LINE_BYTES:
                message = f"a line of the text variant has {size:,} bytes: “{line[:40]}…”"
                hint = f"mail carries {LINE_BYTES}; break the word, or shorten the address"
                yield Remark(message, hint, severity=Severity.ERROR)
            elif _columns(line) > LINE_CHARS and "://" not in line and "@" not in line:
                message = (
                    f"a line of the text variant is {_columns(line)} columns wide: “{line[:40]}…”"
                )
                yield Remark(message, f"at most {LINE_CHARS}", examined.where(line.strip())[1])


def _columns(line: str) -> int:
    if line.isascii() or max(line) < _WIDEST_NARROW:
        return len(line)
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in line)


def trailing_spaces(examined: Examined) -> Iterator[Remark]:
    """In mail they mean that the line goes on (RFC 3676), and they must be encoded."""
    for page in examined.pages:
        lines = [
            line for line in page.text.split("\n") if line != line.rstrip(" \t") and line != "-- "
        ]
        if lines:
            more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
            message = f"a line of the text variant ends in spaces: “{lines[0].strip()[:40]}”{more}"
            yield Remark(message, "please report it with the issue")


def unprintable(examined: Examined) -> Iterator[Remark]:
    """Programs show boxes for them, and some servers refuse them."""
    for page in examined.pages:
        found = sorted({f"U+{ord(char):04X}" for char in _CONTROL.findall(page.text)})
        if found:
            message = f"the text variant holds {', '.join(found)}"
            yield Remark(message, "delete them from the issue or its settings")


_E, _W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule("text/parity", _W, "something that only one variant says", parity),
    Rule(
        "text/line-length",
        _W,
        "lines too long for plain text (an error from 998 bytes)",
        line_length,
    ),
    Rule("text/trailing-spaces", _W, "spaces at the ends of lines", trailing_spaces),
    Rule("text/unprintable", _E, "control characters in the text variant", unprintable),
)
