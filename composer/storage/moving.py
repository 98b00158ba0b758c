"""A reader's other address: the same reader, with the same token, under another name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from composer.model.delivery import Status
from composer.storage import tallies
from composer.storage.reader_rows import (
    LIFTED,
    keep_token,
    lift_suppression,
    subscriber_by,
    suppress_row,
)
from composer.storage.reader_tables import choices, reader_pauses
from composer.storage.store import Store
from composer.storage.tables import deliveries


def move(connection: Connection, store: Store, waiting: Row[Any], time: str) -> None:
    """Let the reader of a confirmed `move` have their new address.

    The old one is suppressed as `moved`, or the next import of an old list would bring it back.
    Where the new address is on the list already, it stays as it is and the old one goes.
    """
    table = store.people.table
    row = subscriber_by(connection, store, table.c.id == waiting.subscriber)
    if row is None or row.hash == waiting.hash:
        return
    old, new = bytes(row.hash), bytes(waiting.hash)
    other = subscriber_by(connection, store, table.c.hash == new)
    if other is None:
        domain = str(waiting.address).rpartition("@")[2]
        values = {"hash": new, "address": waiting.address, "domain": domain, "confirmed": True}
        connection.execute(update(table).where(table.c.id == row.id).values(**values))
        _carry(connection, old, new)
        _redirect(connection, row.id, waiting.address)
    else:
        connection.execute(update(table).where(table.c.id == other.id).values(confirmed=True))
        connection.execute(delete(table).where(table.c.id == row.id))
        keep_token(connection, store, row.token, new)
    lift_suppression(connection, new, LIFTED)
    suppress_row(connection, old, "", "moved", time)


def _carry(connection: Connection, old: bytes, new: bytes) -> None:
    """What goes by the hash goes along."""
    for table in (choices, reader_pauses):
        connection.execute(delete(table).where(table.c.hash == new))
        connection.execute(update(table).where(table.c.hash == old).values(hash=new))


def _redirect(connection: Connection, number: int, address: str) -> None:
    """What has not left yet goes to the new address."""
    waiting = deliveries.c.status.in_([str(Status.PLANNED), str(Status.DEFERRED)])
    theirs = (deliveries.c.subscriber == number) & waiting
    of = select(deliveries.c.mailing).where(theirs).distinct()
    numbers = connection.execute(of).scalars().all()
    # Domains are counted, and paused, by the one that receives.
    values = {"address": address, "domain": address.rpartition("@")[2]}
    connection.execute(update(deliveries).where(theirs).values(**values))
    tallies.drop(connection, numbers)
