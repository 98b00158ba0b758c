"""Take planned deliveries up: the last look at each address, and the intent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Integer, and_, bindparam, case, or_, select

from composer.model.address import Address
from composer.model.delivery import Delivery, Recipient, Status
from composer.model.edition import EditionKey
from composer.model.mailing import PAUSED, SUPPRESSED
from composer.sending.ledger import Share
from composer.sending.limits import Budget
from composer.sending.schedule import utc_text
from composer.storage.dialect import marked
from composer.storage.groups import attempt, exclude, rows_together, together
from composer.storage.identity import Identity
from composer.storage.reader_tables import reader_pauses
from composer.storage.shares import lines_of_share
from composer.storage.tables import deliveries, subscribers, suppressions

_FROZEN = (
    *(deliveries.c.id, deliveries.c.subscriber, deliveries.c.address, deliveries.c.display_name),
    *(deliveries.c.slots, deliveries.c.token, deliveries.c.attempts),
)
#: Whoever is on the list no more was forgotten while the mailing was under way.
_SUPPRESSED = or_(
    suppressions.c.hash.is_not(None), subscribers.c.id.is_(None), deliveries.c.address == ""
)
_LEFT_OUT = case((_SUPPRESSED, SUPPRESSED), (reader_pauses.c.hash.is_not(None), PAUSED), else_="")
_LEARNED = (
    select(
        *_FROZEN,
        deliveries.c.edition,
        _LEFT_OUT.label("left_out"),
    )
    .outerjoin(subscribers, subscribers.c.id == deliveries.c.subscriber)
    .outerjoin(suppressions, suppressions.c.hash == subscribers.c.hash)
    .outerjoin(
        reader_pauses,
        and_(
            reader_pauses.c.hash == subscribers.c.hash,
            reader_pauses.c.until > bindparam("moment"),
        ),
    )
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

_ALL, _ALL_OF_SHARE = (
    together(query, documents=frozenset({"slots"})) for query in (_PLANNED, _PLANNED_OF_SHARE)
)
#: How many of those that were seen are as they were: they may still be taken up, at the same
#: address, in the same edition. Only for SQLite; PostgreSQL has locks for rows.
_AS_SEEN = """
SELECT count(*) FROM json_each(?) AS seen
    JOIN deliveries ON deliveries.id = CAST(seen.key AS INTEGER)
    JOIN subscribers ON subscribers.id = deliveries.subscriber
    LEFT JOIN suppressions ON suppressions.hash = subscribers.hash
    LEFT JOIN reader_pauses ON reader_pauses.hash = subscribers.hash AND reader_pauses.until > ?
WHERE deliveries.address = seen.value AND deliveries.status = 'planned' AND deliveries.due <= ?
    AND deliveries.edition = ? AND suppressions.hash IS NULL AND reader_pauses.hash IS NULL
