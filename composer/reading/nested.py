"""A flat row of tokens becomes a tree, in which `:::` fences hold what stands between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from markdown_it.token import Token

from composer.model.issue import Position
from composer.reading.desk import Desk
from composer.reading.markdown import Parsed

#: What holds blocks, and how many of them may stand in each other.
HOLDERS = ("blockquote", "list_item", "fence_mark")
MAX_DEPTH = 50


class TooDeep(Exception):
    """Blocks are nested too deeply to be read at `at`."""

    def __init__(self, at: Position) -> None:
        super().__init__()
        self.at = at


@dataclass(slots=True)
class Nested:
    """`kind` is the token's type without `_open`; a fence with content is a `fence_mark`."""

    kind: str
    token: Token
    at: Position
    column: int | None  #: of the block's first character, from 0; None if unknown
    children: list[Nested] = field(default_factory=list)


def nest(desk: Desk, parsed: Parsed) -> list[Nested]:
    """The tree of `parsed`; fences that nobody closed, or opened, are told.

    A closing fence closes the innermost open one of its own length; of none, the innermost
    shorter one. So fences of one length nest, and longer ones make it plainer.

    Raises:
        TooDeep: more than `MAX_DEPTH` blocks stand in each other.
    """
    if parsed.too_deep is not None:
        raise TooDeep(desk.source.at(parsed.too_deep))
    tree = _Tree(desk, parsed)
    for index, token in enumerate(parsed.tokens):
        tree.take(index, token)
    tree.close_fences(keep=0)
    return tree.top


class _Tree:
    def __init__(self, desk: Desk, parsed: Parsed) -> None:
        self.desk = desk
        self.parsed = parsed
        self.top: list[Nested] = []
        self.open: list[Nested] = []
        self.depth = 0

    def take(self, index: int, token: Token) -> None:
        if token.nesting < 0:
            self.close_fences(keep=self.first_fence())
            self.depth -= self.open.pop().kind in HOLDERS
        elif token.type == "fence_mark" and not token.info:
            self.close(self.node(index, token))
        else:
            node = self.node(index, token)
            (self.open[-1].children if self.open else self.top).append(node)
            if token.nesting > 0 or token.type == "fence_mark":
                self.open.append(node)
                self.depth += node.kind in HOLDERS
                if self.depth > MAX_DEPTH:
                    raise TooDeep(node.at)

    def node(self, index: int, token: Token) -> Nested:
        kind = token.type.removesuffix("_open")
        if place := self.parsed.place(index):
            line, offset = place
            column = offset - self.desk.source.starts[line]
            return Nested(kind, token, Position(line + 1, column + 1), column)
        line = token.map[0] if token.map else 0
        return Nested(kind, token, Position(line + 1), None)

    def first_fence(self) -> int:
        """Where the fences begin that stand inside the innermost list item or quote."""
        start = len(self.open)
        while start and self.open[start - 1].kind == "fence_mark":
            start -= 1
        return start

    def close(self, closing: Nested) -> None:
        start, length = self.first_fence(), len(closing.token.markup)
        lengths = [len(node.token.markup) for node in self.open[start:]]
        fitting = [n for n, open_length in enumerate(lengths) if open_length == length]
        fitting = fitting or [n for n, open_length in enumerate(lengths) if open_length < length]
        if not fitting:
            message = "this ::: closes nothing"
            if lengths:
                message = (
                    f"this closing fence is shorter than the {self.open[-1].token.markup} before"
                )
            hint = "take it out, or open one with :::note or :::only before it"
            self.desk.findings.error("fence/stray", closing.at, message, hint)
            return
        self.close_fences(keep=start + fitting[-1] + 1)
        self.depth -= 1
        self.open.pop()

    def close_fences(self, keep: int) -> None:
        """Close what is open above `keep`, none of which was closed by the author."""
        while len(self.open) > keep:
            node = self.open.pop()
            self.depth -= 1
            opening = f"{node.token.markup}{node.token.info.split()[0]}"
            hint = f"close it with {node.token.markup} on a line of its own"
            self.desk.findings.error("fence/unclosed", node.at, f"{opening} is not closed", hint)
