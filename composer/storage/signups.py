"""Join and move: asked for on a page, confirmed by mail, and only then on the list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from composer.model.address import Address
from composer.model.delivery import Status
from composer.model.joining import (
    Ceilings,
    Confirmed,
    Purpose,
    SignUp,
    Verdict,
    Visit,
    Waiting,
)
from composer.storage import page_limits
from composer.storage.dialect import insert
from composer.storage.moving import move
from composer.storage.notices import epoch, note
from composer.storage.reader_rows import (
    LIFTED,
    add_subscriber,
    hash_of_token,
    keep_wording,
    lift_suppression,
    note_consent,
    subscriber_by,
    write_choices,
)
from composer.storage.reader_tables import signups
from composer.storage.staging import new_token
from composer.storage.store import Store
from composer.storage.tables import suppressions

#: How long a confirmation mail may be answered; then nothing of the sign-up is kept.
CONFIRM_S = 7 * page_limits.DAY_S
#: A mail whose outcome was not written down after so long is not sent again.
HANDLED_S = 900
MOST_TRIES = 6
WITHHELD = "withheld"


class SignUps:
    """What waits to be confirmed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = store.people.table

    # --- asking -----------------------------------------------------------------------

    def ask(self, signup: SignUp, visit: Visit, ceilings: Ceilings) -> Verdict:
        """Write down that somebody wants in; the same steps whoever they are."""
        with self._store.writing_rows() as connection:
            verdict = self._admitted(connection, signup.address, visit, ceilings)
            if verdict is Verdict.TAKEN:
                self._note(connection, Purpose.JOIN, signup, 0, ceilings, visit.now)
        return verdict

    def ask_to_move(
        self, token: str, to: SignUp, visit: Visit, ceilings: Ceilings
    ) -> Verdict | None:
        """Write down that the reader with `token` has another address; None: there is none."""
        with self._store.writing_rows() as connection:
            known = hash_of_token(connection, self._store, token)
            row = subscriber_by(connection, self._store, self._table.c.hash == known)
            if known is None or row is None:
                return None
            verdict = self._admitted(connection, to.address, visit, ceilings)
            if verdict is Verdict.TAKEN:
                self._note(connection, Purpose.MOVE, to, row.id, ceilings, visit.now)
        return verdict

    def _admitted(
        self, connection: Connection, address: Address, visit: Visit, ceilings: Ceilings
    ) -> Verdict:
        identity, hour = self._store.identity, (page_limits.HOUR_S, visit.now)
        visitor, domain = ("visitor", visit.visitor), ("domain", address.domain)
        if ceilings.proof_from is not None and not self._proven(connection, visit):
            often = page_limits.used(connection, identity, visitor, hour) >= ceilings.proof_from
            many = page_limits.used(connection, identity, domain, hour)
            if often or many >= ceilings.domain_an_hour // 2:
                return Verdict.PROOF_WANTED
        if not page_limits.take(connection, identity, visitor, ceilings.visitor_an_hour, hour):
            return Verdict.VISITOR_BUSY
        if not page_limits.take(connection, identity, domain, ceilings.domain_an_hour, hour):
            return Verdict.DOMAIN_BUSY
        return Verdict.TAKEN

    def _proven(self, connection: Connection, visit: Visit) -> bool:
        """A puzzle that was solved counts once."""
        puzzle, day = ("puzzle", visit.proof), (page_limits.DAY_S, visit.now)
        return bool(visit.proof) and page_limits.take(
            connection, self._store.identity, puzzle, 1, day
        )

    def _note(
        self,
        connection: Connection,
        purpose: Purpose,
        signup: SignUp,
        subscriber: int,
        ceilings: Ceilings,
        now: int,
    ) -> None:
        known = self._store.identity.hash_of(signup.address)
        digest = hashlib.sha256(signup.wording.encode()).hexdigest()
        keep_wording(connection, digest, signup.wording)
        mail = Status.PLANNED if self._may_mail(connection, known, ceilings, now) else ""
        values: dict[str, Any] = {
            "address": str(signup.address),
            "locale": signup.locale,
            "choices": json.dumps(dict(signup.choices), ensure_ascii=False),
            "wording": digest,
            "source": signup.source,
            "subscriber": subscriber,
            "asked": now,
            "expires": now + CONFIRM_S,
            "done": 0,
        }
        if mail:
            values |= {"mail": str(mail), "tries": 0, "due": now}
        first = {"mail": WITHHELD, "tries": 0, "due": 0, "token": new_token(), **values}
        added = insert(connection, signups).values(purpose=str(purpose), hash=known, **first)
        # What was mailed already stays as it is: its link confirms what was asked for last.
        connection.execute(
            added.on_conflict_do_update(index_elements=["hash", "purpose"], set_=values)
        )

    def _may_mail(self, connection: Connection, known: bytes, ceilings: Ceilings, now: int) -> bool:
        """Whether a confirmation mail may go there: not to the dead, and not again and again."""
        query = select(suppressions.c.reason).where(suppressions.c.hash == known)
        reason = connection.execute(query).scalar() or ""
        who, identity = known.hex(), self._store.identity
        today = page_limits.take(
            connection, identity, ("mail", who), ceilings.address_a_day, (page_limits.DAY_S, now)
        )
        month = (page_limits.MONTH_S, now)
        rarely = today and page_limits.take(
            connection, identity, ("mail", who), ceilings.address_a_month, month
        )
        return rarely and reason not in ("bounced", "manual")

    # --- confirming -------------------------------------------------------------------

    def purpose(self, token: str) -> tuple[Purpose, str]:
        """What `token` confirms, and in which language; of a token that is none, to join."""
        query = select(signups.c.purpose, signups.c.locale).where(signups.c.token == token)
        with self._store.reading() as connection:
            row = connection.execute(query).first()
        return (Purpose(row.purpose), str(row.locale)) if row else (Purpose.JOIN, "")

    def confirm(self, token: str, now: int) -> Confirmed | None:
        """Let it count; again changes nothing. None: nothing waits under `token` any more."""
        with self._store.writing_rows() as connection:
            query = select(signups).where(signups.c.token == token, signups.c.expires > now)
            waiting = connection.execute(query.with_for_update()).first()
            if waiting is None:
                return None
            known = bytes(waiting.hash)
            if not waiting.done:
                self._let_count(connection, waiting, now)
            row = subscriber_by(connection, self._store, self._table.c.hash == known)
            gone = select(suppressions.c.hash).where(suppressions.c.hash == known)
            if row is None or not row.confirmed or connection.execute(gone).first():
                return None
            return Confirmed(Purpose(waiting.purpose), waiting.locale, str(row.token))

    def _let_count(self, connection: Connection, waiting: Row[Any], now: int) -> None:
        time, asked = stamp(now), stamp(waiting.asked)
        known = bytes(waiting.hash)
        if waiting.purpose == Purpose.MOVE:
            move(connection, self._store, waiting, time)
        else:
            self._join(connection, waiting, time)
        note_consent(
            connection,
            known,
            "moved" if waiting.purpose == Purpose.MOVE else "joined",
            time,
            how="form",
            asked=asked,
            source=waiting.source,
            wording=waiting.wording,
            locale=waiting.locale,
        )
        # The address is on the list now, and needs to be nowhere else.
        connection.execute(
            update(signups)
            .where(signups.c.id == waiting.id)
            .values(done=now, address="", choices="{}", mail=str(Status.ACCEPTED))
        )

    def _join(self, connection: Connection, waiting: Row[Any], time: str) -> None:
        table, store = self._table, self._store
        local, _, domain = str(waiting.address).rpartition("@")
        row = subscriber_by(connection, store, table.c.hash == waiting.hash)
        if row is None:
            address = Address(local, domain)
            number = add_subscriber(
                connection, store, address, locale=waiting.locale, source=waiting.source, time=time
            )
            row = subscriber_by(connection, store, table.c.id == number)
        else:
            connection.execute(
                update(table)
                .where(table.c.id == row.id)
                .values(confirmed=True, consent_source=waiting.source, consent_time=time)
            )
        assert row is not None  # noqa: S101 - added above
        chosen: Mapping[str, str] = json.loads(waiting.choices)
        write_choices(connection, store, row, {**chosen, "locale": waiting.locale}, time)
        known = bytes(waiting.hash)
        lift_suppression(connection, known, LIFTED)
        kind = "subscriber.subscribed"
        note(connection, store, kind, epoch(time), known=known, source=waiting.source)

    # --- the mail ---------------------------------------------------------------------

    def next_mail(self, now: int) -> Waiting | None:
        """One that is to be sent now: whoever gets it is the only one to send it."""
        planned = select(signups).where(
            signups.c.mail == str(Status.PLANNED), signups.c.due <= now, signups.c.expires > now
        )
        first = planned.order_by(signups.c.due, signups.c.id).limit(1)
        with self._store.reading() as connection:
            if connection.execute(first).first() is None:
                return None  # the usual case writes nothing
        with self._store.writing_rows() as connection:
            row = connection.execute(first.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            self._mail(connection, row.id, Status.ATTEMPTING, row.tries + 1, now + HANDLED_S)
        local, _, domain = str(row.address).rpartition("@")
        return Waiting(
            number=row.id,
            purpose=Purpose(row.purpose),
            address=Address(local, domain),
            locale=row.locale,
            token=row.token,
            tries=row.tries + 1,
        )

    def mailed(self, mail: Waiting, status: Status, now: int) -> None:
        """Write the outcome; what was deferred is due again later, and later each time."""
        if status is Status.DEFERRED and mail.tries < MOST_TRIES:
            status, due = Status.PLANNED, now + 60 * 2**mail.tries
        else:
            status, due = (Status.REFUSED if status is Status.DEFERRED else status), 0
        with self._store.writing_rows() as connection:
            self._mail(connection, mail.number, status, mail.tries, due)

    def _mail(
        self, connection: Connection, number: int, status: Status, tries: int, due: int
    ) -> None:
        values = {"mail": str(status), "tries": tries, "due": due}
        connection.execute(update(signups).where(signups.c.id == number).values(**values))

    def tidy(self, now: int) -> None:
        """Forget what nobody confirmed in time, and limits that are over."""
        gone = signups.c.expires <= now
        stuck = (signups.c.mail == str(Status.ATTEMPTING)) & (signups.c.due <= now)
        with self._store.reading() as connection:
            old = connection.execute(select(signups.c.id).where(gone | stuck).limit(1)).first()
            if old is None and not page_limits.any_past(connection, now):
                return
        with self._store.writing() as connection:
            connection.execute(delete(signups).where(gone))
            connection.execute(update(signups).where(stuck).values(mail=str(Status.UNKNOWN), due=0))
            page_limits.forget_past(connection, now)


def stamp(at: int) -> str:
    """Epoch seconds as the database keeps a time that people read."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
