"""Mailings' rows: what they say, which there are, and how one is forgotten."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select

from composer.model.delivery import Status
from composer.model.mailing import Mailing
from composer.model.rate import Rate
from composer.storage.contests import contest_from_json
from composer.storage.freezing import letterhead_from_json
from composer.storage.orders import no_such
from composer.storage.shares import LEFT_TO_DO
from composer.storage.tables import deliveries, mailings

_UNTOUCHED = (Status.PLANNED, Status.EXCLUDED)


def number_of(connection: Connection, mailing_id: str) -> int:
    """Raises GuardError when there is no such mailing."""
    query = select(mailings.c.number).where(mailings.c.id == mailing_id)
    number = connection.execute(query).scalar()
    if number is None:
        raise no_such(mailing_id)
    return int(number)


def mailing_of(row: Row[Any]) -> Mailing:
    return Mailing(
        id=row.id,
        issue_id=row.issue_id,
        segment=row.segment,
        provider=row.provider,
        letterhead=letterhead_from_json(row.letterhead),
        edition_digest=row.edition_digest,
        created=row.created,
        matched=row.matched,
        due=row.due,
        schedule=row.schedule,
        contest=contest_from_json(row.trial),
        wish=row.wish,
        wish_reason=row.wish_reason,
        rate=Rate.parse(row.rate) if row.rate else None,
        finished=row.finished,
    )


def mailings_where(
    connection: Connection, where: ColumnElement[bool] | None, *, limit: int | None
) -> list[Mailing]:
    """The newest first; all of them without `where` and `limit`."""
    query = select(mailings).order_by(mailings.c.number.desc()).limit(limit)
    if where is not None:
        query = query.where(where)
    return [mailing_of(row) for row in connection.execute(query)]


def something_left() -> ColumnElement[bool]:
    """Whether a mailing has something left to do."""
    return (
        select(deliveries.c.id)
        .where(deliveries.c.mailing == mailings.c.number)
        .where(deliveries.c.status.in_([str(status) for status in LEFT_TO_DO]))
        .exists()
    )


def forgotten(connection: Connection, number: int) -> bool:
    """Forget a mailing of which nothing was ever attempted; say whether it was one."""
    touched = connection.execute(
        select(deliveries.c.id)
        .where(deliveries.c.mailing == number)
        .where(
            deliveries.c.status.not_in([str(status) for status in _UNTOUCHED])
            | (deliveries.c.attempts > 0)
        )
        .limit(1)
    ).first()
    if touched:
        return False
    connection.execute(delete(deliveries).where(deliveries.c.mailing == number))
    connection.execute(delete(mailings).where(mailings.c.number == number))
    return True
