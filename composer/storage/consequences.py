"""What follows from events: outcomes are settled, addresses are mailed no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, case, or_, select, update

from composer.events.event import Kind
from composer.events.machines import is_too_soon
from composer.events.verdict import Verdict
from composer.storage.dialect import insert, marked
from composer.storage.event_tables import events
from composer.storage.tables import suppressions
from composer.storage.whom import Known, hash_of

__all__ = ["hash_of", "mark_early_clicks", "settle", "suppress"]

SETTLED_ACCEPTED = "settled by its events"
SETTLED_REFUSED = "not sent by the provider, as its events say"

#: What was tried and is not known to have been taken. A refusal that events alone told of goes,
#: when others tell that it was taken: they may come in any order.
_ACCEPT = (
    "UPDATE deliveries SET status = 'accepted', due = 0, at = ?, reason = ? "
    "WHERE id = ? AND (status IN "
    "('unknown', 'attempting', 'deferred') OR (status = 'planned' AND attempts > 0) "
    "OR (status = 'refused' AND reason = ?))"
)
_REFUSE = (
    "UPDATE deliveries SET status = 'refused', due = 0, at = ?, reason = ? WHERE id = ? "
    "AND status IN ('unknown', 'attempting')"
)

#: Reasons for a suppression by their weight: a heavier one takes the place of a lighter.
_WEIGHTS: Mapping[str, int] = {"bounced": 1, "unsubscribed": 2, "complained": 3}
_REASONS: Mapping[Verdict, str] = {
    Verdict.DEAD: "bounced",
    Verdict.UNSUBSCRIBED: "unsubscribed",
    Verdict.COMPLAINED: "complained",
}


def settle(
    connection: Connection,
    *,
    accepted: Iterable[int | None],
    refused: Iterable[int | None],
    now: str,
) -> int:
    """Write the outcome of what nobody knew the outcome of; say of how many."""
    settled, at = 0, int(datetime.fromisoformat(now).timestamp())
    taken = {number for number in accepted if number is not None}
    not_taken = {number for number in refused if number is not None} - taken
    if taken:
        values = [(at, SETTLED_ACCEPTED, number, SETTLED_REFUSED) for number in sorted(taken)]
        settled += _changed(connection, _ACCEPT, values)
    if not_taken:
        settled += _changed(
            connection, _REFUSE, [(at, SETTLED_REFUSED, number) for number in sorted(not_taken)]
        )
    return settled


def _changed(connection: Connection, statement: str, values: Sequence[tuple[object, ...]]) -> int:
    return max(0, connection.exec_driver_sql(marked(connection, statement), list(values)).rowcount)


def suppress(
    connection: Connection, known: Sequence[Known], given_up: set[bytes], *, now: str
) -> Mapping[bytes, str]:
    """Let nobody be mailed who must not be; who is new to it, and why."""
    reasons: dict[bytes, tuple[str, str]] = {}
    for one in known:
        reason = _REASONS.get(one.verdict) or ("bounced" if one.hash in given_up else "")
        if not (reason and one.hash):
            continue
        before = reasons.get(one.hash, ("", ""))[0]
        if _WEIGHTS[reason] > _WEIGHTS.get(before, 0):
            reasons[one.hash] = (reason, one.address)
    if not reasons:
        return {}
    there = set(
        map(
            bytes,
            connection.scalars(
                select(suppressions.c.hash).where(suppressions.c.hash.in_(list(reasons)))
            ),
        )
    )
    new = insert(connection, suppressions)
    lighter = case(_WEIGHTS, value=suppressions.c.reason, else_=99)
    heavier = case(_WEIGHTS, value=new.excluded.reason, else_=0)
    kept = new.on_conflict_do_update(
        index_elements=["hash"],
        set_={"reason": new.excluded.reason, "since": new.excluded.since},
        where=lighter < heavier,
    )
    rows = [
        {"hash": known_hash, "address": address, "reason": reason, "since": now}
        for known_hash, (reason, address) in sorted(reasons.items())
    ]
    connection.execute(kept, rows)
    return {known: reason for known, (reason, _) in reasons.items() if known not in there}


def mark_early_clicks(connection: Connection, known: Sequence[Known]) -> None:
    """Clicks within seconds of the delivery are a scanner's, whichever of the two is told first."""
    clicked = {one.delivery for one in known if one.event.kind is Kind.CLICKED}
    clicked |= _clicked_before(connection, known)
    if not clicked:
        return
    query = select(events.c.id, events.c.delivery, events.c.kind, events.c.at).where(
        events.c.delivery.in_([number for number in clicked if number is not None]),
        or_(
            events.c.kind == str(Kind.DELIVERED),
            and_(events.c.kind == str(Kind.CLICKED), events.c.machine.is_(False)),
        ),
    )
    rows = connection.execute(query).all()
    delivered: dict[int, str] = {}
    for row in rows:
        if row.kind == str(Kind.DELIVERED):
            delivered[row.delivery] = min(row.at, delivered.get(row.delivery, row.at))
    early = [
        {"number": row.id}
        for row in rows
        if row.kind == str(Kind.CLICKED) and is_too_soon(row.at, delivered.get(row.delivery, ""))
    ]
    if early:
        change = update(events).where(events.c.id == bindparam("number")).values(machine=True)
        connection.execute(change, early)


def _clicked_before(connection: Connection, known: Sequence[Known]) -> set[int | None]:
    """Deliveries that are told of only now, and were clicked before."""
    delivered = [one.delivery for one in known if one.event.kind is Kind.DELIVERED]
    found: set[int | None] = set()
    for start in range(0, len(delivered), 2_000):
        query = select(events.c.delivery).where(
            events.c.delivery.in_(delivered[start : start + 2_000]),
            events.c.kind == str(Kind.CLICKED),
        )
        found.update(connection.scalars(query))
    return found
