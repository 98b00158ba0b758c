"""Who works, and what was handed to workers, in the database."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from composer.sending.fleet import GONE_S, Worker
from composer.sending.ledger import HandOn
from composer.sending.orders import Wish
from composer.storage.dialect import insert, is_postgres
from composer.storage.shares import left_shares
from composer.storage.store import Store
from composer.storage.tables import mailings, workers

#: So long after it was heard of last, a worker is told of before it is forgotten.
_TOLD_S = 2 * GONE_S
_FORGET_S = 3600


class Fleet:
    """What workers say of themselves, and which mailings are theirs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def beat(self, worker: Worker) -> None:
        """Write down where a worker is, and that it is there."""
        with self._store.writing_rows() as connection:
            row = {
                "host": worker.host,
                "pid": worker.pid,
                "mailing": worker.mailing,
                "share": worker.share,
                "per_s": worker.per_s,
                "seen": _now(connection),
            }
            said = insert(connection, workers).values(id=worker.id, **row)
            merged = said.on_conflict_do_update(index_elements=["id"], set_=row)
            connection.execute(merged)

    def leave(self, worker_id: str) -> None:
        """Forget a worker that ended, and those that were not heard of for an hour."""
        with self._store.writing_rows() as connection:
            old = workers.c.seen < _now(connection) - _FORGET_S
            connection.execute(delete(workers).where((workers.c.id == worker_id) | old))

    def workers(self) -> Sequence[Worker]:
        """Everyone who was heard of lately, by host and number of the process."""
        query = select(workers).order_by(workers.c.host, workers.c.pid)
        with self._store.reading() as connection:
            now = _now(connection)
            rows = connection.execute(query.where(workers.c.seen >= now - _TOLD_S)).all()
        return [
            Worker(r.id, r.host, r.pid, r.mailing, r.share, r.per_s, max(0, now - r.seen))
            for r in rows
        ]

    def hand_on(self, mailing_id: str, hand_on: HandOn) -> int:
        """Hand what is left of a mailing to workers, whatever they have of it; count shares."""
        with self._store.writing() as connection:
            query = select(mailings.c.number).where(mailings.c.id == mailing_id)
            number = connection.execute(query).scalar()
            if number is None:
                return 0
            return hand_to_workers(connection, number, mailing_id, hand_on)

    def is_queued(self, mailing_id: str) -> bool:
        """Whether workers deliver a mailing."""
        query = select(mailings.c.queued).where(mailings.c.id == mailing_id)
        with self._store.reading() as connection:
            return bool(connection.execute(query).scalar())

    def to_deliver(self) -> Sequence[str]:
        """The mailings that were handed to workers, that go on, and are not done."""
        query = select(mailings.c.id).where(
            mailings.c.queued > 0, mailings.c.finished == 0, mailings.c.wish == str(Wish.NONE)
        )
        with self._store.reading() as connection:
            return connection.execute(query.order_by(mailings.c.number)).scalars().all()


def hand_to_workers(connection: Connection, number: int, mailing_id: str, hand_on: HandOn) -> int:
    """From now on, workers deliver that mailing; say how many shares are left of it."""
    change = update(mailings).where(mailings.c.number == number, mailings.c.queued == 0)
    connection.execute(change.values(queued=_now(connection)))
    shares = left_shares(connection, number, mailing_id)
    hand_on(shares, connection.connection.dbapi_connection)
    return len(shares)


def _now(connection: Connection) -> int:
    """Epoch seconds by the one clock that all hosts share."""
    if is_postgres(connection):
        asked = "SELECT extract(epoch FROM clock_timestamp())::bigint"
        return int(connection.exec_driver_sql(asked).scalar_one())
    return int(time.time())
