"""The last look at the HTML: every slot where it was made for, everything still there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from composer.errors import Place, TemplateError
from composer.model.edition import Context, Parts, Slot
from composer.rendering.guards import IN_TAG
from composer.rendering.sentinels import Sentinels

#: As serialised by libxml2: values in quotes of either kind, `<` and `>` in texts escaped.
TOKEN = re.compile(
    r"<(?:(?P<comment>!--(?:[^-]++|-(?!->))*-->|![^>]*+>)"
    r"|(?P<raw>(?:style|script)\b[^>]*+>[^<]*+(?:<(?!/(?:style|script)>)[^<]*+)*"
    r"</(?:style|script)>)"
    rf"|(?P<tag>/?[A-Za-z]{IN_TAG}>))",
    re.IGNORECASE,
)
ATTRIBUTE = re.compile(r"([^\s=\"'<>/]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
#: Attributes that people read or hear.
_WORDS = frozenset({"alt", "title", "aria-label", "summary"})
_LINKS = frozenset({"href", "src"})
_PLAIN = frozenset({Context.HTML, Context.ATTRIBUTE})


def cut_html(html: str, sentinels: Sentinels, place: Place) -> Parts:
    """`html` as literals and slots, each slot in the context of the place where it was found.

    A reader's value may stand in a text, or in an attribute that people read; a part of a
    URL or a whole one of ours in `href` and `src`, and nowhere else.

    Raises:
        TemplateError: a slot stands where no value is safe, or was mangled.
    """
    found = _found(html, sentinels)
    return tuple(
        part if isinstance(part, str) else _settled(part, next(found), place)
        for part in sentinels.cut(html)
    )


#: In words, where a slot was found: the name of an attribute, or one of these.
_TEXT, _HIDDEN, _SHEET, _MARKUP = "", "a comment", "a style sheet", "the name of a tag or attribute"


def _found(html: str, sentinels: Sentinels) -> Iterator[str]:
    """Where each stand-in of `html` is, in order."""
    tokens = TOKEN.finditer(html)
    token = next(tokens, None)
    for match in sentinels.finditer(html):
        while token is not None and token.end() <= match.start():
            token = next(tokens, None)
        if token is None or token.start() > match.start():
            yield _TEXT
        elif token["comment"]:
            yield _HIDDEN
        elif token["raw"]:
            yield _SHEET
        else:
            yield _attribute_at(token[0], match.start() - token.start())


def _attribute_at(tag: str, offset: int) -> str:
    for attribute in ATTRIBUTE.finditer(tag):
        if max(attribute.start(2), attribute.start(3)) <= offset < attribute.end():
            return attribute[1].lower()
    return _MARKUP


def _settled(slot: Slot, found: str, place: Place) -> Slot:
    """`slot` in the context of where it was found.

    HTML and ATTRIBUTE stand for each other: MJML copies a title into an attribute.
    """
    if slot.context in _PLAIN:
        if found == _TEXT:
            return Slot(slot.name, Context.HTML, slot.default)
        if found in _WORDS:
            return Slot(slot.name, Context.ATTRIBUTE, slot.default)
    elif found in _LINKS:
        return slot
    where = found if " " in found else f"the attribute {found!r}" if found else "the text"
    hint = "a link's target is the block's href" if slot.context in _PLAIN else ""
    raise TemplateError(
        f"{slot.name} stands in {where}, where no value of a reader is safe", place=place, hint=hint
    )


def refuse_loss(before: str, after: str, sentinels: Sentinels, place: Place) -> None:
    """Raises TemplateError when inlining lost a slot, a condition for Outlook or an @media rule."""
    for what, count in (
        ("personal places", sentinels.count),
        ("conditions for Outlook", lambda text: text.count("<!--[if")),
        ("ends of conditions for Outlook", lambda text: text.count("<![endif]-->")),
        ("at-rules", lambda text: text.count("@media")),
        ("!important marks", lambda text: text.count("!important")),
        ("pictures", lambda text: text.count("<img")),
    ):
        if count(after) < count(before):
            raise TemplateError(
                f"{count(before) - count(after)} of the {what} were lost when styles were inlined",
                place=place,
                hint="look for a tag that is not closed",
            )
