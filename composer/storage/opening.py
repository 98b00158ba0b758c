"""Open a database: create it, migrate it, refuse one that is newer than this code."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, insert, inspect, select

from composer.errors import StorageError
from composer.model.settings import Settings
from composer.storage.identity import Identity, new_salt
from composer.storage.keeping import Keeping
from composer.storage.place import POSTGRES
from composer.storage.postgres import PostgresServer
from composer.storage.sqlite import SqliteFile, make_folder
from composer.storage.store import Store
from composer.storage.tables import SubscriberTable, meta
from composer.storage.typed import sync_typed_columns

#: The revision that this code works on; a test compares it with the newest migration.
REVISION = "0009"
KNOWN_REVISIONS = frozenset({"", *(f"{number:04}" for number in range(1, 9)), REVISION})


def open_store(url: str, folder: Path, settings: Settings) -> Store:
    """Open or create the database that `url` names, relative to the site's `folder`.

    Raises:
        ConfigError: it is of another kind than SQLite or PostgreSQL, or its driver is missing.
        StorageError: it cannot be opened, or is newer than this code.
    """
    keeping: Keeping
    if url.startswith(POSTGRES):
        keeping, room = PostgresServer.open(url), folder.resolve() / ".newsletter"
        with suppress(StorageError):  # whoever needs it says so; most of what is done does not
            make_folder(room)
    else:
        keeping = SqliteFile.open(url, folder)
        room = keeping.path.parent
    migrate(keeping)
    store = Store(
        keeping=keeping,
        folder=room,
        identity=_identity(keeping),
        people=SubscriberTable.of(settings.fields),
        fields=settings.fields,
        outgoing=settings.outgoing,
    )
    sync_typed_columns(store)
    return store


def migrate(keeping: Keeping) -> None:
    """Bring an older database, or an empty one, to the tables of this code."""
    with keeping.reading() as connection:
        there = _revision(connection)
    if there == REVISION:
        return  # the usual case pays nothing for Alembic
    if there not in KNOWN_REVISIONS:
        raise keeping.failure(
            f"the database is of a newer version of newsletter (revision {there})",
            "update newsletter: pip install --upgrade newsletter-composer",
        )
    from alembic import command  # noqa: PLC0415 - 100 ms, and only on the first day
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    # Alembic reads its options with %-interpolation.
    scripts = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", scripts)
    with keeping.writing() as connection:
        if _revision(connection) != REVISION:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return str(row[0]) if row else ""


def _refuse_lost_salt(connection: Connection, keeping: Keeping) -> None:
    """Under another salt, no suppression would fit anybody any more."""
    for table in ("subscribers", "suppressions"):
        found = connection.exec_driver_sql(f"SELECT 1 FROM {table} LIMIT 1").first()  # noqa: S608
        if found:
            raise keeping.failure(
                "the database has lost its salt: suppressions could not be recognised",
                "restore it from a backup",
            )


def _identity(keeping: Keeping) -> Identity:
    wanted = select(meta.c.content).where(meta.c.name == "salt")
    with keeping.reading() as connection:
        salt = connection.execute(wanted).scalar()
    if salt is None:
        with keeping.writing() as connection:
            salt = connection.execute(wanted).scalar()
            if salt is None:
                _refuse_lost_salt(connection, keeping)
                salt = new_salt()
                connection.execute(insert(meta).values(name="salt", content=salt))
    return Identity(bytes(salt))
