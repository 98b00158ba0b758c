"""Open a database: create it, migrate it, refuse one that is newer than this code."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select

from composer.errors import Place, StorageError
from composer.model.settings import Settings
from composer.storage.identity import Identity, new_salt
from composer.storage.place import database_path
from composer.storage.store import Store, file_of, reading, sqlite_engine, writing
from composer.storage.tables import SubscriberTable, meta
from composer.storage.trouble import told_plainly
from composer.storage.typed import sync_typed_columns

#: The revision that this code works on; a test compares it with the newest migration.
REVISION = "0001"
KNOWN_REVISIONS = frozenset({"", REVISION})


def open_store(url: str, folder: Path, settings: Settings) -> Store:
    """Open or create the database that `url` names, relative to the site's `folder`.

    Raises:
        ConfigError: it is not SQLite.
        StorageError: it cannot be opened, or is newer than this code.
    """
    path = database_path(url, folder)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"the folder cannot be made: {error.strerror}",
            place=Place(path.parent),
            hint="look at what stands in its place, and at its permissions",
        ) from error
    if not path.exists():
        _make_private(path)
    engine = sqlite_engine(path)
    with told_plainly(path):
        _migrate(engine, path)
    store = Store(
        engine=engine,
        path=path,
        identity=_identity(engine, path),
        people=SubscriberTable.of(settings.fields),
        fields=settings.fields,
        file=file_of(path),
    )
    sync_typed_columns(store)
    return store


def _make_private(path: Path) -> None:
    """An empty file that only its owner may read: names, tokens and the salt come into it."""
    try:
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"the database cannot be made: {error.strerror}", place=Place(path)
        ) from error


def _migrate(engine: Engine, path: Path) -> None:
    there = _revision(engine)
    if there == REVISION:
        return  # the usual case pays nothing for Alembic
    if there not in KNOWN_REVISIONS:
        raise StorageError(
            f"the database is of a newer version of newsletter (revision {there})",
            place=Place(path),
            hint="update newsletter: pip install --upgrade newsletter-composer",
        )
    from alembic import command  # noqa: PLC0415 - 100 ms, and only on the first day
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    # Alembic reads its options with %-interpolation.
    scripts = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", scripts)
    with writing(engine, path) as connection:
        if _revision(engine) != REVISION:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _revision(engine: Engine) -> str:
    with engine.connect() as connection:
        tables = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
        ).all()
        if not tables:
            return ""
        row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
        return str(row[0]) if row else ""


def _refuse_lost_salt(connection: Connection, path: Path) -> None:
    """Under another salt, no suppression would fit anybody any more."""
    for table in ("subscribers", "suppressions"):
        found = connection.exec_driver_sql(f"SELECT 1 FROM {table} LIMIT 1").first()  # noqa: S608
        if found:
            raise StorageError(
                "the database has lost its salt: suppressions could not be recognised",
                place=Place(path),
                hint="restore it from a backup",
            )


def _identity(engine: Engine, path: Path) -> Identity:
    wanted = select(meta.c.content).where(meta.c.name == "salt")
    with reading(engine, path) as connection:
        salt = connection.execute(wanted).scalar()
    if salt is None:
        with writing(engine, path) as connection:
            salt = connection.execute(wanted).scalar()
            if salt is None:
                _refuse_lost_salt(connection, path)
                salt = new_salt()
                connection.execute(insert(meta).values(name="salt", content=salt))
    return Identity(bytes(salt))
