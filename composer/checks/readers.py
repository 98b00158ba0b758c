"""What conditions leave to each reader, and what a link would tell of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.walk import plain
from composer.model.edition import EditionKey
from composer.model.finding import Severity
from composer.model.issue import (
    Block,
    Condition,
    Divider,
    Expression,
    ItemList,
    Note,
    Only,
    Position,
    Quote,
)
from composer.reading.vocabulary import EVERYONE
from composer.rendering.choose import choose

_ADDRESS = frozenset({"subscriber.address", "subscriber.email"})
_NAMES = frozenset({
    "name", "first_name", "last_name", "full_name", "surname", "given_name", "family_name",
    "phone", "telephone", "mobile", "birthday", "birth_date", "date_of_birth", "street",
    "postcode", "zip", "salary", "password",
})  # fmt: skip


def _conditions(examined: Examined) -> Iterator[tuple[Condition, tuple[Condition, ...], Position]]:
    """Each condition, those around it, and its place."""
    issue = examined.issue
    yield from _inside(issue.introduction, ())
    for section in issue.sections:
        for number, condition in enumerate(section.conditions):
            yield condition, section.conditions[:number], section.at
        yield from _inside(section.blocks, section.conditions)


def _inside(
    blocks: Iterable[Block], around: tuple[Condition, ...]
) -> Iterator[tuple[Condition, tuple[Condition, ...], Position]]:
    for block in blocks:
        match block:
            case Only():
                yield block.condition, around, block.at
                yield from _inside(block.blocks, (*around, block.condition))
            case Quote() | Note():
                yield from _inside(block.blocks, around)
            case ItemList():
                for item in block.items:
                    yield from _inside(item, around)
            case _:
                pass


def everyone(examined: Examined) -> Iterator[Remark]:
    """Everybody is in `everyone`: the condition does nothing, or hides its text for ever."""
    for condition, _, at in _conditions(examined):
        if condition.segment == EVERYONE:
            yield Remark(
                "every reader is in 'everyone': it does nothing", "take the :::only away", at
            )
        elif condition.not_segment == EVERYONE:
            yield Remark(
                "nobody reads this: every reader is in 'everyone'",
                "name another segment, or take the text out",
                at,
            )


def contradiction(examined: Examined) -> Iterator[Remark]:
    """A text for nobody: its conditions exclude each other."""
    for condition, around, at in _conditions(examined):
        for outer in around:
            if _excludes(condition, outer):
                yield Remark(
                    f"nobody reads this: {_said(condition)} stands inside {_said(outer)}",
                    "move it out, or change one of them",
                    at,
                )
                break


def _excludes(one: Condition, other: Condition) -> bool:
    segments = bool(one.segment and one.segment == other.not_segment)
    segments = segments or bool(one.not_segment and one.not_segment == other.segment)
    return segments or bool(one.locale and other.locale and one.locale != other.locale)


def _said(condition: Condition) -> str:
    if condition.locale:
        return f"locale={condition.locale}"
    return f"segment={condition.segment}" if condition.segment else f"not={condition.not_segment}"


def empty_section(examined: Examined) -> Iterator[Remark]:
    """Some readers would get a heading and nothing under it."""
    for key in _kinds_of_readers(examined):
        chosen = {section.id: section for section in choose(examined.issue, key).sections}
        for section in examined.issue.sections:
            seen = chosen.get(section.id)
            if section.blocks and seen is not None and not seen.blocks:
                who = f"readers in {key.segments[0]}" if key.segments else "readers in no segment"
                yield Remark(
                    f"{who} get this heading and nothing under it",
                    "put the heading inside the :::only as well",
                    section.at,
                )


def nothing_for_the_rest(examined: Examined) -> Iterator[Remark]:
    """A letter with a masthead, a footer and nothing between."""
    issue = examined.issue
    if not issue.introduction and not issue.sections:
        return
    key = EditionKey(issue.locale, next(iter(issue.subjects), ""), ())
    rest = choose(issue, key)
    blocks = [*rest.introduction, *(b for section in rest.sections for b in section.blocks)]
    if not any(not isinstance(block, Divider) for block in blocks):
        yield Remark(
            "readers in none of the segments get an empty letter",
            "write something for them, or plan the mailing for the segment only",
            issue.sections[0].at if issue.sections else issue.introduction[0].at,
        )


def _kinds_of_readers(examined: Examined) -> Iterator[EditionKey]:
    """Those in no segment, and those in one that the issue names."""
    issue = examined.issue
    named = {c.segment or c.not_segment for c, _, _ in _conditions(examined)} - {"", EVERYONE}
    variant = next(iter(issue.subjects), "")
    if named:
        yield EditionKey(issue.locale, variant, ())
    for name in sorted(named)[:20]:
        yield EditionKey(issue.locale, variant, (name,))


def address_in_link(examined: Examined) -> Iterator[Remark]:
    """Addresses in URLs end up in logs, statistics and browser histories."""
    for expression, at in _in_links(examined):
        if expression.name in _ADDRESS:
            yield Remark(
                "the reader's address would stand in the link, for its host and everybody after it",
                "leave it out; the host can ask for it",
                at,
            )


def personal_data_in_link(examined: Examined) -> Iterator[Remark]:
    """A name in a URL goes where the address would go."""
    for expression, at in _in_links(examined):
        field = expression.name.removeprefix("subscriber.")
        if expression.is_personal and field in _NAMES:
            yield Remark(
                f"the reader's {field!r} would stand in the link, for its host to keep",
                "leave it out, or pass on what names nobody: {{ subscriber.role }}",
                at,
            )


def _in_links(examined: Examined) -> Iterator[tuple[Expression, Position]]:
    for target, _, at in examined.targets:
        if not plain(target).startswith(("mailto:", "#")):
            yield from ((part, at) for part in target if isinstance(part, Expression))


def address_in_subject(examined: Examined) -> Iterator[Remark]:
    """Subjects are read over shoulders and kept in logs; spam has the address in them."""
    fragments = {"preheader": examined.issue.preheader}
    for name, fragment in examined.issue.subjects.items():
        fragments[f"subject.{name}" if name else "subject"] = fragment
    for key, fragment in fragments.items():
        for part in fragment:
            if isinstance(part, Expression) and part.name in _ADDRESS:
                what = key.partition(".")[0]
                yield Remark(
                    f"the reader's address stands in the {what}, as in spam",
                    'use the name: {{ subscriber.first_name | default("reader") }}',
                    part.at,
                )


_W = Severity.WARNING

RULES = (
    Rule("segment/everyone", _W, "a condition that everybody meets, or nobody", everyone),
    Rule("segment/contradiction", _W, "a text for nobody", contradiction),
    Rule("segment/empty-section", _W, "a heading without text for some", empty_section),
    Rule("segment/nothing-for-the-rest", _W, "an empty letter for some", nothing_for_the_rest),
    Rule("privacy/address-in-link", _W, "a reader's address in a link", address_in_link),
    Rule("privacy/personal-data-in-link", _W, "a reader's name in a link", personal_data_in_link),
    Rule("privacy/address-in-subject", _W, "a reader's address in the subject", address_in_subject),
)
