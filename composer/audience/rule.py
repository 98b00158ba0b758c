"""Segment rules as a tree: what each part means, and the rules of a site by name.

Logic has two values. A missing value equals nothing and contains nothing, so that `==`, `<`,
`in`, `startswith` and `has` are false for it; `!=` and `not in` are the opposites of `==` and
`in`, and so are true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from composer.model.settings import FieldType

#: The name of the segment that always exists.
EVERYONE = "everyone"

#: What a rule may ask of every subscriber, beside the declared fields.
BUILT_IN_TYPES: Mapping[str, FieldType] = {
    "address": FieldType.TEXT,
    "domain": FieldType.TEXT,
    "status": FieldType.TEXT,
    "locale": FieldType.TEXT,
    "consent_source": FieldType.TEXT,
}

#: A literal of a rule; dates are written as text and typed by the field they stand beside.
Value = str | float | bool | date


@dataclass(frozen=True, slots=True)
class Field:
    """A subscriber's field and its type."""

    name: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class Compare:
    """`field OP value`; `operator` is one of `== < <= > >=`."""

    field: Field
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """`field in (value, …)`."""

    field: Field
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """`"value" in field`, of a set."""

    field: Field
    value: str


@dataclass(frozen=True, slots=True)
class Affix:
    """`startswith(field, "…")` or `endswith(field, "…")`; letters count as they are written."""

    field: Field
    text: str
    at_end: bool


@dataclass(frozen=True, slots=True)
class Has:
    """`has(field)`: there is a value."""

    field: Field


@dataclass(frozen=True, slots=True)
class Not:
    part: Rule


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; with no parts, true."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Rule, ...]


Rule = Compare | OneOf | Contains | Affix | Has | Not | All | AnyOf
