"""Leave and come back: by a token that never expires, as often as one likes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from composer.events.event import Event, Kind, key_of
from composer.events.verdict import Verdict
from composer.model.delivery import Status
from composer.storage.dialect import insert
from composer.storage.event_tables import events
from composer.storage.notices import epoch, note
from composer.storage.reader_rows import (
    hash_of_token,
    lift_suppression,
    note_consent,
    subscriber_by,
    suppress_row,
)
from composer.storage.reader_tables import consents
from composer.storage.store import Store
from composer.storage.tables import deliveries, mailings, suppressions
from composer.storage.whom import Known

#: Who told of it: our own pages and links.
TELLER = "web"
#: So many mailings are looked through at once, the newest first.
_MAILINGS = 200


class Leaving:
    """Who has a token may leave, whatever became of them since it was given out."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = store.people.table

    def leave(self, token: str, how: str, now: str, *, reason: str = "") -> bool:
        """Never mail them again; whether they got mail until now.

        `how` is `one-click`, `page` or `mailto`. A reason that comes later is added to what is
        written down. Nothing is written for a token that is nobody's, or a second time. It counts
        for the last mailing of which they got a letter: a token is a reader's, not a letter's.
        """
        return self.leave_all([(token, how, reason)], now)[0]

    def leave_all(self, goers: Sequence[tuple[str, str, str]], now: str) -> list[bool]:
        """As `leave`, for many (token, how, reason) in one transaction, in their order."""
        with self._store.reading() as connection:
            known = [self._to_write(connection, token, reason) for token, _, reason in goers]
        if not any(known):
            return [False] * len(goers)
        left = [False] * len(goers)
        with self._store.writing_rows() as connection:
            # Always in the same order: two processes must not wait for each other.
            for at in sorted(range(len(goers)), key=lambda n: known[n] or b""):
                _, how, reason = goers[at]
                whose = known[at]
                if whose is not None:
                    left[at] = self._leave(connection, whose, how, now, reason)
        return left

    def _to_write(self, connection: Connection, token: str, reason: str) -> bytes | None:
        """Whose token it is, if there is something to write of them."""
        known = hash_of_token(connection, self._store, token)
        if known is None or reason:
            return known
        gone = select(suppressions.c.hash).where(suppressions.c.hash == known)
        # A letter's button is pressed by many programs.
        return None if connection.execute(gone).first() else known

    def _leave(self, connection: Connection, known: bytes, how: str, now: str, reason: str) -> bool:
        row = subscriber_by(connection, self._store, self._table.c.hash == known)
        address, locale = (str(row.address), str(row.locale)) if row is not None else ("", "")
        left = suppress_row(connection, known, address, "unsubscribed", now)
        if left:
            note_consent(connection, known, "left", now, how=how, reason=reason, locale=locale)
            told = {"reason": "unsubscribed", "how": how, "why": reason}
            at = epoch(now)
            note(connection, self._store, "subscriber.unsubscribed", at, known=known, **told)
            if row is not None:
                _count(connection, int(row.id), now)
        elif reason:
            _add_reason(connection, known, reason)
        return left

    def tell(self, token: str, reason: str) -> bool:
        """Add a reason to what is written down of who left; whether they are out.

        Nothing is written of who is not, or of a `reason` that is empty.
        """
        with self._store.writing_rows() as connection:
            known = hash_of_token(connection, self._store, token)
            gone = select(suppressions.c.hash).where(suppressions.c.hash == known)
            if known is None or connection.execute(gone).first() is None:
                return False
            if reason:
                _add_reason(connection, known, reason)
            return True

    def stay(self, token: str, now: str) -> bool:
        """Undo `leave`; whether they get mail now. Another suppression stays."""
        with self._store.writing_rows() as connection:
            known = hash_of_token(connection, self._store, token)
            if known is None:
                return False
            row = subscriber_by(connection, self._store, self._table.c.hash == known)
            if row is None:
                return False
            gone = select(suppressions.c.reason).where(suppressions.c.hash == known)
            was = connection.execute(gone).scalar()
            free = lift_suppression(connection, known, ("unsubscribed",))
            if was == "unsubscribed":
                note_consent(connection, known, "stayed", now, how="page", locale=row.locale)
                at, back = epoch(now), "came back"
                note(connection, self._store, "subscriber.subscribed", at, known=known, source=back)
            return free and bool(row.confirmed)


def _count(connection: Connection, subscriber: int, now: str) -> None:
    """Let the last mailing that they got tell of it, once for each reader."""
    line = _last_letter(connection, subscriber)
    if line is None:
        return
    event = Event(key_of(TELLER, "left", line.id), Kind.UNSUBSCRIBED, at=now)
    left = Known(event, Verdict.UNSUBSCRIBED, now, delivery=line.id, mailing=line.mailing)
    written = insert(connection, events).values(left.row | {"provider": TELLER})
    connection.execute(written.on_conflict_do_nothing())


def _last_letter(connection: Connection, subscriber: int) -> Row[Any, Any] | None:
    """The newest delivery to them that a provider took.

    The one index that knows subscribers begins with the mailing: so every mailing is named.
    """
    numbers = list(connection.scalars(select(mailings.c.number).order_by(mailings.c.number.desc())))
    for start in range(0, len(numbers), _MAILINGS):
        query = (
            select(deliveries.c.id, deliveries.c.mailing)
            .where(deliveries.c.mailing.in_(numbers[start : start + _MAILINGS]))
            .where(deliveries.c.subscriber == subscriber)
            .where(deliveries.c.status == str(Status.ACCEPTED))
            .order_by(deliveries.c.mailing.desc())
            .limit(1)
        )
        if (line := connection.execute(query).first()) is not None:
            return line
    return None


def _add_reason(connection: Connection, known: bytes, reason: str) -> None:
    """To the last time that they left, unless they came back after it."""
    last = (
        select(consents.c.id, consents.c.what)
        .where(consents.c.hash == known, consents.c.what.in_(("left", "stayed")))
        .order_by(consents.c.id.desc())
        .limit(1)
    )
    line = connection.execute(last).first()
    if line is not None and line.what == "left":
        connection.execute(update(consents).where(consents.c.id == line.id).values(reason=reason))
