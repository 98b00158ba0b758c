"""The tree of tokens becomes blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from composer.model.issue import (
    Block,
    CodeBlock,
    Divider,
    Inline,
    ItemList,
    Note,
    Only,
    Paragraph,
    Quote,
    Subheading,
    Table,
)
from composer.reading.citations import cut_citations
from composer.reading.conditions import fence_name, read_condition
from composer.reading.desk import Desk, nfc
from composer.reading.figures import read_figures
from composer.reading.inlines import read_inlines
from composer.reading.markdown import Parsed
from composer.reading.nested import Nested
from composer.reading.spots import Spots, spots_of_cells, spots_of_heading, spots_of_lines

#: Of one paragraph: brackets and backticks without end cost the square of their number.
MAX_CHARS = 20_000


class Blocks:
    """Reads the blocks of one parsed text."""

    def __init__(self, desk: Desk, parsed: Parsed) -> None:
        self.desk = desk
        self.parsed = parsed

    def read(self, nodes: Sequence[Nested]) -> tuple[Block, ...]:
        return tuple(block for node in nodes for block in self._blocks(node))

    def _blocks(self, node: Nested) -> Iterator[Block]:
        match node.kind:
            case "paragraph":
                yield from self._paragraph(node)
            case "heading":
                yield from self._subheading(node)
            case "fence_mark":
                yield from self._fence(node)
            case _:
                yield self._whole(node)

    def _whole(self, node: Nested) -> Block:
        """A block that cannot go wrong."""
        match node.kind:
            case "bullet_list" | "ordered_list":
                return self._list(node)
            case "blockquote":
                return Quote(tuple(self._quoted(node.children)), node.at)
            case "table":
                return self._table(node)
            case "hr":
                return Divider(node.at)
            case _:
                return self._code(node)

    def _code(self, node: Nested) -> CodeBlock:
        token = node.token
        # Markdown ends a fence with whatever it is in; nobody means the rest of an issue as code.
        first, end = token.map or (0, 0)
        last = self.desk.source.line(end - 1).strip("> \t")
        closed = end - first > 1 and last.startswith(token.markup) and not last.strip(token.markup)
        if token.type == "fence" and not closed:
            message = f"this {token.markup} is not closed: all that follows is code"
            hint = f"close it with {token.markup} on a line of its own"
            self.desk.findings.error("code/unclosed", node.at, message, hint)
        return CodeBlock(nfc(self.desk.marks.restore(token.content)).rstrip("\n"), node.at)

    def _paragraph(self, node: Nested) -> Iterator[Block]:
        token = node.children[0].token
        yield from self._lines(token.content, token.map[0] if token.map else node.at.line - 1)

    def _lines(self, content: str, line: int) -> Iterator[Block]:
        """What a paragraph says that begins on `line`, counted from 0."""
        spots = spots_of_lines(self.desk.source, line, content)
        content, citations = cut_citations(self.desk, content, spots)
        yield from self._text(content, spots)
        yield from citations

    def _quoted(self, nodes: Sequence[Nested]) -> Iterator[Block]:
        """The blocks of a quote; a last line that begins with a dash is a paragraph of its own."""
        token = nodes[-1].children[0].token if nodes and nodes[-1].kind == "paragraph" else None
        words, _, speaker = token.content.rpartition("\n") if token else ("", "", "")
        if token is None or not token.map or not words or not speaker.startswith(("— ", "― ")):
            yield from self.read(nodes)
            return
        yield from self.read(nodes[:-1])
        yield from self._lines(words.removesuffix("\\").rstrip(), token.map[0])
        yield from self._lines(speaker, token.map[0] + words.count("\n") + 1)

    def _text(self, content: str, spots: Spots) -> Iterator[Block]:
        tokens = self._inside(content, spots)
        figures = read_figures(self.desk, tokens, spots)
        if figures is not None:
            yield from figures
        elif children := read_inlines(self.desk, tokens, spots):
            yield Paragraph(children, spots.at(0))

    def _inside(self, content: str, spots: Spots) -> list[Token]:
        """The tokens of `content`, unless it is so long that reading it would take minutes."""
        if len(content) <= MAX_CHARS:
            return self.parsed.inside(content)
        message = f"the paragraph is longer than {MAX_CHARS:,} characters"
        hint = "put an empty line where a new thought begins"
        self.desk.findings.error("text/too-long", spots.at(0), message, hint)
        return []

    def _subheading(self, node: Nested) -> Iterator[Block]:
        level = int(node.token.tag[1])
        if refuse_heading(self.desk, node):
            return
        if level == 2:
            hint = "close the list, quote or note first, or write ### for a heading inside it"
            self.desk.findings.error(
                "section/inside", node.at, "no section can begin in here", hint
            )
            return
        yield Subheading(level, self.heading(node)[0], node.at)

    def heading(self, node: Nested, content: str | None = None) -> tuple[tuple[Inline, ...], Spots]:
        """The inlines of a heading, of `content` when a part of it was cut from its end."""
        token = node.children[0].token
        spots = spots_of_heading(self.desk.source, node.at.line - 1, token.content)
        tokens = self._inside(token.content if content is None else content, spots)
        return read_inlines(self.desk, tokens, spots), spots

    def _list(self, node: Nested) -> ItemList:
        start = int(node.token.attrs.get("start", 1)) if node.kind == "ordered_list" else None
        return ItemList(tuple(self.read(item.children) for item in node.children), start, node.at)

    def _fence(self, node: Nested) -> Iterator[Block]:
        name = fence_name(self.desk, node)
        condition = read_condition(self.desk, node) if name == "only" else None
        blocks = self.read(node.children)
        if not blocks and name:
            hint = "write text before its closing :::, or take it out"
            self.desk.findings.error("fence/empty", node.at, f"this :::{name} is empty", hint)
        if condition is not None:
            yield Only(condition, blocks, node.at)
        elif name:
            yield Note(blocks, node.at)

    def _table(self, node: Nested) -> Table:
        rows = [row for part in node.children for row in part.children]
        read = [self._row(row, node.column if n == 0 else None) for n, row in enumerate(rows)]
        styles = [str(cell.token.attrs.get("style", "")) for cell in rows[0].children]
        alignments = tuple(style.removeprefix("text-align:") for style in styles)
        return Table(read[0], tuple(read[1:]), alignments, node.at)

    def _row(self, row: Nested, column: int | None) -> tuple[tuple[Inline, ...], ...]:
        line = row.token.map[0] if row.token.map else row.at.line - 1
        spots = spots_of_cells(self.desk.source, line, column)
        cells = []
        for n, cell in enumerate(row.children):
            here = spots[n] if n < len(spots) else Spots([(0, line + 1, 1)])
            tokens = self._inside(cell.children[0].token.content, here)
            cells.append(read_inlines(self.desk, tokens, here))
        return tuple(cells)


def refuse_heading(desk: Desk, node: Nested) -> bool:
    """Tell of a heading that is not written as one should be."""
    token = node.token
    if token.markup in ("=", "-"):
        message = f"a row of {token.markup} under text makes it a heading"
        hint = "write ## before a heading, or an empty line between the text and ---"
        desk.findings.error("section/underlined", node.at, message, hint)
        return True
    if token.tag == "h1":
        hint = "the title stands in the front matter; write ## for a section"
        desk.findings.error("section/title", node.at, "# is not used in an issue", hint)
        return True
    if not node.children[0].token.content:
        hint = "write its words behind the #"
        desk.findings.error("section/empty", node.at, "the heading is empty", hint)
        return True
    return False
