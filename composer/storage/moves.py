"""Deliveries that change their state together, and not because a provider answered."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, update

from composer.model.delivery import Status
from composer.storage import tallies
from composer.storage.store import Store
from composer.storage.tables import deliveries


@dataclass(frozen=True, slots=True)
class Move:
    """All that are `before` and `chosen` become `after`, due then."""

    before: Status
    after: Status
    chosen: ColumnElement[bool]
    reason: str | None = None  #: None where what was said of them last stays
    due: int = 0


def move(store: Store, mailing_id: str, number: int, change: Move, *, at: int) -> int:
    """Carry it out in the mailing of that number; say how many changed."""
    status = deliveries.c.status == str(change.before)
    lines = (deliveries.c.mailing == number) & status & change.chosen
    if store.keeping.one_writer and not _any(store, lines):
        return 0  # and nobody had to wait for it
    values: dict[str, object] = {"status": str(change.after), "due": change.due, "at": at}
    if change.reason is not None:
        values["reason"] = change.reason
    with store.writing_rows() as connection:
        if change.before is Status.ATTEMPTING:
            store.keeping.after_claims(connection, mailing_id)
        moved = connection.execute(update(deliveries).where(lines).values(**values)).rowcount
        if moved:
            tallies.drop(connection, [number])
        return moved


def _any(store: Store, lines: ColumnElement[bool]) -> bool:
    with store.reading() as connection:
        first = select(deliveries.c.id).where(lines).limit(1)
        return connection.execute(first).scalar() is not None
