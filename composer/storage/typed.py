"""Keep the typed columns in step with what the site declares; the raw texts are the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection

from composer.storage.dialect import WORDS, columns_of, marked
from composer.storage.facts import TYPED, names_of, note_names
from composer.storage.store import Store
from composer.storage.tables import SQL_TYPES, TypedColumn
from composer.storage.typed_values import typed_value

_ROWS = 5_000


def sync_typed_columns(store: Store) -> None:
    """Fill a column for each newly declared field or type from the raw texts.

    A column that an import left out, because the field was not declared then, is filled anew.
    """
    wanted = {column.name: column for column in store.people.typed}
    with store.reading() as connection:
        if wanted.keys() <= names_of(connection, TYPED):
            return
    with store.writing() as connection:
        current, there = names_of(connection, TYPED), columns_of(connection, "subscribers")
        new = [column for name, column in wanted.items() if name not in current]
        for column in new:
            if column.name not in there:
                # The name is of [a-z0-9_] only: site_file refuses any other field name.
                kind = SQL_TYPES.get(column.type, WORDS).compile(connection.dialect)
                connection.exec_driver_sql(
                    f'ALTER TABLE subscribers ADD COLUMN "{column.name}" {kind}'
                )
        _fill(connection, new)
        note_names(connection, TYPED, current | wanted.keys())


def _fill(connection: Connection, columns: list[TypedColumn]) -> None:
    setters = ", ".join(f'"{column.name}" = ?' for column in columns)
    update = f"UPDATE subscribers SET {setters} WHERE id = ?"  # noqa: S608 - our own names
    statement = marked(connection, update)
    for page in _pages(connection):
        values = [
            (*(typed_value(json.loads(fields).get(c.field, ""), c) for c in columns), number)
            for number, fields in page
        ]
        connection.exec_driver_sql(statement, values)


def _pages(connection: Connection) -> Iterator[list[tuple[int, str]]]:
    page = "SELECT id, fields FROM subscribers WHERE id > ? ORDER BY id LIMIT ?"
    last = 0
    while True:
        rows = connection.exec_driver_sql(marked(connection, page), (last, _ROWS)).all()
        if not rows:
            return
        last = rows[-1][0]
        yield [(row[0], row[1]) for row in rows]
