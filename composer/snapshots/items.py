"""Links and pictures of a section, before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from composer.snapshots.change import Change, Kind
from composer.snapshots.page import Link, Part, Picture

T = TypeVar("T")


def link_changes(before: Part, after: Part) -> Iterator[Change]:
    """Links that lead elsewhere, came or went; a text that changed is told with the words."""
    for old, new in _paired(before.links, after.links, lambda link: link.text, _target):
        was, now = (old.target if old else ""), (new.target if new else "")
        if was != now:
            shown = new or old
            label = shown.text if shown else ""
            yield Change(Kind.LINK, after.heading, before=was, after=now, label=label)


def picture_changes(before: Part, after: Part) -> Iterator[Change]:
    """Pictures that were exchanged, came or went, and alternative texts."""
    for old, new in _paired(before.pictures, after.pictures, lambda p: p.alt, _source):
        was, now = (old.source if old else ""), (new.source if new else "")
        shown = new or old
        label = shown.alt if shown else ""
        if was != now:
            yield Change(Kind.IMAGE, after.heading, before=was, after=now, label=label)
        if old and new and old.alt != new.alt:
            yield Change(Kind.ALT, after.heading, before=old.alt, after=new.alt)


def _target(link: Link) -> str:
    return link.target


def _source(picture: Picture) -> str:
    return picture.source


def _paired(
    old: Sequence[T], new: Sequence[T], *same: Callable[[T], str]
) -> Iterator[tuple[T | None, T | None]]:
    """What stands for what: by its place, then by each of `same`, then one after another."""
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    went = [item for tag, a, b, _, _ in steps if tag != "equal" for item in old[a:b]]
    came = [item for tag, _, _, a, b in steps if tag != "equal" for item in new[a:b]]
    for of in same:
        for item in list(came):
            if partner := next((other for other in went if of(other) == of(item)), None):
                went.remove(partner)
                came.remove(item)
                yield partner, item
    for number in range(max(len(went), len(came))):
        yield (
            went[number] if number < len(went) else None,
            came[number] if number < len(came) else None,
        )
