"""CommonMark with tables, fences (`:::`) and attributes (`{.button}`), as tokens with places."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from functools import cache
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

#: Lists count twice, as list and as item.
MAX_LEVEL = 100

FENCE = re.compile(r"(:{3,})[ \t]*(.*)")
_ATTRIBUTE = r"""(?:[.\#][\w-]+|[\w-]+=(?:"[^"\n]*"|[^\s{}"]+))"""
_ATTRIBUTES = re.compile(rf"\{{[ \t]*{_ATTRIBUTE}(?:[ \t]+{_ATTRIBUTE})*[ \t]*\}}")
#: Whatever an inline rule may begin with.
_MARKUP = re.compile(r"[\\`*_\[\]<&{}!\n]")
_BRACES = re.compile(r"\{[^{}\n]*\}")


class _Markdown(MarkdownIt):
    """Keeps targets as they are written: `targets.py` judges them."""

    def validateLink(self, _url: str) -> bool:  # noqa: N802  (the name is markdown-it's)
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802  (the name is markdown-it's)
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802  (the name is markdown-it's)
        return link


class _PlacedState(StateInline):
    """Notes in each token where the parser stood when it made it."""

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        # A link's token is made when the parser stands behind the bracket.
        bracket = ttype == "link_open" and self.src[self.pos] != "<"
        token.meta["at"] = self.pos - 1 if bracket else self.pos
        return token


class _PlacedInline(ParserInline):
    def parse(
        self, src: str, md: MarkdownIt, env: MutableMapping[str, Any], tokens: list[Token]
    ) -> list[Token]:
        state = _PlacedState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def _note_place(state: StateBlock, line: int, _end: int, silent: bool) -> bool:
    """Matches nothing: notes where the block begins whose first token comes next."""
    if not silent:
        offset = state.bMarks[line] + state.tShift[line]
        state.env["places"][len(state.tokens)] = (line, offset)
        if state.level >= MAX_LEVEL:
            state.env.setdefault("too_deep", offset)
    return False


def _fence(state: StateBlock, line: int, _end: int, silent: bool) -> bool:
    """`:::note`, `:::only …` and `:::`, each a token of its own; `nested.py` pairs them."""
    if state.is_code_block(line):
        return False
    start = state.bMarks[line] + state.tShift[line]
    found = FENCE.match(state.src, start, state.eMarks[line])
    if found and not silent:
        token = state.push("fence_mark", "", 0)
        token.markup, token.info = found[1], found[2].strip()
        state.line = line + 1
    return found is not None


def _comment(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """`<!-- … -->` on lines of its own, which may be empty: dropped."""
    start = state.bMarks[line] + state.tShift[line]
    if not state.src.startswith("<!--", start) or state.is_code_block(line):
        return False
    last = state.env["last_comment_end"]
    close = state.src.find("-->", start + 4) if last > start else -1
    if close < 0:
        return False
    line_end = state.src.find("\n", close)
    rest = state.src[close + 3 : line_end if line_end >= 0 else len(state.src)]
    closing = line + state.src.count("\n", start, close)
    if rest.strip() or closing >= end:
        return False
    if not silent:
        state.line = closing + 1
    return True


def _open_comment(state: StateInline, silent: bool) -> bool:
    """A `<!--` that `html_inline` found no end for."""
    found = state.src.startswith("<!--", state.pos)
    if found and not silent:
        state.push("open_comment", "", 0)
    if found:
        state.pos += 4
    return found


def _attributes(state: StateInline, silent: bool) -> bool:
    """`{.button}` behind a link, `{width=560}` behind an image; told where they do not belong."""
    if state.src[state.pos] != "{":
        return False
    behind = not state.pending and bool(state.tokens) and state.tokens[-1].type in _BEARERS
    found = (_BRACES if behind else _ATTRIBUTES).match(state.src, state.pos)
    if found and not silent:
        token = state.push("attributes", "", 0)
        token.content = found[0]
    if found:
        state.pos = found.end()
    return found is not None


#: The blocks that a fence or comment on the next line ends.
_ENDED = ["paragraph", "reference", "blockquote", "list"]
_BEARERS = ("link_close", "image")


@cache
def _parser() -> MarkdownIt:
    md = _Markdown("commonmark", {"maxNesting": MAX_LEVEL + 1}).enable("table")
    md.disable("html_block")
    md.inline = _PlacedInline()
    md.inline.ruler.disable(["linkify", "strikethrough"])
    md.inline.ruler2.disable(["strikethrough"])
    md.inline.ruler.before("link", "attributes", _attributes)
    md.inline.ruler.after("html_inline", "open_comment", _open_comment)
    md.block.ruler.before("table", "place", _note_place)
    md.block.ruler.before("table", "comment", _comment, {"alt": _ENDED})
    md.block.ruler.before("table", "fence_mark", _fence, {"alt": _ENDED})
    return md


@cache
def _inline_parser() -> MarkdownIt:
    """The same with a lower limit for brackets in brackets, which cost the square of it."""
    md = _Markdown("commonmark", {"maxNesting": 20})
    md.inline = _parser().inline
    return md


class Parsed:
    """The block tokens of a text, and the way to the tokens inside them."""

    def __init__(self, text: str) -> None:
        self._env: dict[str, Any] = {
            "places": {},
            "references": {},
            "last_comment_end": text.rfind("-->"),
        }
        self.tokens: list[Token] = []
        md = _parser()
        md.block.parse(text, md, self._env, self.tokens)

    @property
    def cells(self) -> int:
        """How many cells the tables have; the parser fills up short rows."""
        return sum(token.type in {"td_open", "th_open"} for token in self.tokens)

    def place(self, index: int) -> tuple[int, int] | None:
        """Line (from 0) and offset of the block that token `index` opens; None if unknown."""
        found: tuple[int, int] | None = self._env["places"].get(index)
        return found

    @property
    def too_deep(self) -> int | None:
        """The offset of the first block that is nested too deeply to be read."""
        return self._env.get("too_deep")

    def inside(self, content: str) -> list[Token]:
        """The inline tokens of `content`; `meta["at"]` is where each one stands in it."""
        if not _MARKUP.search(content):  # most cells and headings: ten times as fast
            return [Token("text", "", 0, content=content, meta={"at": 0})] if content else []
        md = _inline_parser()
        return md.inline.parse(content, md, self._env, [])
