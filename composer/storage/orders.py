"""What is asked of a mailing's senders, in the database."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select, update

from composer.errors import GuardError
from composer.model.delivery import Status
from composer.sending.orders import CANCELLED, Asked, Wish
from composer.storage.store import Store
from composer.storage.tables import deliveries, mailings

_LEFT = (Status.PLANNED, Status.DEFERRED)


class SqlOrders:
    """Implements `composer.sending.orders.Orders`; `clock` tells epoch seconds."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def asked(self, mailing_id: str) -> Asked:
        query = select(mailings.c.wish, mailings.c.wish_reason).where(mailings.c.id == mailing_id)
        with self._store.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise no_such(mailing_id)
        return Asked(Wish(row.wish), row.wish_reason)

    def ask(self, mailing_id: str, wish: Wish, *, reason: str = "") -> None:
        """Ask it of every sender of the mailing, from now on; see the port."""
        change = (
            update(mailings)
            .where(mailings.c.id == mailing_id)
            .where((mailings.c.wish != str(Wish.CANCEL)) | (str(wish) == str(Wish.CANCEL)))
            .values(wish=str(wish), wish_reason=reason)
        )
        with self._store.writing_rows() as connection:
            if connection.execute(change).rowcount:
                return
        self.asked(mailing_id)
        raise GuardError(
            f"{mailing_id} was cancelled, which is for good", hint=f"newsletter report {mailing_id}"
        )

    def exclude_left(self, mailing_id: str) -> int:
        """Make what is planned or deferred `excluded` because it was cancelled; say how many."""
        with self._store.writing_rows() as connection:
            change = (
                update(deliveries)
                .where(deliveries.c.mailing == _number(connection, mailing_id))
                .where(deliveries.c.status.in_([str(status) for status in _LEFT]))
                .values(status=str(Status.EXCLUDED), reason=CANCELLED, due=0, at=int(self._clock()))
            )
            return connection.execute(change).rowcount

    def close(self, mailing_id: str) -> bool:
        """Note since when nothing is left to attempt, if that is so; say whether."""
        with self._store.writing_rows() as connection:
            number = _number(connection, mailing_id)
            left = (
                select(deliveries.c.id)
                .where(deliveries.c.mailing == number)
                .where(
                    deliveries.c.status.in_([str(Status.PLANNED), str(Status.ATTEMPTING)])
                    | ((deliveries.c.status == str(Status.DEFERRED)) & (deliveries.c.due > 0))
                )
                .limit(1)
            )
            done = connection.execute(left).first() is None
            at = int(self._clock()) if done else 0
            connection.execute(
                update(mailings)
                .where(mailings.c.number == number)
                .where((mailings.c.finished == 0) if done else (mailings.c.finished != 0))
                .values(finished=at)
            )
            return done


def _number(connection: Connection, mailing_id: str) -> int:
    number = connection.execute(
        select(mailings.c.number).where(mailings.c.id == mailing_id)
    ).scalar()
    if number is None:
        raise no_such(mailing_id)
    return int(number)


def no_such(mailing_id: str) -> GuardError:
    return GuardError(f"there is no mailing {mailing_id}", hint="newsletter status")
