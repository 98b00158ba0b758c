"""Every block and every link of an issue, in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from composer.model.issue import (
    Block,
    Button,
    Citation,
    Emphasis,
    Expression,
    Fragment,
    Image,
    Inline,
    Issue,
    ItemList,
    Link,
    Note,
    Only,
    Paragraph,
    Position,
    Quote,
    Strong,
    Subheading,
    Table,
    Text,
)


def blocks_of(issue: Issue) -> Iterator[Block]:
    """All blocks, those inside others included, each after the one it stands in."""
    yield from blocks_within(issue.introduction)
    for section in issue.sections:
        yield from blocks_within(section.blocks)


def blocks_within(blocks: Iterable[Block]) -> Iterator[Block]:
    """`blocks`, and those inside them, each after the one it stands in."""
    for block in blocks:
        yield block
        match block:
            case Quote() | Note() | Only():
                yield from blocks_within(block.blocks)
            case ItemList():
                for item in block.items:
                    yield from blocks_within(item)
            case _:
                pass


def inlines_of(issue: Issue) -> Iterator[Inline]:
    """All inlines, those inside others included."""
    for section in issue.sections:
        yield from inlines_within(section.heading)
    for block in blocks_of(issue):
        match block:
            case Paragraph() | Subheading() | Button():
                yield from inlines_within(block.children)
            case Table():
                for row in (block.header, *block.rows):
                    for cell in row:
                        yield from inlines_within(cell)
            case _:
                pass


def inlines_within(inlines: Iterable[Inline]) -> Iterator[Inline]:
    """`inlines`, and those inside them, each after the one it stands in."""
    for inline in inlines:
        yield inline
        if isinstance(inline, Emphasis | Strong | Link):
            yield from inlines_within(inline.children)


def targets_of(issue: Issue) -> Iterator[tuple[Fragment, str, Position]]:
    """Every link, button and linked image: its target, its words and where it stands."""
    for inline in inlines_of(issue):
        if isinstance(inline, Link):
            yield inline.target, words_of(inline.children), inline.at
    for block in blocks_of(issue):
        if isinstance(block, Button):
            yield block.target, words_of(block.children), block.at
        elif isinstance(block, Image) and block.target is not None:
            yield block.target, plain(block.alt), block.at


def sources_of(issue: Issue) -> Iterator[tuple[str, Position]]:
    """Every publication that a citation names, and where the citation stands."""
    for block in blocks_of(issue):
        if isinstance(block, Citation):
            yield from ((source.name, block.at) for source in block.sources)


def words_of(inlines: Iterable[Inline]) -> str:
    """The text of inlines without its marks; an expression counts as its source."""
    words = []
    for inline in inlines_within(inlines):
        match inline:
            case Text():
                words.append(inline.text)
            case Expression():
                words.append(f"{{{{ {inline.name} }}}}")
            case _:
                words.append(getattr(inline, "text", ""))
    return "".join(words).strip()


def plain(fragment: Fragment) -> str:
    """A fragment as text; an expression counts as its source."""
    return "".join(p if isinstance(p, str) else f"{{{{ {p.name} }}}}" for p in fragment)


def expressions_of(issue: Issue) -> Iterator[Expression]:
    """Every expression of the issue, wherever it stands."""
    fragments = [*issue.subjects.values(), issue.preheader, *issue.preheaders.values()]
    fragments += [target for target, _, _ in targets_of(issue)]
    fragments += [block.alt for block in blocks_of(issue) if isinstance(block, Image)]
    for fragment in fragments:
        yield from (part for part in fragment if isinstance(part, Expression))
    yield from (inline for inline in inlines_of(issue) if isinstance(inline, Expression))


def text_length(block: Block) -> int:
    """How many characters a block shows, without those of the blocks inside it."""
    match block:
        case Paragraph() | Subheading() | Button():
            return len(words_of(block.children))
        case Table():
            return sum(len(words_of(cell)) for row in block.rows for cell in row)
        case _:
            return 0


def for_everybody(issue: Issue) -> Issue:
    """What all readers see: without what stands under a condition."""
    return replace(
        issue,
        introduction=_unconditional(issue.introduction),
        sections=tuple(
            replace(section, blocks=_unconditional(section.blocks))
            for section in issue.sections
            if not section.conditions
        ),
    )


def _unconditional(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Conditions inside lists, quotes and notes are rare; such a holder is left out whole."""
    return tuple(
        block
        for block in blocks
        if not any(isinstance(inner, Only) for inner in blocks_within([block]))
    )
