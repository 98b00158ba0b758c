"""A database on a PostgreSQL server, through psycopg 3."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from composer.errors import ConfigError, GuardError, StorageError
from composer.storage import keeping
from composer.storage.keeping import LostConnection
from composer.storage.place import POSTGRES
from composer.storage.postgres_import import add_lines, merge
from composer.storage.postgres_lock import SenderLock, after_claims, claiming, is_held
from composer.storage.postgres_trouble import trouble_of
from composer.storage.rows import Row
from composer.storage.staging import Shape, Staged

if TYPE_CHECKING:
    from psycopg import Connection as Raw

OLDEST = 130_000  #: as PostgreSQL counts: 13.0
_CONNECT_S = 10

#: `newsletter`, before the number of the schema: who writes alone in it.
_ALONE = "SELECT pg_advisory_xact_lock(1852142707, current_schema()::regnamespace::oid::int)"
#: What a transaction of ours needs of its session. A server that does not wait for its disk
#: would forget what was promised; one that waits for its copies too is left to it.
_SESSION = f"""
SELECT (SELECT oid::bigint FROM pg_database WHERE datname = current_database()),
       set_config('lock_timeout', CASE current_setting('lock_timeout')
           WHEN '0' THEN '{keeping.BUSY_TIMEOUT_MS}'
           ELSE current_setting('lock_timeout') END, false),
       set_config('idle_in_transaction_session_timeout', '0', false),
       set_config('jit', 'off', false),
       set_config('synchronous_commit', CASE current_setting('synchronous_commit')
           WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)
