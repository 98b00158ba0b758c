"""One sender of a mailing at a time, on PostgreSQL: a lock that dies with its connection."""

from __future__ import annotations

import time
from contextlib import suppress

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from composer.storage.living import own_name, surely_gone

#: `status` and `report` hold the lock for a moment; and of a process that was killed, the server
#: learns a moment later.
_PAUSES_S = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)
#: How long to wait for a server to learn what is certain here: that the holder was killed. It
#: goes on with what the dead one asked for last, and a busy server is late with everything.
_GONE_PAUSES_S = (0.5,) * 120

#: The number of a text: of schema and mailing together, since the locks are the database's.
_KEY = "hashtextextended(current_schema() || ' ' || %s, 0)"
_TAKE = f"SELECT pg_try_advisory_lock({_KEY}), pg_backend_pid()"
#: A share's sender holds the mailing together with other shares' senders, and its share alone.
_TAKE_SHARE = f"""
SELECT CASE WHEN pg_try_advisory_lock_shared({_KEY}) THEN pg_try_advisory_lock({_KEY})
    ELSE false END, pg_backend_pid()
"""
_FREE = "SELECT pg_advisory_unlock_all()"
_CLAIMING = f"SELECT pg_advisory_xact_lock_shared({_KEY})"
_AFTER_CLAIMS = f"SELECT pg_advisory_xact_lock({_KEY})"

#: How `pg_locks` tells of a lock by one number of 64 bits: in halves.
_IS_HELD = f"""
SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database AS d ON d.oid = pg_locks.database
    WHERE locktype = 'advisory' AND objsubid = 1 AND d.datname = current_database()
    AND (classid::bigint << 32) | objid::bigint = {_KEY})
"""  # noqa: S608 - ours
_HOLDERS = f"""
SELECT a.application_name FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
    JOIN pg_stat_activity AS a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND d.datname = current_database()
    AND l.pid <> pg_backend_pid()
    AND ((l.classid::bigint << 32) | l.objid::bigint = {_KEY}
        OR (l.classid::bigint << 32) | l.objid::bigint = {_KEY} AND l.mode = 'ExclusiveLock')
"""  # noqa: S608 - ours
#: Nobody may end a session that has nothing to say for as long as a mailing takes; a machine that
#: vanished without a word is noticed within half a minute; and others may see who we are.
_SESSION = """
SELECT set_config('application_name', %s, false),
       set_config('tcp_keepalives_idle', '10', false),
       set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '3', false),
       (SELECT set_config('idle_session_timeout', '0', false)
           WHERE current_setting('idle_session_timeout', true) IS NOT NULL)
"""


def is_held(connection: Connection, mailing_id: str) -> bool:
    """Whether somebody has the lock of that mailing."""
    return bool(connection.exec_driver_sql(_IS_HELD, (mailing_id,)).scalar())


def claiming(connection: Connection, mailing_id: str) -> None:
    """See `Keeping.claiming`."""
    connection.exec_driver_sql(_CLAIMING, (_claims(mailing_id),))


def after_claims(connection: Connection, mailing_id: str) -> None:
    """See `Keeping.after_claims`."""
    connection.exec_driver_sql(_AFTER_CLAIMS, (_claims(mailing_id),))


def _claims(mailing_id: str) -> str:
    return f"{mailing_id} claims"


class SenderLock:
    """The lock of a mailing or of a share, on a connection that nothing else is done with."""

    def __init__(self, engine: Engine, mailing_id: str, share: str = "") -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._mailing_id = mailing_id
        self._share = f"{mailing_id} {share}" if share else ""
        self._connection: Connection | None = None
        self._session = 0

    def take(self) -> bool:
        """Whether nobody else who lives had it."""
        self._drop()
        connection = self._engine.connect()
        try:
            connection.exec_driver_sql(_SESSION, (own_name(),))
            for pause_s in _PAUSES_S:
                time.sleep(pause_s)
                if self._tried(connection):
                    return True
            for pause_s in _GONE_PAUSES_S:
                if not self._left_by_the_dead(connection):
                    break
                time.sleep(pause_s)
                if self._tried(connection):
                    return True
        except BaseException:
            _end(connection)
            raise
        _end(connection)
        return False

    def _tried(self, connection: Connection) -> bool:
        statement = _TAKE_SHARE if self._share else _TAKE
        names = (self._mailing_id, self._share) if self._share else (self._mailing_id,)
        taken, self._session = connection.exec_driver_sql(statement, names).one()
        if taken:
            self._connection = connection
        return bool(taken)

    def _left_by_the_dead(self, connection: Connection) -> bool:
        """Whether whoever holds it is a process of this machine that is there no more."""
        names = (self._share or self._mailing_id, self._mailing_id)
        holders = connection.exec_driver_sql(_HOLDERS, names).scalars().all()
        return all(surely_gone(str(name)) for name in holders)  # nobody: it is free by now

    def is_held(self) -> bool:
        """Whether the session that took it is there: a pooler may have given us another."""
        if self._connection is None:
            return False
        try:
            session = self._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        except DBAPIError:
            self._drop()
            return False
        return session == self._session

    def free(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.exec_driver_sql(_FREE)
        self._drop()

    def _drop(self) -> None:
        """Close the session, and with it whatever it still holds."""
        if self._connection is not None:
            _end(self._connection)
        self._connection = None


def _end(connection: Connection) -> None:
    with suppress(SQLAlchemyError):
        connection.invalidate()
    with suppress(SQLAlchemyError):
        connection.close()
