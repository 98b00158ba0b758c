"""What stands behind `:::`: a note, or the condition under which readers get some text."""

from __future__ import annotations

import re

from composer.model.issue import Condition, Position
from composer.reading.desk import Desk
from composer.reading.nested import Nested
from composer.reading.site_values import Wrong, locale
from composer.reading.suggest import near
from composer.reading.vocabulary import EVERYONE

_PAIR = re.compile(r"(\w+)=(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
FORMS = "write :::only segment=NAME, :::only not=NAME or :::only locale=xx"


def fence_name(desk: Desk, fence: Nested) -> str:
    """`note` or `only`; `""` for anything else, which is told."""
    name, _, rest = desk.marks.restore(fence.token.info).partition(" ")
    if name not in ("note", "only"):
        hint = near(name, ("note", "only"))
        desk.findings.error("fence/unknown", fence.at, f"there is no :::{name[:40]}", hint)
        return ""
    if name == "note" and rest.strip():
        hint = "write the note's text on the lines after it"
        desk.findings.error("fence/words", fence.at, ":::note stands alone on its line", hint)
    return name


def read_condition(desk: Desk, fence: Nested) -> Condition:
    """The condition of an `only`; an empty one when it is wrong, which is told."""
    _, _, rest = desk.marks.restore(fence.token.info).partition(" ")
    found = list(_PAIR.finditer(rest))
    if len(found) != 1 or found[0][0] != rest.strip():
        several = len(found) > 1
        message = ":::only takes one condition" if several else ":::only does not say for whom"
        hint = "put one :::only inside another" if several else FORMS
        desk.findings.error("fence/condition", fence.at, message, hint)
        return Condition()
    row = desk.source.line(fence.at.line - 1)
    start = row.rfind(rest) + 1
    key, value = found[0][1], found[0][2] or found[0][3] or found[0][4] or ""
    value_at = Position(fence.at.line, start + found[0].start() + len(key) + 1)
    match key:
        case "segment":
            return Condition(segment=_segment(desk, value, value_at))
        case "not":
            return Condition(not_segment=_segment(desk, value, value_at))
        case "locale":
            return Condition(locale=_locale(desk, value, value_at))
        case _:
            hint = near(key, ("segment", "not", "locale"), otherwise=FORMS)
            at = Position(fence.at.line, start + found[0].start())
            desk.findings.error("fence/condition", at, f":::only has no {key!r}", hint)
            return Condition()


def _segment(desk: Desk, name: str, at: Position) -> str:
    known = desk.vocabulary.segments | {EVERYONE}
    if name not in known:
        hint = near(name, sorted(known))
        desk.findings.error("segment/unknown", at, f"segment {name!r} is not defined", hint)
    return name


def _locale(desk: Desk, value: str, at: Position) -> str:
    try:
        return locale(value)
    except Wrong as wrong:
        desk.findings.error("fence/condition", at, wrong.problem, wrong.hint)
        return ""
