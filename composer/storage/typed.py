"""Keep the typed columns in step with what the site declares; the raw texts are the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection

from composer.model.settings import FieldType
from composer.reading.field_values import read_value
from composer.storage.facts import TYPED, names_of, note_names
from composer.storage.segment_sql import stored
from composer.storage.store import Store
from composer.storage.tables import TypedColumn

_ROWS = 5_000
_DECLARED = {FieldType.NUMBER: "FLOAT", FieldType.BOOLEAN: "BOOLEAN"}


def sync_typed_columns(store: Store) -> None:
    """Fill a column for each newly declared field or type from the raw texts.

    A column that an import left out, because the field was not declared then, is filled anew.
    """
    wanted = {column.name: column for column in store.people.typed}
    with store.reading() as connection:
        if wanted.keys() <= names_of(connection, TYPED):
            return
    with store.writing() as connection:
        current, there = names_of(connection, TYPED), _existing(connection)
        new = [column for name, column in wanted.items() if name not in current]
        for column in new:
            if column.name not in there:
                # The name is of [a-z0-9_] only: site_file refuses any other field name.
                kind = _DECLARED.get(column.type, "VARCHAR")
                connection.exec_driver_sql(
                    f'ALTER TABLE subscribers ADD COLUMN "{column.name}" {kind}'
                )
        _fill(connection, new)
        note_names(connection, TYPED, current | wanted.keys())


def _existing(connection: Connection) -> set[str]:
    rows = connection.exec_driver_sql("PRAGMA table_info(subscribers)")
    return {str(row[1]) for row in rows}


def _fill(connection: Connection, columns: list[TypedColumn]) -> None:
    setters = ", ".join(f'"{column.name}" = ?' for column in columns)
    statement = f"UPDATE subscribers SET {setters} WHERE id = ?"  # noqa: S608 - our own names
    for page in _pages(connection):
        values = [
            (*(typed_value(json.loads(fields).get(c.field, ""), c) for c in columns), number)
            for number, fields in page
        ]
        connection.exec_driver_sql(statement, values)


def _pages(connection: Connection) -> Iterator[list[tuple[int, str]]]:
    last = 0
    while True:
        rows = connection.exec_driver_sql(
            "SELECT id, fields FROM subscribers WHERE id > ? ORDER BY id LIMIT ?", (last, _ROWS)
        ).all()
        if not rows:
            return
        last = rows[-1][0]
        yield [(row[0], row[1]) for row in rows]


def typed_value(text: str, column: TypedColumn) -> str | float | bool | None:
    """What the typed column holds for a raw text; None when there is none or it does not fit."""
    try:
        return stored(read_value(text, column.type))
    except ValueError:
        return None
