"""What waits for its time, in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, case, func, or_, select, update

from composer.errors import StorageError
from composer.model.ab_test import Contest, Decision
from composer.model.delivery import Status
from composer.model.edition import EditionKey
from composer.model.mailing import Mailing
from composer.sending.agenda import Ripe
from composer.sending.contest import NEVER_S
from composer.storage.contests import contest_to_json
from composer.storage.mailings import mailing_of, number_of
from composer.storage.store import Store
from composer.storage.tables import deliveries, editions, mailings

#: Nobody asked its senders for anything, and it is not at its end.
_OPEN = (mailings.c.finished == 0) & (mailings.c.wish == "")


class SqlAgenda:
    """Implements `composer.sending.agenda.Agenda`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ripe(self, now_s: int) -> Sequence[Ripe]:
        """Mailings of which something is due, oldest first; see the port."""
        undecided = _some(Status.PLANNED, deliveries.c.due == NEVER_S)
        timed = (mailings.c.due > 0) | ((mailings.c.trial != "") & ~undecided)
        planned = _some(Status.PLANNED, deliveries.c.due <= now_s)
        deferred = _some(Status.DEFERRED, deliveries.c.due.between(1, now_s))
        # Who takes up a mailing takes up all of it: not what a person may have stopped.
        whole = ~_some(Status.PLANNED, deliveries.c.due < NEVER_S)
        free = timed | (mailings.c.queued > 0) | whole
        query = select(mailings).where(_OPEN, or_(timed & planned, free & deferred))
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(mailings.c.number)).all()
            return [Ripe(mailing_of(row), _since_s(connection, row.number, now_s)) for row in rows]

    def due_since(self, mailing_id: str, now_s: int) -> int:
        """The moment of the oldest planned delivery that is due; 0 when there is none."""
        with self._store.reading() as connection:
            return _since_s(connection, number_of(connection, mailing_id), now_s)

    def last_moved(self, mailing_id: str) -> int:
        """When a delivery was last attempted or had its answer; see the port."""
        with self._store.reading() as connection:
            return _last_s(connection, number_of(connection, mailing_id))

    def waiting(self, mailing_id: str, now_s: int) -> Mapping[int, int]:
        """How many are due at each moment that is still to come."""
        with self._store.reading() as connection:
            query = (
                select(deliveries.c.due, func.count())
                .where(deliveries.c.mailing == number_of(connection, mailing_id))
                .where(deliveries.c.status == str(Status.PLANNED))
                .where(deliveries.c.due > now_s, deliveries.c.due < NEVER_S)
                .group_by(deliveries.c.due)
                .order_by(deliveries.c.due)
            )
            return {int(row[0]): int(row[1]) for row in connection.execute(query)}

    # --- A/B tests ------------------------------------------------------------------------

    def undecided(self) -> Sequence[Mailing]:
        """Mailings whose A/B test is not decided yet, oldest first."""
        rest = _some(Status.PLANNED, deliveries.c.due == NEVER_S)
        query = select(mailings).where(_OPEN, mailings.c.trial != "", rest)
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(mailings.c.number)).all()
        found = [mailing_of(row) for row in rows]
        return [one for one in found if one.contest is not None and one.contest.undecided]

    def sampled(self, mailing_id: str) -> int | None:
        """When the last of the sample had its answer; see the port."""
        with self._store.reading() as connection:
            number = number_of(connection, mailing_id)
            of = deliveries.c.mailing == number
            out = (Status.PLANNED, Status.ATTEMPTING)
            left = (
                select(deliveries.c.id)
                .where(of, deliveries.c.status.in_([str(s) for s in out]))
                .where(deliveries.c.due < NEVER_S)
                .limit(1)
            )
            if connection.execute(left).first():
                return None
            return _last_s(connection, number)

    def note_sampled(self, mailing_id: str, contest: Contest, at_s: int) -> bool:
        """Write down that the sample is out; see the port."""
        with self._store.writing_rows() as connection:
            number = number_of(connection, mailing_id)
            return _exchange(connection, number, contest, replace(contest, sampled=at_s))

    def decide(self, mailing_id: str, contest: Contest, decision: Decision, due_s: int) -> bool:
        """Write the decision and give the rest their variant, in one transaction."""
        with self._store.writing_rows() as connection:
            number = number_of(connection, mailing_id)
            if not _exchange(connection, number, contest, replace(contest, decision=decision)):
                return False
            rest = (
                (deliveries.c.mailing == number)
                & (deliveries.c.status == str(Status.PLANNED))
                & (deliveries.c.due == NEVER_S)
            )
            names = connection.execute(select(deliveries.c.edition).where(rest).distinct())
            chosen = {name: _with(name, decision.winner) for name in names.scalars()}
            _refuse_lacking(connection, number, set(chosen.values()))
            if chosen:
                edition = case(chosen, value=deliveries.c.edition)
                connection.execute(
                    update(deliveries).where(rest).values(edition=edition, due=due_s)
                )
            return True


def _some(status: Status, due: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a mailing has a delivery of that status which is due so."""
    return (
        select(deliveries.c.id)
        .where(deliveries.c.mailing == mailings.c.number, deliveries.c.status == str(status))
        .where(due)
        .exists()
    )


def _since_s(connection: Connection, number: int, now_s: int) -> int:
    planned = (deliveries.c.status == str(Status.PLANNED)) & deliveries.c.due.between(1, now_s)
    oldest = select(func.min(deliveries.c.due)).where(deliveries.c.mailing == number, planned)
    return int(connection.execute(oldest).scalar() or 0)


def _last_s(connection: Connection, number: int) -> int:
    tried = (deliveries.c.mailing == number) & (deliveries.c.attempts > 0)
    return int(connection.execute(select(func.max(deliveries.c.at)).where(tried)).scalar() or 0)


def _exchange(connection: Connection, number: int, before: Contest, after: Contest) -> bool:
    """Write `after` where `before` is written; of two who try, one does it."""
    change = (
        update(mailings)
        .where(mailings.c.number == number, mailings.c.trial == contest_to_json(before))
        .values(trial=contest_to_json(after))
    )
    return connection.execute(change).rowcount == 1


def _with(name: str, variant: str) -> str:
    return str(replace(EditionKey.parse(name), variant=variant))


def _refuse_lacking(connection: Connection, number: int, names: set[str]) -> None:
    frozen = select(editions.c.name).where(editions.c.mailing == number)
    if lacking := names - set(connection.execute(frozen).scalars()):
        raise StorageError(
            f"there is no frozen edition {min(lacking)} for the rest of the A/B test",
            hint="the database was changed by hand, or is damaged",
        )
