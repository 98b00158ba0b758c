"""Which parts of an issue the readers of one edition get."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from composer.errors import ComposerError
from composer.model.edition import EditionKey
from composer.model.issue import (
    Block,
    Condition,
    Fragment,
    Issue,
    ItemList,
    Note,
    Only,
    Quote,
)


def subject(issue: Issue, key: EditionKey) -> Fragment:
    """The subject of the variant that `key` names; of the first one when it names none.

    Raises:
        ComposerError: the issue has no such variant.
    """
    return _of_variant(issue, issue.subjects, key)


def preheader(issue: Issue, key: EditionKey) -> Fragment:
    """The preheader of the variant that `key` names; see `subject`."""
    return _of_variant(issue, issue.preheaders or {"": issue.preheader}, key)


def _of_variant(issue: Issue, named: Mapping[str, Fragment], key: EditionKey) -> Fragment:
    name = key.variant or issue.variants[0]
    if name not in issue.variants:
        known = ", ".join(filter(None, issue.variants)) or "none"
        raise ComposerError(
            f"{issue.id} has no variant {name!r}", hint=f"its variants are: {known}"
        )
    return named[name] if name in named else named[""]


def choose(issue: Issue, key: EditionKey) -> Issue:
    """What the readers of `key` read of `issue`, in the translation that is theirs.

    It has no `Only` any more, nothing that a condition hides from them, and no translations.
    A list, quote or note that is left empty goes with its content.
    """
    text = issue.text_for(key.locale)
    sections = tuple(
        replace(section, blocks=tuple(_chosen(section.blocks, key)), conditions=())
        for section in text.sections
        if all(holds(condition, key) for condition in section.conditions)
    )
    introduction = tuple(_chosen(text.introduction, key))
    return replace(text, introduction=introduction, sections=sections, translations={})


def holds(condition: Condition, key: EditionKey) -> bool:
    """Whether readers of `key` see what `condition` guards; everybody is in `everyone`."""
    if condition.segment:
        return condition.segment == "everyone" or condition.segment in key.segments
    if condition.not_segment:
        return condition.not_segment != "everyone" and condition.not_segment not in key.segments
    wanted, have = condition.locale.lower(), key.locale.lower()
    return have == wanted or have.startswith(f"{wanted}-")


def _chosen(blocks: Iterable[Block], key: EditionKey) -> Iterator[Block]:
    for block in blocks:
        match block:
            case Only():
                if holds(block.condition, key):
                    yield from _chosen(block.blocks, key)
            case Quote() | Note():
                if inner := tuple(_chosen(block.blocks, key)):
                    yield replace(block, blocks=inner)
            case ItemList():
                items = (tuple(_chosen(item, key)) for item in block.items)
                if kept := tuple(item for item in items if item):
                    yield replace(block, items=kept)
            case _:
                yield block
