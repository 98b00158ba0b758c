"""Take planned deliveries up: the last look at each address, and the intent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, select

from composer.model.address import Address
from composer.model.delivery import Delivery, Recipient, Status
from composer.model.edition import EditionKey
from composer.sending.ledger import Share
from composer.storage.dialect import marked
from composer.storage.identity import Identity
from composer.storage.shares import lines_of_share
from composer.storage.tables import deliveries, subscribers, suppressions

_FROZEN = (
    *(deliveries.c.id, deliveries.c.subscriber, deliveries.c.address, deliveries.c.display_name),
    *(deliveries.c.slots, deliveries.c.token, deliveries.c.attempts),
)
_LEARNED = (
    select(
        *_FROZEN,
        deliveries.c.edition,
        suppressions.c.hash.label("suppressed"),
        subscribers.c.id.label("on_the_list"),
    )
    .outerjoin(subscribers, subscribers.c.id == deliveries.c.subscriber)
    .outerjoin(suppressions, suppressions.c.hash == subscribers.c.hash)
    .where(deliveries.c.due <= bindparam("now"))
    .limit(bindparam("most", type_=Integer))
    # Rows that another sender has in hand are left to it; SQLite has one writer anyway.
    .with_for_update(of=deliveries, skip_locked=True)
)
#: Planned deliveries with what was learned since: the index gives them in this order.
_PLANNED = _LEARNED.where(
    deliveries.c.mailing == bindparam("mailing"),
    deliveries.c.status == str(Status.PLANNED),
).order_by(deliveries.c.due, deliveries.c.edition, deliveries.c.id)
#: Those of a share. By that index, a late share would be looked for behind all before it.
_PLANNED_OF_SHARE = _LEARNED.where(
    lines_of_share(bindparam("mailing"), bindparam("first"), bindparam("last")),
    deliveries.c.status + "" == str(Status.PLANNED),
).order_by(deliveries.c.due + 0, deliveries.c.edition + "", deliveries.c.id)

_EXCLUDE = (
    "UPDATE deliveries SET status = 'excluded', reason = 'suppressed', due = 0, at = ? WHERE id = ?"
)
_ATTEMPT = (
    "UPDATE deliveries SET status = 'attempting', attempts = attempts + 1, due = 0, provider = ?, "
    "at = ? WHERE id = ?"
)


@dataclass(frozen=True, slots=True)
class Taking:
    """What is to be taken up: of which mailing, how many, for which provider, and when."""

    mailing: int
    limit: int
    provider: str
    now: int  #: epoch seconds
    share: Share | None = None  #: of what alone, if not of the whole mailing


def claim(connection: Connection, identity: Identity, taking: Taking) -> Sequence[Delivery]:
    """Planned deliveries of one edition that are due, marked as attempted.

    Who was suppressed or forgotten since the plan is marked as excluded instead.
    """
    query, wanted = _PLANNED, {"mailing": taking.mailing, "most": taking.limit, "now": taking.now}
    if taking.share:
        query = _PLANNED_OF_SHARE
        wanted |= {"first": taking.share.first, "last": taking.share.last}
    while taking.limit > 0:
        rows = connection.execute(query, wanted).all()
        if not rows:
            break
        rows = [row for row in rows if row.edition == rows[0].edition]
        # Whoever is on the list no more was forgotten while the mailing was under way.
        out = [row for row in rows if row.suppressed or not row.on_the_list or not row.address]
        if out:
            connection.exec_driver_sql(
                marked(connection, _EXCLUDE), [(taking.now, row.id) for row in out]
            )
            gone = {row.id for row in out}
            rows = [row for row in rows if row.id not in gone]
        if rows:
            connection.exec_driver_sql(
                marked(connection, _ATTEMPT),
                [(taking.provider, taking.now, row.id) for row in rows],
            )
            return _deliveries(identity, rows)
    return []


def _deliveries(identity: Identity, rows: Sequence[Any]) -> list[Delivery]:
    """All of one edition."""
    edition = EditionKey.parse(rows[0].edition)
    found = []
    for row in rows:
        number, subscriber, address, display_name, slots, token, attempts = row[: len(_FROZEN)]
        local, _, domain = address.rpartition("@")
        recipient = Recipient(
            subscriber_id=subscriber,
            address=Address(local, domain),
            display_name=display_name,
            edition=edition,
            values=json.loads(slots) if slots != "{}" else {},
            token=token,
        )
        found.append(Delivery(identity.delivery_id(number), recipient, attempts + 1))
    return found
