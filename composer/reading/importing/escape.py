"""Plain text as Markdown that says the same: what would be read as a mark is escaped."""

from __future__ import annotations

import re
import unicodedata

#: Turns of direction, byte order marks: what the reader of issues refuses, beside controls.
_UNSEEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffe\uffff")

#: A URL in running text, without the punctuation that ends its sentence.
_URL = re.compile(r"https?://[^\s<>()\[\]{}\\`*|\"'“”‘’]*[^\s<>()\[\]{}\\`*|\"'“”‘’.,;:!?…_]")
_STARS = re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]*[^\s*\\])\*(?![\w*])")
_UNDERLINES = re.compile(r"(?<![\w\\])_(?=[^\s_])([^_\n]*[^\s_\\])_(?!\w)")
_MARK = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~\n]|$)     # a backslash that would escape something
      | [`*{]
      | ~~ | (?<![^\W_])_ | _(?![^\W_])
      | \](?=[(\[:{])                 # the end of what would be a link
      | <(?=[A-Za-z/!?])
      | &(?=\#?\w+;)
    """,
    re.VERBOSE,
)
_LINE_START = re.compile(
    r"""(?: [-+](?=\s|$) | [-=]+\s*$ | \#{1,6}(?=\s|$) | > | :(?=[:-]) | ~(?=~)
      | \|(?=[\s:|-]) | -(?=[-\s:|]) )""",
    re.VERBOSE,
)
_NUMBERED = re.compile(r"(\d{1,9})([.)])(?=\s|$)")


def clean(text: str) -> tuple[str, int]:
    """NFC text with plain line ends, and how many characters were dropped.

    Control characters and marks that turn the direction of text are dropped: no reader
    sees them, and the reader of issues refuses them.
    """
    text = re.sub(r"\r\n?|[\f\v\u0085\u2028\u2029]", "\n", text).replace("\t", " ")
    kept = [c for c in text if c == "\n" or not _is_hidden(c)]
    return unicodedata.normalize("NFC", "".join(kept)), len(text) - len(kept)


def _is_hidden(c: str) -> bool:
    return unicodedata.category(c) in ("Cc", "Cs") or c in _UNSEEN or c >= "\U000f0000"


def prose(text: str, *, italics: bool = True, links: bool = True) -> str:
    """Inline text escaped; `*Name*` and `_Name_` stay italic and URLs become links when wanted."""
    pieces: list[str] = []
    at = 0
    for url in _URL.finditer(text) if links else ():
        pieces += [_with_italics(text[at : url.start()], italics=italics), f"<{url[0]}>"]
        at = url.end()
    pieces.append(_with_italics(text[at:], italics=italics))
    return "".join(pieces)


def _with_italics(text: str, *, italics: bool) -> str:
    if not italics:
        return _escaped(text)
    pieces: list[str] = []
    at = 0
    for match in sorted((*_STARS.finditer(text), *_UNDERLINES.finditer(text)), key=_start):
        if match.start() >= at:
            pieces += [_escaped(text[at : match.start()]), f"*{_escaped(match[1])}*"]
            at = match.end()
    return "".join((*pieces, _escaped(text[at:])))


def _start(match: re.Match[str]) -> int:
    return match.start()


def _escaped(text: str) -> str:
    return _MARK.sub(lambda m: "".join(f"\\{c}" for c in m[0]), text)


def lines(text: str) -> str:
    """Lines of a paragraph, escaped inside and at their starts; blanks at the ends go."""
    kept = (line.strip() for line in text.split("\n"))
    return "\n".join(line_start(prose(line)) for line in kept if line)


def line_start(line: str) -> str:
    """Escape what would make of a line a list, a heading, a quote, a fence or a table."""
    if numbered := _NUMBERED.match(line):
        return f"{numbered[1]}\\{line[numbered.end(1) :]}"
    if _LINE_START.match(line) and not line.startswith("\\"):
        return f"\\{line}"
    return line


def heading(text: str) -> str:
    """A heading's text on one line; closing `#` signs are text here."""
    line = " ".join(text.split())
    return re.sub(r"(#+)$", lambda m: "\\#" * len(m[0]), prose(line))
