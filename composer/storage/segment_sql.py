"""A segment's rule as a SQL expression with bound parameters: never as SQL text."""

from __future__ import annotations

from datetime import date
from operator import eq, ge, gt, le, lt
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, false, func, not_, or_, true

from composer.audience.rule import (
    Affix,
    All,
    AnyOf,
    Compare,
    Contains,
    Field,
    Has,
    Not,
    OneOf,
    Rule,
    Value,
)
from composer.storage.dialect import ends_with, has_item, raw_field, starts_with
from composer.storage.tables import TypedColumn

_OPERATORS: dict[str, Any] = {"==": eq, "<": lt, "<=": le, ">": gt, ">=": ge}


def condition(rule: Rule, table: Table) -> ColumnElement[bool]:
    """True or false for every row, never NULL, exactly as `composer.audience.evaluate.holds`."""
    match rule:
        case All():
            return and_(true(), *(condition(part, table) for part in rule.parts))
        case AnyOf():
            return or_(false(), *(condition(part, table) for part in rule.parts))
        case Not():
            return not_(condition(rule.part, table))
        case _:
            column = _column(rule.field, table)
            return and_(column.is_not(None), _atom(rule, column))


def _atom(
    rule: Compare | OneOf | Contains | Affix | Has, column: ColumnElement[Any]
) -> ColumnElement[bool]:
    match rule:
        case Compare():
            found: ColumnElement[bool] = _OPERATORS[rule.operator](column, _bound(rule.value))
            return found
        case OneOf():
            return column.in_([_bound(value) for value in rule.values])
        case Contains():
            return _contains(rule.value, column)
        case Affix():
            return _affix(rule, column)
        case Has():
            return true()


def _contains(item: str, column: ColumnElement[Any]) -> ColumnElement[bool]:
    if ";" in item or item != item.strip() or not item:
        return false()  # no item of a set looks like that
    return has_item(column, item.replace("\0", "\1"))


def _affix(rule: Affix, column: ColumnElement[Any]) -> ColumnElement[bool]:
    if not rule.text:
        return true()
    return (ends_with if rule.at_end else starts_with)(column, rule.text.replace("\0", "\1"))


def _column(field: Field, table: Table) -> ColumnElement[Any]:
    """The column of a field; NULL where there is no value."""
    match field.name:
        case "status":
            return case((table.c.confirmed, "confirmed"), else_="unconfirmed")
        case "address" | "domain":
            return table.c[field.name]
        case "locale" | "consent_source":
            return func.nullif(table.c[field.name], "")
        case _:
            # Whatever the site declares has a column; the rest is only in the raw texts.
            name = TypedColumn(field.name, field.type).name
            return table.c[name] if name in table.c else raw_field(table.c.fields, field.name)


def _bound(value: Value) -> str | float | bool:
    if isinstance(value, str):
        # Neither is in any cell, and PostgreSQL refuses to be asked for a NUL.
        return value.replace("\0", "\1")
    return value.isoformat() if isinstance(value, date) else value
