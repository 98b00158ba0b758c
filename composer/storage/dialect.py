"""The few expressions that another database writes in another way; here as SQLite has them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, func


def raw_field(fields: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """The raw text of a field that has no column of its own; NULL where there is none."""
    return func.json_extract(fields, f'$."{name}"')


def has_item(column: ColumnElement[Any], item: str) -> ColumnElement[bool]:
    """Whether a set, stored as `;a;b;`, holds `item`."""
    return func.instr(column, f";{item};") > 0


def starts_with(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """To the letter: LIKE would take `%` for anything and ignore case."""
    piece: ColumnElement[str] = func.substr(column, 1, len(text))
    return piece == text


def ends_with(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    # A longer piece than the text itself would be the whole of it, and might be equal.
    length = len(text)
    piece: ColumnElement[str] = func.substr(column, -length, length)
    return and_(func.length(column) >= length, piece == text)
