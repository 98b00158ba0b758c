"""The words of an issue's file in their places: everything that is not text is hidden.

Most rules over what editors write need a line and a column for a word, and the change that
`--fix` makes needs the very character. So they look at the file itself, of which code, links'
targets, expressions, comments and marks are replaced, character by character, by one that no
issue can hold.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from composer.model.issue import Block, CodeBlock, Position

HIDDEN = "\x00"  #: neither a word nor a space; reading refuses it in an issue

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?^(?:---|\.\.\.)[ \t]*$\n?", re.MULTILINE | re.DOTALL)
#: What readers see of the front matter, without the quotation marks around it.
_SHOWN = re.compile(
    r"^(?:title|subject|preheader)[ \t]*:[ \t]*(?P<of_key>[^\n]*)"
    r"|^[ \t]+\w+[ \t]*:[ \t]*(?P<of_variant>[^\n]*)",
    re.MULTILINE,
)
#: From left to right, the first that fits; all of them stay within bounds on hostile text.
_NOT_PROSE = re.compile(
    r"""
      ^[ ]{0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^[ ]{0,3}(?P=fence)[`~]*[ \t]*$|\Z)
    | <!--.*?-->
    | \\[!-/:-@\[-`{-~]
    | (?<!`)(?P<ticks>`+)(?!`)[^\n]{1,500}?(?<!`)(?P=ticks)(?!`)
    | \{\{[^\n]{0,500}?\}\}
    | \{[%\#][^\n]{0,500}?[%\#]\}
    | \]\((?:[^()\n\\]|\\.|\([^()\n]{0,200}\)){0,2000}\)
    | \]\[[^\[\]\n]{0,200}\]
    | ^[ ]{0,3}\[[^\]\n]{1,200}\]:[^\n]*
    | <[^<>\s]{1,2000}>
    | \b(?:https?://|www\.|mailto:)[^\s<>]+
    | [\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+
    | \{[.\#\w][^{}\n]{0,200}\}
    | ^[ \t>]*:::[^\n]*
    | ^[ \t>]*\|?[ \t:|-]{3,}$
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_FENCE = re.compile(r"`{3,}|~{3,}")
_SEEN = re.compile(r"[^\n]+")


def hidden(text: str) -> str:
    """As long as `text`, with its lines where they were, and nothing to be seen."""
    return _SEEN.sub(lambda found: HIDDEN * len(found[0]), text)


class Prose:
    """`text` is as long as `source`; `body` is where the front matter ends in both."""

    def __init__(self, source: str, code: Sequence[Block] = ()) -> None:
        self.source = source
        self._starts = [0, *(found.end() for found in re.finditer("\n", source))]
        front = _FRONT_MATTER.match(source)
        self.body = front.end() if front else 0
        text = _head(source[: self.body]) + self._without_code(source, code)[self.body :]
        self.text = text[: self.body] + _NOT_PROSE.sub(
            lambda found: hidden(found[0]), text[self.body :]
        )

    def at(self, offset: int) -> Position:
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def offset(self, at: Position) -> int:
        """The offset of the character that stands at `at`."""
        line = min(at.line, len(self._starts))
        return min(self._starts[line - 1] + at.column - 1, len(self.source))

    def line_of(self, offset: int) -> str:
        """The line of the text that holds `offset`."""
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        return self.text[start : end if end >= 0 else len(self.text)]

    def find(self, words: str, after: Position, within: int = 2_000) -> Position:
        """Where `words` stand in the file after `after`; `after` when they do not."""
        start = self.offset(after)
        found = self.source.find(words, start, start + within)
        return self.at(found) if words and found >= 0 else after

    def matches(self, pattern: re.Pattern[str], *, front: bool = False) -> Iterator[re.Match[str]]:
        """Where `pattern` fits the text; with `front`, subject, title and preheader as well."""
        return pattern.finditer(self.text, 0 if front else self.body)

    def _without_code(self, source: str, blocks: Sequence[Block]) -> str:
        """Code that is indented can only be told from a list's text by who read it."""
        for block in blocks:
            if isinstance(block, CodeBlock) and block.at.line <= len(self._starts):
                last = min(block.at.line + block.text.count("\n"), len(self._starts) - 1)
                start, end = self._starts[block.at.line - 1], self._starts[last]
                if _FENCE.search(
                    source[start : start + 200].partition("\n")[0]
                ):  # it ends with its fence
                    closed = _FENCE.search(source, end)
                    end = closed.end() if closed else len(source)
                source = source[:start] + hidden(source[start:end]) + source[end:]
        return source


def _head(front: str) -> str:
    """The front matter, of which only subject, title and preheader are to be seen."""
    parts = list(hidden(front))
    for found in _SHOWN.finditer(front):
        group = "of_key" if found["of_key"] is not None else "of_variant"
        shown = _NOT_PROSE.sub(lambda m: hidden(m[0]), found[group].rstrip())
        bare = shown.strip("\"'")
        start = found.start(group) + shown.find(bare)
        parts[start : start + len(bare)] = bare
    return "".join(parts)
