"""Read a subscriber's field from text, by its declared type."""

from __future__ import annotations

import re
from datetime import date
from math import isfinite

from composer.model.settings import FieldType
from composer.model.subscriber import FieldValue

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_value(text: str, kind: FieldType) -> FieldValue | None:
    """The typed value, or None when `text` is blank.

    Raises:
        ValueError: the text is not of that type; the message says what would be.
    """
    text = text.strip()
    if not text:
        return None
    match kind:
        case FieldType.TEXT:
            return text
        case FieldType.NUMBER:
            return _number(text)
        case FieldType.DATE:
            return _date(text)
        case FieldType.BOOLEAN:
            value = _BOOLEANS.get(text.lower())
            if value is None:
                raise ValueError(f"{text[:40]!r} is not yes or no")
            return value
        case FieldType.SET:
            items = frozenset(item.strip() for item in text.split(";")) - {""}
            return items or None


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or "_" in text:
        raise ValueError(f"{text[:40]!r} is not a number; write 1250 or 12.5")
    return value


def _date(text: str) -> date:
    try:
        if _DAY.match(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"{text[:40]!r} is not a date; write 2026-11-20")
