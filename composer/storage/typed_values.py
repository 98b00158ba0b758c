"""A typed value as its column holds it."""

from __future__ import annotations

from datetime import date

from composer.reading.field_values import read_value
from composer.storage.tables import TypedColumn


def typed_value(text: str, column: TypedColumn) -> str | float | bool | None:
    """What the typed column holds for a raw text; None when there is none or it does not fit."""
    try:
        return stored(read_value(text, column.type))
    except ValueError:
        return None


def stored(value: object) -> str | float | bool | None:
    """A typed value as its column holds it."""
    match value:
        case frozenset():
            return ";" + ";".join(sorted(value)) + ";"
        case date():
            return value.isoformat()
        case str() | float() | bool():
            return value
        case _:
            return None
