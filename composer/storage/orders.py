"""What is asked of a mailing's senders, in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, delete, select, update

from composer.errors import GuardError
from composer.model.delivery import Status
from composer.model.limits import LimitSettings
from composer.model.rate import Rate
from composer.sending.breaker import is_policy
from composer.sending.limits import Budget, Room
from composer.sending.orders import CANCELLED, Asked, Bounds, DomainPause, Wish
from composer.storage import tallies
from composer.storage.dialect import insert, marked
from composer.storage.groups import KEYED
from composer.storage.notices import note
from composer.storage.spending import pace_of, used_of, write_pace, write_spent
from composer.storage.store import Store
from composer.storage.tables import deliveries, mailings, pauses

_REOPEN = "UPDATE deliveries SET status = 'deferred', due = ?, at = ? WHERE id = ?"
_LEFT = (Status.PLANNED, Status.DEFERRED)


class SqlOrders:
    """Implements `composer.sending.orders.Orders`; `clock` tells epoch seconds."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._later: dict[str, float] = {}

    def asked(self, mailing_id: str) -> Asked:
        columns = (mailings.c.wish, mailings.c.wish_reason, mailings.c.rate)
        query = select(*columns).where(mailings.c.id == mailing_id)
        with self._store.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise no_such(mailing_id)
        return Asked(Wish(row.wish), row.wish_reason, Rate.parse(row.rate) if row.rate else None)

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

    def keep_to(self, mailing_id: str, rate: Rate | None) -> None:
        """From now on, all its senders together go at most so fast; see the port."""
        # How much was used of the old one says nothing of how much is left of this.
        change = update(mailings).where(mailings.c.id == mailing_id)
        with self._store.writing_rows() as connection:
            changed = connection.execute(change.values(rate=str(rate or ""), full_us=0)).rowcount
        if not changed:
            raise no_such(mailing_id)

    def exclude_left(self, mailing_id: str) -> int:
        """Make what is planned or deferred `excluded` because it was cancelled; say how many."""
        with self._store.writing_rows() as connection:
            number = _number(connection, mailing_id)
            left = (
                update(deliveries)
                .where(deliveries.c.mailing == number)
                .where(deliveries.c.status.in_([str(status) for status in _LEFT]))
            )
            at = int(self._clock())
            # What was to be tried again under its key may have been taken before.
            unknown = left.where(deliveries.c.due == KEYED)
            connection.execute(unknown.values(status=str(Status.UNKNOWN), due=0, at=at))
            change = left.values(status=str(Status.EXCLUDED), reason=CANCELLED, due=0, at=at)
            changed = connection.execute(change).rowcount
            tallies.drop(connection, [number])
            return changed

    def close(self, mailing_id: str) -> bool:
        """Note since when nothing is left to attempt, if that is so; say whether."""
        with self._store.reading() as connection:
            known = select(mailings.c.finished).where(mailings.c.id == mailing_id)
            if connection.execute(known).scalar() == 0 and _is_left(connection, mailing_id):
                return False  # as it says: there is nothing to write
        with self._store.writing_rows() as connection:
            number = _number(connection, mailing_id)
            tallies.hold(connection, [number])
            done = not _is_left(connection, mailing_id)
            at = int(self._clock()) if done else 0
            change = (
                update(mailings)
                .where(mailings.c.number == number)
                .where((mailings.c.finished == 0) if done else (mailings.c.finished != 0))
                .values(finished=at)
            )
            if connection.execute(change).rowcount and done:
                note(connection, self._store, "mailing.finished", at, mailing=mailing_id)
            if done:
                tallies.keep(self._store, connection, number)
            return done

    # --- receiving domains ------------------------------------------------------------

    def pauses(self) -> Sequence[DomainPause]:
        """Of all receiving domains, also those that have ended and were not lifted."""
        with self._store.reading() as connection:
            rows = connection.execute(select(pauses).order_by(pauses.c.domain)).all()
        return [DomainPause(r.domain, r.until, r.reason, r.since, r.times) for r in rows]

    def pause(self, domain: str, *, until: int, reason: str, times: int) -> None:
        """Let a receiving domain alone until then, whatever mailing it is."""
        values = {"until": until, "reason": reason, "since": int(self._clock()), "times": times}
        with self._store.writing_rows() as connection:
            new = insert(connection, pauses).values(domain=domain, **values)
            connection.execute(new.on_conflict_do_update(index_elements=["domain"], set_=values))

    def lift(self, domain: str) -> None:
        """Its pause is over, and forgotten."""
        with self._store.writing_rows() as connection:
            connection.execute(delete(pauses).where(pauses.c.domain == domain))

    def reopen(self, mailing_id: str, domain: str, *, since: int, due: int) -> int:
        """Make what was refused for reasons of policy since then `deferred`; see the port."""
        with self._store.writing_rows() as connection:
            number = _number(connection, mailing_id)
            refused = (
                select(deliveries.c.id, deliveries.c.reason)
                .where(deliveries.c.mailing == number)
                .where(deliveries.c.status == str(Status.REFUSED), deliveries.c.at >= since)
            )
            if domain:
                refused = refused.where(deliveries.c.domain == domain)
            rows = [row.id for row in connection.execute(refused) if is_policy(row.reason)]
            if rows:
                now = int(self._clock())
                connection.exec_driver_sql(
                    marked(connection, _REOPEN), [(due, now, row) for row in rows]
                )
                tallies.drop(connection, [number])
            return len(rows)

    # --- limits -----------------------------------------------------------------------

    def room(self, limits: LimitSettings, provider: str) -> Room | None:
        """What a provider's limits and its warm-up leave now; None when nothing limits it."""
        if not limits:
            return None
        with self._store.reading() as connection:
            used = used_of(connection, limits, provider)
        return Budget(limits, provider, used, self._clock()).whole

    def paced(self, mailing_id: str) -> Room | None:
        """What a mailing's rate leaves now; None when it has none."""
        with self._store.reading() as connection:
            pace = pace_of(connection, _number(connection, mailing_id))
        return pace.room(self._clock()) if pace else None

    @contextmanager
    def budgeting(
        self, bounds: Bounds, provider: str, mailing: int
    ) -> Iterator[tuple[Connection, Budget]]:
        """One transaction in which what is taken is counted, and no other one of these.

        The counts are written at its end: whoever changes lines of a mailing and its row has
        the lines first.
        """
        with self._store.writing() as connection:
            used = used_of(connection, bounds.limits, provider) if bounds.limits else {}
            now = self._clock()
            pace = pace_of(connection, mailing) if bounds.rate else None
            budget = Budget(
                bounds.limits,
                provider,
                used,
                now,
                bounds.held,
                self._later,
                bounds.tried,
                pace.room(now) if pace else None,
            )
            yield connection, budget
            write_spent(connection, budget.spent(), now)
            if pace and budget.taken:
                write_pace(connection, mailing, pace.after(budget.taken, now))


def _is_left(connection: Connection, mailing_id: str) -> bool:
    """Whether something of a mailing is attempted without a person, or was not answered."""
    left = (
        select(deliveries.c.id)
        .where(deliveries.c.mailing == _number(connection, mailing_id))
        .where(
            deliveries.c.status.in_([str(Status.PLANNED), str(Status.ATTEMPTING)])
            | ((deliveries.c.status == str(Status.DEFERRED)) & (deliveries.c.due > 0))
        )
        .limit(1)
    )
    return connection.execute(left).first() is not None


def _number(connection: Connection, mailing_id: str) -> int:
    number = connection.execute(
        select(mailings.c.number).where(mailings.c.id == mailing_id)
    ).scalar()
    if number is None:
        raise no_such(mailing_id)
    return int(number)


def no_such(mailing_id: str) -> GuardError:
    return GuardError(f"there is no mailing {mailing_id}", hint="newsletter status")
