"""Read a subscriber's field from text, by its declared type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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


class TypedFields(Mapping[str, FieldValue]):
    """A subscriber's values, each read from its text when it is first asked for.

    A plan walks a million subscribers and asks each for one or two of their fields. Texts
    that are blank or do not fit their type count as missing: the declaration changed since
    they were imported, and they are kept as they are.
    """

    __slots__ = ("_raw", "_read", "_types")

    def __init__(self, raw: Mapping[str, str], types: Mapping[str, FieldType]) -> None:
        self._raw = raw
        self._types = types
        self._read: dict[str, FieldValue | None] = {}

    def __getitem__(self, name: str) -> FieldValue:
        if name not in self._read:
            try:
                kind = self._types.get(name, FieldType.TEXT)
                self._read[name] = read_value(self._raw.get(name, ""), kind)
            except ValueError:
                self._read[name] = None
        value = self._read[name]
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._raw if self.get(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))
