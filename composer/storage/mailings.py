"""A mailing's row, and what it says."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from composer.model.mailing import Mailing
from composer.storage.contests import contest_from_json
from composer.storage.freezing import letterhead_from_json
from composer.storage.orders import no_such
from composer.storage.tables import mailings


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
        finished=row.finished,
    )
