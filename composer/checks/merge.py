"""Does every place that a reader's value fills get one?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.walk import blocks_of, expressions_of, inlines_of, words_of
from composer.model.edition import Context, slots_of
from composer.model.finding import Severity
from composer.model.issue import (
    Button,
    Code,
    CodeBlock,
    Paragraph,
    Position,
    Subheading,
    Text,
)

#: What template languages and providers leave behind when nothing filled it.
UNRESOLVED = re.compile(
    r"\{\{|\{%|%%[A-Za-z_]+%%|\*\|[A-Za-z_:]+\|\*|%recipient\."
    # Other brackets may be text; around these words they are somebody's field.
    r"|(?:\$\{|\[\[|\{) ?(?:[a-z]+\.)?(?:(?:first|last|full|given|family)[ _-]?)?(?:name|e-?mail)"
    r" ?(?:\}|\]\])",
    re.IGNORECASE,
)

#: Markdown takes the stars of these for emphasis, and only the file still has them.
STARRED = re.compile(r"\*\|[A-Za-z_:]+\|\*")

#: Slots that are filled for every recipient without the list's help.
OUR_OWN = frozenset({"unsubscribe_url", "preferences_url", "members_url"})


def unresolved(examined: Examined) -> Iterator[Remark]:
    """Something that looks like a field was not understood, and readers would see it."""
    meant = _meant_literally(examined)
    hint = "write {{ subscriber.FIELD }}, or take the marks away"
    told = set()
    for found in examined.prose.matches(STARRED):
        yield Remark(f"readers would see {found[0]!r}", hint, examined.prose.at(found.start()))
    for text, at in _texts(examined):
        for mark in _marks(text, meant):
            told.add(mark)
            yield Remark(f"readers would see {mark!r}", hint, at)
    for edition in examined.editions:
        for name, parts in (("subject", edition.subject), ("text", edition.text)):
            for part in parts:
                for mark in _marks(part, meant | told) if isinstance(part, str) else ():
                    told.add(mark)
                    yield Remark(f"the {name} of the letter shows {mark!r} to readers", hint)


def _texts(examined: Examined) -> Iterator[tuple[str, Position]]:
    """The text of each block that has some, and where the block begins."""
    for section in examined.issue.sections:
        yield words_of(section.heading), section.at
    for block in blocks_of(examined.issue):
        if isinstance(block, Paragraph | Subheading | Button):
            yield "".join(i.text for i in block.children if isinstance(i, Text)), block.at


def _meant_literally(examined: Examined) -> set[str]:
    """Marks that the author wrote as code, or escaped: readers are to see them."""
    texts = [i.text for i in inlines_of(examined.issue) if isinstance(i, Code)]
    texts += [b.text for b in blocks_of(examined.issue) if isinstance(b, CodeBlock)]
    marks = {found for text in texts for found in UNRESOLVED.findall(text)}
    plain = (i.text for i in inlines_of(examined.issue) if isinstance(i, Text))
    # Reading takes every `{{` of the text for an expression, but for an escaped one.
    return marks | {mark for text in plain for mark in ("{{", "{%") if mark in text}


def _marks(text: str, meant: set[str]) -> Iterator[str]:
    """Each mark of `text` once, but for those that are meant."""
    return (mark for mark in dict.fromkeys(UNRESOLVED.findall(text)) if mark not in meant)


def unknown_slot(examined: Examined) -> Iterator[Remark]:
    """A slot that nobody fills."""
    for edition in examined.editions:
        for slot in edition.slots:
            if slot.name not in OUR_OWN and not slot.name.startswith("subscriber."):
                yield Remark(
                    f"the template asks for {slot.name!r}, which nobody fills",
                    "templates may use unsubscribe_url and preferences_url",
                )


def missing_value(examined: Examined) -> Iterator[Remark]:
    """Recipients without a value, where the issue names no default."""
    for name, lacking in sorted(examined.missing.items()):
        places = [
            e.at for e in expressions_of(examined.issue) if e.name == name and e.default is None
        ]
        people = "1 recipient has" if lacking.count == 1 else f"{lacking.count:,} recipients have"
        who = f" ({lacking.words})" if lacking.words else ""
        field = name.removeprefix("subscriber.")
        for at in places or [Position(1)]:
            yield Remark(
                f"{people} no {field!r}, and there is no default{who}",
                f'write {{{{ {name} | default("…") }}}}',
                at,
            )


def no_default(examined: Examined) -> Iterator[Remark]:
    """A value without default may be missing for somebody tomorrow."""
    for expression in expressions_of(examined.issue):
        if expression.is_personal and expression.default is None:
            if expression.name in {"subscriber.address", "subscriber.email"}:
                continue
            yield Remark(
                f"{expression.name} has no default: whoever lacks it stops the send",
                f'write {{{{ {expression.name} | default("…") }}}}',
                expression.at,
            )


def personal_url(examined: Examined) -> Iterator[Remark]:
    """A whole URL comes from us and never from the list."""
    for edition in examined.editions:
        for slot in slots_of(edition.html):
            if slot.context is Context.URL and slot.name not in OUR_OWN:
                yield Remark(
                    f"{slot.name} would decide where a link leads",
                    "let the list fill a part of the link, after the host",
                )


#: In the order in which they are told.
RULES = (
    Rule(
        "merge/unresolved", Severity.ERROR, "a mark of a field is left over", unresolved, firm=True
    ),
    Rule("merge/unknown-slot", Severity.ERROR, "a slot that nobody fills", unknown_slot, firm=True),
    Rule(
        "merge/personal-url",
        Severity.ERROR,
        "the list decides where a link leads",
        personal_url,
        firm=True,
    ),
    Rule(
        "merge/missing-value",
        Severity.ERROR,
        "recipients lack a value and a default",
        missing_value,
        firm=True,
    ),
    Rule("merge/no-default", Severity.WARNING, "a field without a default", no_default),
)
