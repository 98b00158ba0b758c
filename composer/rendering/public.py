"""An issue as anybody may read it on the web: nothing in it is about one reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from composer.model.edition import EditionKey
from composer.model.issue import (
    Block,
    Button,
    Emphasis,
    Expression,
    Fragment,
    Image,
    Inline,
    Issue,
    ItemList,
    Link,
    Note,
    Paragraph,
    Quote,
    Strong,
    Subheading,
    Table,
    Text,
)
from composer.model.settings import NewsletterSettings
from composer.rendering.choose import choose
from composer.rendering.pictures import Pictures
from composer.rendering.scope import Scope
from composer.rendering.sentinels import Sentinels
from composer.rendering.view import View
from composer.rendering.viewing import view_of


def public_issue(issue: Issue) -> Issue:
    """`issue` as a reader in no segment gets it, with defaults where a reader's values stood.

    A value without a default leaves nothing behind.
    """
    chosen = choose(issue, EditionKey(issue.locale))
    return replace(
        chosen,
        subjects={name: _fragment(text) for name, text in chosen.subjects.items()},
        preheader=_fragment(chosen.preheader),
        preheaders={name: _fragment(text) for name, text in chosen.preheaders.items()},
        introduction=_blocks(chosen.introduction),
        sections=tuple(
            replace(section, heading=_inlines(section.heading), blocks=_blocks(section.blocks))
            for section in chosen.sections
        ),
    )


def public_view(issue: Issue, newsletter: NewsletterSettings, pictures: Pictures) -> View:
    """What a page of the archive shows of `issue`, which may be as it was written."""
    public = public_issue(issue)
    scope = Scope(public, newsletter, Sentinels(f"{public!r}{newsletter!r}"))
    return view_of(scope, EditionKey(public.locale), pictures)


def _fragment(fragment: Fragment) -> Fragment:
    parts = (_said(p) if isinstance(p, Expression) else p for p in fragment)
    return tuple(part for part in parts if part != "")


def _said(expression: Expression) -> str | Expression:
    return (expression.default or "") if expression.is_personal else expression


def _inlines(inlines: Iterable[Inline]) -> tuple[Inline, ...]:
    return tuple(_inline(inline) for inline in inlines)


def _inline(inline: Inline) -> Inline:
    match inline:
        case Expression():
            said = _said(inline)
            return Text(said) if isinstance(said, str) else said
        case Emphasis() | Strong():
            return replace(inline, children=_inlines(inline.children))
        case Link():
            children = _inlines(inline.children)
            return replace(inline, children=children, target=_fragment(inline.target))
        case _:
            return inline


def _blocks(blocks: Iterable[Block]) -> tuple[Block, ...]:
    return tuple(_block(block) for block in blocks)


def _block(block: Block) -> Block:
    match block:
        case Paragraph() | Subheading():
            return replace(block, children=_inlines(block.children))
        case Button():
            children = _inlines(block.children)
            return replace(block, children=children, target=_fragment(block.target))
        case Quote() | Note() | ItemList():
            return _holder(block)
        case Table():
            header = tuple(_inlines(cell) for cell in block.header)
            rows = tuple(tuple(_inlines(cell) for cell in row) for row in block.rows)
            return replace(block, header=header, rows=rows)
        case Image():
            target = _fragment(block.target) if block.target is not None else None
            return replace(block, alt=_fragment(block.alt), target=target)
        case _:
            return block


def _holder(block: Quote | Note | ItemList) -> Block:
    if isinstance(block, ItemList):
        return replace(block, items=tuple(_blocks(item) for item in block.items))
    return replace(block, blocks=_blocks(block.blocks))