"""  # noqa: S608 - a number of ours


@dataclass(frozen=True)
class PostgresServer:
    """Implements `composer.storage.keeping.Keeping`."""

    engine: Engine
    name: str  #: of the database, as messages show it
    _snapshots: Engine = field(repr=False)
    _senders: dict[tuple[str, str], SenderLock] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, url: str) -> PostgresServer:
        """Connect to the database that `url` names.

        Raises:
            ConfigError: the URL is wrong, or psycopg is not installed.
            StorageError: there is nobody there, or nobody whom this code can work with.
        """
        parts = _parts(url)
        engine = _engine(parts)
        snapshots = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        server = cls(engine, shown(parts), snapshots)
        weakref.finalize(server, engine.dispose)  # whoever forgets it says goodbye to the server
        server._refuse_unfit()
        return server

    @property
    def one_writer(self) -> bool:
        return False

    @property
    def replaced(self) -> bool:
        """A connection to another database of the same name is refused when it is made."""
        return False

    def _refuse_unfit(self) -> None:
        with self.reading() as connection:
            version, encoding, schema = connection.exec_driver_sql(
                "SELECT current_setting('server_version_num')::int,"
                " current_setting('server_encoding'), current_schema()"
            ).one()
        if version < OLDEST:
            raise self.failure(
                f"the server is PostgreSQL {version // 10_000}", "13 is the oldest that will do"
            )
        if encoding != "UTF8":
            raise self.failure(
                f"it is encoded in {encoding}, which not every name can be written in",
                "createdb --encoding=UTF8 --template=template0 NAME",
            )
        if schema is None:
            raise self.failure(
                "it has no schema to make tables in", "look at the search_path of the user"
            )

    # --- transactions -----------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._told_plainly(), self._snapshots.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self.writing_rows() as connection:
            connection.exec_driver_sql(_ALONE)
            yield connection

    @contextmanager
    def writing_rows(self) -> Iterator[Connection]:
        with self._told_plainly(), self.engine.connect() as connection:
            yield connection
            try:
                connection.commit()
            except DBAPIError as error:
                # Whether it was committed, nobody knows: it must not be tried again blindly.
                raise self._translated(error.orig or error) from error

    @contextmanager
    def _told_plainly(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            told = self._translated(error.orig or error)
            if error.connection_invalidated or _gone(error.orig):
                raise LostConnection(told.problem, hint=told.hint) from error
            raise told from error

    def _translated(self, error: BaseException) -> StorageError:
        found = trouble_of(error)
        return self.failure(found.problem, found.hint)

    def failure(self, problem: str, hint: str = "") -> StorageError:
        return StorageError(f"the database {self.name}: {problem}", hint=hint)

    # --- one sender at a time ---------------------------------------------------------

    @contextmanager
    def only_sender(self, mailing_id: str, share: str = "") -> Iterator[None]:
        """An advisory lock on a connection of its own: it goes when the process does."""
        lock = SenderLock(self.engine, mailing_id, share)
        with self._told_plainly():
            taken = lock.take()
        if not taken:
            raise _taken(mailing_id)
        self._senders[mailing_id, share] = lock
        try:
            yield
        finally:
            del self._senders[mailing_id, share]
            lock.free()

    def is_sending(self, mailing_id: str) -> bool:
        with self.reading() as connection:
            return is_held(connection, mailing_id)

    def claiming(self, connection: Connection, mailing_id: str) -> None:
        claiming(connection, mailing_id)

    def after_claims(self, connection: Connection, mailing_id: str) -> None:
        after_claims(connection, mailing_id)

    def still_sender(self, mailing_id: str, share: str = "") -> None:
        lock = self._senders.get((mailing_id, share))
        if lock is None or lock.is_held():
            return
        with self._told_plainly():
            taken = lock.take()
        if not taken:
            raise _taken(mailing_id)

    # --- many rows --------------------------------------------------------------------

    def merge(
        self, connection: Connection, shape: Shape, batches: Iterator[list[Staged]]
    ) -> tuple[int, int]:
        return merge(connection, shape, batches)

    def add_lines(self, connection: Connection, rows: Iterator[Row]) -> None:
        add_lines(connection, rows)

    def empty_log(self) -> None:
        """The server keeps and overwrites its log as it was told to; nobody else may."""


def _taken(mailing_id: str) -> GuardError:
    return GuardError(
        f"{mailing_id} is being sent by another process; this one sent nothing",
        hint=f"newsletter status {mailing_id}",
    )


def _gone(error: BaseException | None) -> bool:
    """Nobody was there to connect to: there is no answer, and so no code of one."""
    return error is not None and getattr(error, "sqlstate", None) is None


def _parts(url: str) -> URL:
    if find_spec("psycopg") is None:
        raise ConfigError(
            "a database on PostgreSQL needs psycopg, which is not installed",
            hint='pip install "newsletter-composer[postgres]"',
        )
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        # The error would repeat the URL, and with it the password.
        raise _wrong_url() from None
    if not parts.database:
        raise _wrong_url()
    return parts


def _wrong_url() -> ConfigError:
    return ConfigError(
        "the URL of the database cannot be read", hint=f"{POSTGRES}user@host:5432/database"
    )


def shown(parts: URL) -> str:
    """The database as a message may name it: without user and password."""
    host = parts.host or str(parts.query.get("host", ""))
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.database!r} on {host or 'this machine'}{port}"


def _engine(parts: URL) -> Engine:
    given: dict[str, Any] = {
        "connect_timeout": _CONNECT_S,
        "application_name": "newsletter",
        "client_encoding": "UTF8",
        # A server that vanished without a word is noticed within a minute, not in two hours.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }
    options = {name: value for name, value in given.items() if name not in parts.query}
    try:
        engine = create_engine(parts, connect_args=options, pool_pre_ping=True)
    except (SQLAlchemyError, ImportError):
        raise _wrong_url() from None

    known: set[int] = set()

    @event.listens_for(engine, "connect")
    def configure(connection: Raw[Any], _: object) -> None:
        connection.autocommit = True
        row = connection.execute(_SESSION).fetchone()
        connection.autocommit = False
        known.add(row[0] if row else 0)
        if len(known) > 1:
            # Under the salt of the one, no suppression of the other fits anybody.
            raise StorageError(
                f"the database {shown(parts)}: it was replaced while it was in use",
                hint="put it back before anything else is sent",
            )

    return engine