"""
#: What is tried again under its key cannot wait: another sender could take it for new.
_LATER = (
    "UPDATE deliveries SET status = CASE due WHEN 1 THEN 'unknown' ELSE status END, "
    "due = CASE due WHEN 1 THEN 0 ELSE ? END WHERE id = ?"
)
#: How often, and how many, a claim looks through that must all wait, before it gives up.
_LOOKS, _MOST_MET = 20, 5_000


@dataclass(frozen=True, slots=True)
class Taking:
    """What is to be taken up: of which mailing, how many, for which provider, and when."""

    mailing: int
    limit: int
    provider: str
    now: int  #: epoch seconds
    share: Share | None = None  #: of what alone, if not of the whole mailing
    budget: Budget | None = None  #: what limits and paused domains leave


def foresee(connection: Connection, taking: Taking) -> Sequence[Row]:
    """What a claim would take up now, read while others may write; nothing where that is unclear.

    To read a group takes longer than to mark it, and longer than to look whether it is as it was.
    """
    rows = _found(connection, taking, _wanted(taking, taking.limit))
    return [] if any(row.left_out for row in rows) else rows


def claim(connection: Connection, taking: Taking, seen: Sequence[Row] = ()) -> Sequence[Row]:
    """Planned deliveries of one edition that are due, marked as attempted.

    Those that were `seen`, if nothing has happened to them meanwhile; else what is found now.
    Who was suppressed or forgotten since the plan, or wants nothing just now, is marked as
    excluded instead.
    """
    if seen and _are_as_seen(connection, taking, seen):
        attempt(connection, [row.number for row in seen], taking.provider, now=taking.now)
        return seen
    most = _most(taking)
    wanted = _wanted(taking, most)
    for _ in range(_LOOKS):
        rows = _found(connection, taking, wanted) if most > 0 else []
        if not rows:
            break
        for why in (SUPPRESSED, PAUSED):
            if out := [row.number for row in rows if row.left_out == why]:
                exclude(connection, out, why, now=taking.now)
        rows = [row for row in rows if not row.left_out]
        if taking.budget is not None:
            rows = _allowed(connection, taking.budget, rows, most)
            # Where all that is met must wait, more of it is looked through at once.
            wanted["most"] = min(2 * wanted["most"], _MOST_MET)
        if rows:
            numbers = [row.number for row in rows]
            attempt(connection, numbers, taking.provider, now=taking.now)
            return rows
    return []


def _wanted(taking: Taking, most: int) -> dict[str, Any]:
    now, moment = taking.now, utc_text(taking.now)
    wanted = {"mailing": taking.mailing, "most": most, "now": now, "moment": moment}
    if taking.share:
        wanted |= {"first": taking.share.first, "last": taking.share.last}
    return wanted


def _found(connection: Connection, taking: Taking, wanted: Mapping[str, Any]) -> list[Row]:
    """Of the first edition among them, by their numbers."""
    query = _ALL_OF_SHARE if taking.share else _ALL
    rows = [Row(*values) for values in rows_together(connection, query, wanted)]
    rows.sort(key=attrgetter("edition", "number"))
    return [row for row in rows if row.edition == rows[0].edition]


def _are_as_seen(connection: Connection, taking: Taking, seen: Sequence[Row]) -> bool:
    addresses = json.dumps({row.number: row.address for row in seen})
    given = (addresses, utc_text(taking.now), taking.now, seen[0].edition)
    return connection.exec_driver_sql(_AS_SEEN, given).scalar() == len(seen)


def _most(taking: Taking) -> int:
    whole = taking.budget.whole if taking.budget else None
    return taking.limit if whole is None else min(taking.limit, whole.left)


def _allowed(connection: Connection, budget: Budget, rows: Sequence[Row], most: int) -> list[Row]:
    """Up to `most` that may go now; those whose domain must wait are due later."""
    kept: list[Row] = []
    later: list[tuple[int, int]] = []
    for row in rows:
        if len(kept) == most:
            break
        until = budget.take(row.address.rpartition("@")[2].lower())
        if until:
            later.append((until, row.number))
        else:
            kept.append(row)
    if later:
        connection.exec_driver_sql(marked(connection, _LATER), later)
    return kept


class Row(NamedTuple):
    number: int
    subscriber: int
    address: str
    display_name: str
    slots: dict[str, str]
    token: str
    attempts: int
    edition: str
    left_out: str


def deliveries_of(identity: Identity, rows: Sequence[Row]) -> dict[int, Delivery]:
    """What was claimed, all of one edition, by numbers: made while nobody waits for the lock."""
    if not rows:
        return {}
    edition = EditionKey.parse(rows[0].edition)
    found = {}
    for row in rows:
        local, _, domain = row.address.rpartition("@")
        address = Address(local, domain)
        # By position: named arguments would cost as much as the whole object.
        recipient = Recipient(
            row.subscriber, address, row.display_name, edition, row.slots, row.token
        )
        name, returned = identity.delivery_id(row.number), identity.returned_id(row.number)
        seal = identity.seal(row.number)
        found[row.number] = Delivery(name, recipient, row.attempts + 1, returned, seal)
    return found
