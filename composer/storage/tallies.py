"""The tallies of mailings: each as long as it is true, and not a moment longer.

One is written when nothing of a mailing is planned or under way, and dropped in the very
transaction in which a line of it changes: so it is what a walk would find now, or it is not
there. Whoever sends need not care: sending changes lines that are planned or under way, and of
a mailing that has such lines there is no tally.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, select

from composer.model.delivery import Status
from composer.storage.books import columns_of
from composer.storage.counting import counted
from composer.storage.dialect import insert, is_postgres
from composer.storage.store import Store
from composer.storage.tables import deliveries, mailings, tallies
from composer.storage.tally import Tally

_MOVING = (Status.PLANNED, Status.ATTEMPTING)


def kept(connection: Connection, number: int) -> Tally | None:
    """What is known of a mailing without a walk; None when nothing is."""
    query = select(tallies.c.content).where(tallies.c.mailing == number)
    text = connection.execute(query).scalar()
    return None if text is None else Tally.of_text(text)


def needs_counting(connection: Connection, number: int) -> bool:
    """Whether nothing of a mailing moves, and nothing is kept of it."""
    moving = (
        select(deliveries.c.id)
        .where(deliveries.c.mailing == number)
        .where(deliveries.c.status.in_([str(status) for status in _MOVING]))
        .limit(1)
    )
    if kept(connection, number) is not None:
        return False
    return connection.execute(moving).first() is None


def keep(store: Store, connection: Connection, number: int) -> None:
    """Count a mailing of which nothing moves and nothing is kept.

    `connection` has a writing transaction in which no line of it was changed: what others read
    is what it would read.
    """
    hold(connection, [number])
    if needs_counting(connection, number):
        change = {"content": counted(store, number, columns_of(connection, number)).text}
        new = insert(connection, tallies).values(mailing=number, **change)
        connection.execute(new.on_conflict_do_update(index_elements=["mailing"], set_=change))


def drop(connection: Connection, numbers: Collection[int]) -> None:
    """Lines of these mailings change in this transaction: what was counted is not so any more."""
    if numbers:
        hold(connection, numbers)
        connection.execute(delete(tallies).where(tallies.c.mailing.in_(sorted(numbers))))


def hold(connection: Connection, numbers: Collection[int]) -> None:
    """Let nobody else keep or drop their tallies until the transaction ends.

    A server works on several transactions at a time: without this, one could keep what it
    counted before the other committed its change, and the other would find nothing to drop.
    """
    if is_postgres(connection):
        rows = select(mailings.c.number).where(mailings.c.number.in_(sorted(numbers)))
        connection.execute(rows.order_by(mailings.c.number).with_for_update(key_share=True)).all()
