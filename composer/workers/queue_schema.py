"""The queue's own tables, made and brought up to date as Procrastinate ships them.

They stand beside ours, in the same schema: a share is put into the queue in the transaction
that writes its deliveries, and whoever may make our tables may make these. A comment on one of
them says how far they are, and that they are ours.
"""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from composer.errors import GuardError
from composer.storage.database import Database

_OURS = "newsletter: "
#: By reading the catalogue: what a session knows by name may be from before it was let in.
_SAID = """
SELECT coalesce(d.description, '') FROM pg_class AS c LEFT JOIN pg_description AS d
    ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
    WHERE c.relname = 'procrastinate_jobs' AND c.relnamespace = current_schema()::regnamespace
"""


def install(database: Database) -> None:
    """Make the queue's tables, or bring older ones up to date; the usual case changes nothing.

    Raises:
        GuardError: another program's queue stands in this schema.
        StorageError: the database cannot be reached, or the user may not make tables.
    """
    with database.store.reading() as connection:
        if _is_newest(connection):
            return
    while True:
        # A step at a time: PostgreSQL lets no new value of an enum be used before its commit.
        with database.store.writing() as connection:
            if _is_newest(connection):
                return
            _step(connection)


def _step(connection: Connection) -> None:
    said = connection.exec_driver_sql(_SAID).scalar()
    if said is None:
        _run(connection, _sql().joinpath("schema.sql"))
        _note(connection, steps()[-1])
        return
    if not str(said).startswith(_OURS):
        raise GuardError(
            "another program keeps a queue of Procrastinate in this schema of the database",
            hint="give the newsletter a schema of its own: ?options=-csearch_path%3Dnewsletter",
        )
    done = str(said).removeprefix(_OURS)
    if later := [name for name in steps() if name > done]:
        _run(connection, _sql().joinpath("migrations", later[0]))
        _note(connection, later[0])


def steps() -> list[str]:
    """The names of the changes that Procrastinate has made to its tables, oldest first."""
    folder = _sql().joinpath("migrations")
    return sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))


def _is_newest(connection: Connection) -> bool:
    # Newer is good as well: a worker that is not updated yet keeps working.
    said = str(connection.exec_driver_sql(_SAID).scalar() or "")
    return said.startswith(_OURS) and said.removeprefix(_OURS) >= steps()[-1]


def _note(connection: Connection, step: str) -> None:
    connection.exec_driver_sql(f"COMMENT ON TABLE procrastinate_jobs IS '{_OURS}{step}'")


def _run(connection: Connection, file: Traversable) -> None:
    """Many statements at once: the driver's way for them takes no values."""
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.execute(file.read_text(encoding="utf-8"))
    except psycopg.Error as error:
        raise DBAPIError(file.name, None, error) from error


def _sql() -> Traversable:
    return resources.files("procrastinate").joinpath("sql")
