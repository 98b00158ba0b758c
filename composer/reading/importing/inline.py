"""A run of HTML text on its way to Markdown: text, marks of emphasis, and finished pieces."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from composer.reading.importing import escape

# Control characters: clean text has none, so they can stand for marks.
BOLD, UNBOLD, ITALIC, UNITALIC, BREAK = "\x01", "\x02", "\x03", "\x04", "\x05"
_PIECE = re.compile("\x06(\\d+)\x07")
_TOKENS = re.compile("([\x01-\x05]|\x06\\d+\x07)")
_OPEN_THEN_BLANK = re.compile("([\x01\x03]+)([\\s\x05]+)")
_BLANK_THEN_CLOSE = re.compile("([\\s\x05]+)([\x02\x04]+)")
_EMPTY = re.compile("\x01\x02|\x03\x04|\x02\x01|\x04\x03")
_SIGNS = r"[^\w\s\x01-\x07]{1,9}"
_SIGN_THEN_CLOSE = re.compile(f"({_SIGNS})([\x02\x04]+)(?=\\w)")
_OPEN_THEN_SIGN = re.compile(f"(?<=\\w)([\x01\x03]+)({_SIGNS})")
_MARKS = {BOLD: "**", UNBOLD: "**", ITALIC: "*", UNITALIC: "*"}


@dataclass(slots=True)
class Run:
    """Raw text with marks; `pieces` are Markdown that is finished: links and code."""

    raw: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    buttons: set[int] = field(default_factory=set)

    def add(self, markdown: str, *, button: bool = False) -> None:
        if button:
            self.buttons.add(len(self.pieces))
        self.raw.append(f"\x06{len(self.pieces)}\x07")
        self.pieces.append(markdown)

    @property
    def text(self) -> str:
        """The raw text, tidied: single blanks, emphasis that Markdown will see as such."""
        raw = re.sub(r"[ \n\t]+|\u00a0{2,}", " ", "".join(self.raw))
        before = ""
        while before != raw:
            before = raw
            raw = _OPEN_THEN_BLANK.sub(r"\2\1", _BLANK_THEN_CLOSE.sub(r"\2\1", raw))
            raw = _OPEN_THEN_SIGN.sub(r"\2\1", _SIGN_THEN_CLOSE.sub(r"\2\1", raw))
            raw = _EMPTY.sub("", raw)
        raw = re.sub(" *\x05 *", BREAK, re.sub(" {2,}", " ", raw))
        return raw.strip(f" {BREAK}")

    def markdown(self, *, one_line: bool = False, links: bool = True) -> str:
        """Markdown: lines of a paragraph, or one line for a heading, a cell or a link's text."""
        text = self.text
        whole = _PIECE.fullmatch(text)
        if whole and int(whole[1]) in self.buttons:
            return f"{self.pieces[int(whole[1])]}{{.button}}"
        if one_line:
            return self._line(text.replace(BREAK, " "), links=links)
        made = [self._line(part, links=links) for part in text.split(BREAK)]
        return "\\\n".join(escape.line_start(line) for line in made if line)

    def _line(self, text: str, *, links: bool) -> str:
        made: list[str] = []
        for token in _TOKENS.split(text):
            piece = _PIECE.fullmatch(token)
            if piece:
                if made and made[-1].endswith("!"):
                    made[-1] = f"{made[-1][:-1]}\\!"
                made.append(self.pieces[int(piece[1])])
            elif token in _MARKS:
                made.append(_MARKS[token])
            elif token:
                made.append(escape.prose(token, italics=False, links=links))
        return "".join(made).strip()
