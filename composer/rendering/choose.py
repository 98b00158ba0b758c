"""Which parts of an issue the readers of one edition get."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


def variants(issue: Issue) -> tuple[str, ...]:
    """The names of the A/B variants, sorted; `("",)` when there are none."""
    return tuple(sorted(issue.subjects))


def subject(issue: Issue, key: EditionKey) -> Fragment:
    """The subject of the variant that `key` names; of the first one when it names none.

    Raises:
        ComposerError: the issue has no such variant.
    """
    name = key.variant or variants(issue)[0]
    if name not in issue.subjects:
        known = ", ".join(filter(None, variants(issue))) or "none"
        raise ComposerError(
            f"{issue.id} has no variant {name!r}", hint=f"its subject has these: {known}"
        )
    return issue.subjects[name]


def choose(issue: Issue, key: EditionKey) -> Issue:
    """`issue` without what its conditions hide from the readers of `key`, and without `Only`.

    A list, quote or note that is left empty goes with its content.
    """
    sections = tuple(
        replace(section, blocks=tuple(_chosen(section.blocks, key)), conditions=())
        for section in issue.sections
        if all(holds(condition, key) for condition in section.conditions)
    )
    introduction = tuple(_chosen(issue.introduction, key))
    return replace(issue, introduction=introduction, sections=sections)


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
