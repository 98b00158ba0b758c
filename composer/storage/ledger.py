"""The ledger in the database: intents before, outcomes after, each in a transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from functools import partial

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, true, update

from composer.audience.addresses import read_address
from composer.errors import GuardError
from composer.model.delivery import Delivery, Exclusion, Recipient, Status
from composer.model.edition import Edition
from composer.model.mailing import Books, Letterhead, Mailing, Plan
from composer.sending.ledger import NEVER, HandOn, Line, Share
from composer.sending.orders import FREE, Bounds
from composer.sending.provider import Outcome
from composer.storage import groups, tallies
from composer.storage.attempts import Row as Claimed
from composer.storage.attempts import Taking, claim, deliveries_of, foresee
from composer.storage.books import books_of, lines_of
from composer.storage.fleet import hand_to_workers
from composer.storage.freezing import edition_from_json
from composer.storage.keeping import LostConnection
from composer.storage.mailings import forgotten, mailings_where, something_left
from composer.storage.orders import SqlOrders, no_such
from composer.storage.rows import insert_editions, insert_lines, insert_mailing
from composer.storage.shares import left_shares, next_due_of_share, within
from composer.storage.store import Store
from composer.storage.tables import deliveries, editions, mailings

#: Two looks at an index. What is deferred and due at 0 waits for a person.
_FIRST_DUE = tuple(
    select(deliveries.c.due)
    .where(deliveries.c.mailing == bindparam("of"), deliveries.c.status == str(status))
    .where(deliveries.c.due >= least)
    .order_by(deliveries.c.due)
    .limit(1)
    for status, least in ((Status.PLANNED, 0), (Status.DEFERRED, 1))
)
#: How long to wait for a server that went away before a delivery was taken up.
_RETURN_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)


class SqlLedger:
    """Implements `composer.sending.ledger.Ledger`."""

    def __init__(
        self, store: Store, *, share: Share | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` tells epoch seconds."""
        self._store = store
        self._share = share
        self._clock = clock
        self._numbers: dict[str, int] = {}
        self._under_way: dict[str, int] = {}  #: what is claimed, so that nobody has to read its id
        self.orders = SqlOrders(store, clock)

    def _now(self) -> int:
        return int(self._clock())

    # --- mailings ---------------------------------------------------------------------

    def freeze(
        self,
        plan: Plan,
        letterhead: Letterhead,
        editions: Iterable[Edition],
        decisions: Iterable[Recipient | Exclusion],
        *,
        created: str,
        hand_on: HandOn | None = None,
    ) -> Mailing:
        """Write the mailing and a line for everybody, in one transaction; see the port."""
        with self._store.writing() as connection:
            mailing = Mailing(
                id=plan.id,
                issue_id=plan.issue_id,
                segment=plan.segment,
                provider=plan.provider,
                letterhead=letterhead,
                edition_digest=plan.edition_digest,
                created=created,
                matched=plan.matched,
                due=plan.due,
                schedule=plan.schedule,
                contest=plan.contest,
            )
            number = insert_mailing(connection, mailing)
            insert_editions(connection, number, plan, editions)
            add = partial(self._store.keeping.add_lines, connection)
            written = insert_lines(add, number, decisions, at=self._now())
            if not written.is_what_was_planned(plan):
                raise GuardError(
                    "the list changed while the plan was being carried out; nothing was sent",
                    hint="run the same command again",
                )
            if hand_on:
                hand_to_workers(connection, number, mailing.id, hand_on)
        return mailing

    def discard(self, mailing_id: str) -> bool:
        """Forget a mailing of which nothing was ever attempted; say whether it was one."""
        only = self._store.keeping.only_sender(mailing_id)
        with only, self._store.writing() as connection:
            if not forgotten(connection, self._number(mailing_id)):
                return False
            self._numbers.pop(mailing_id, None)
            return True

    def mailing(self, mailing_id: str) -> Mailing | None:
        found = self._mailings(mailings.c.id == mailing_id)
        return found[0] if found else None

    def latest(self) -> Mailing | None:
        found = self._mailings(limit=1)
        return found[0] if found else None

    def mailings(self) -> Sequence[Mailing]:
        return self._mailings()

    def unfinished(self, issue_id: str, segment: str) -> Mailing | None:
        """The newest mailing of the issue to the segment with something left to do."""
        of = (mailings.c.issue_id == issue_id) & (mailings.c.segment == segment)
        found = self._mailings(of & something_left(), limit=1)
        return found[0] if found else None

    def _mailings(
        self, where: ColumnElement[bool] | None = None, *, limit: int | None = None
    ) -> list[Mailing]:
        with self._store.reading() as connection:
            return mailings_where(connection, where, limit=limit)

    def editions(self, mailing_id: str) -> Mapping[str, Edition]:
        query = select(editions).where(editions.c.mailing == self._number(mailing_id))
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        return {row.name: edition_from_json(row.content, row.digest) for row in rows}

    def shares(self, mailing_id: str, *, by_themselves: bool = False) -> Sequence[Share]:
        """The shares of a mailing in which something is left to do; see the port."""
        number = self._number(mailing_id)
        with self._store.reading() as connection:
            return left_shares(connection, number, mailing_id, by_themselves=by_themselves)

    def of_share(self, share: Share) -> SqlLedger:
        """The ledger of the sender of a share; see the port."""
        return SqlLedger(self._store, share=share, clock=self._clock)

    def sender(self, mailing_id: str) -> AbstractContextManager[None]:
        """Be the only sender of this mailing, or of the share; see the port."""
        return self._store.keeping.only_sender(mailing_id, self._range)

    @property
    def _range(self) -> str:
        return self._share.range if self._share else ""

    @property
    def _within(self) -> ColumnElement[bool]:
        return within(self._share) if self._share else true()

    def _number(self, mailing_id: str) -> int:
        if mailing_id not in self._numbers:
            query = select(mailings.c.number).where(mailings.c.id == mailing_id)
            with self._store.reading() as connection:
                number = connection.execute(query).scalar()
            if number is None:
                raise no_such(mailing_id)
            self._numbers[mailing_id] = int(number)
        return self._numbers[mailing_id]

    # --- deliveries -------------------------------------------------------------------

    def recover(self, mailing_id: str) -> int:
        """Turn what a dead sender left `attempting` into `unknown`; say how many."""
        reason = "in flight when an earlier run ended"
        kept = self.keep_unknown(mailing_id)
        return kept + self._move(
            mailing_id, Status.ATTEMPTING, Status.UNKNOWN, reason=reason, chosen=self._within
        )

    def retry_keyed(self, mailing_id: str, provider: str) -> int:
        """Make `planned` again what is unknown and was handed to `provider`; see the port."""
        chosen = self._within & (deliveries.c.provider == provider)
        return self._move(
            mailing_id, Status.UNKNOWN, Status.PLANNED, chosen=chosen, due=groups.KEYED
        )

    def keep_unknown(self, mailing_id: str) -> int:
        """Undo `retry_keyed` for what was not attempted; see the port."""
        chosen = self._within & (deliveries.c.due == groups.KEYED)
        return self._move(mailing_id, Status.PLANNED, Status.UNKNOWN, chosen=chosen)

    def retry_deferred(self, mailing_id: str, *, due_by: int | None = None) -> int:
        """Make the deferred `planned` again, all or what is due by then; see the port."""
        chosen = self._within
        if due_by is not None:
            chosen &= (deliveries.c.due > 0) & (deliveries.c.due <= due_by)
        return self._move(mailing_id, Status.DEFERRED, Status.PLANNED, chosen=chosen)

    def next_due(self, mailing_id: str) -> int | None:
        """When the next delivery may be attempted; see the port."""
        number = self._number(mailing_id)
        with self._store.reading() as connection:
            if self._share:
                return next_due_of_share(connection, number, self._share)
            found = [connection.execute(query, {"of": number}).scalar() for query in _FIRST_DUE]
        return min((due for due in found if due is not None), default=None)

    def resolve(self, mailing_id: str, status: Status, *, only: str = "") -> int:
        """Settle `unknown` deliveries as `accepted` or `planned`; say how many."""
        chosen: ColumnElement[bool] = true()
        if row := self._store.identity.delivery_number(only):
            chosen = deliveries.c.id == row
        elif only:
            chosen = func.lower(deliveries.c.address) == read_address(only).key
        reason = "settled by a person"
        return self._move(mailing_id, Status.UNKNOWN, status, reason=reason, chosen=chosen)

    def _move(
        self,
        mailing_id: str,
        before: Status,
        after: Status,
        *,
        chosen: ColumnElement[bool],
        reason: str | None = None,
        due: int = 0,
    ) -> int:
        number = self._number(mailing_id)
        of = (deliveries.c.mailing == number) & (deliveries.c.status == str(before))
        if self._store.keeping.one_writer and not self._any(of & chosen):
            return 0  # and nobody had to wait for it
        change = update(deliveries).where(of, chosen)
        values: dict[str, object] = {"status": str(after), "due": due, "at": self._now()}
        if reason is not None:
            values["reason"] = reason
        with self._store.writing_rows() as connection:
            if before is Status.ATTEMPTING:
                self._store.keeping.after_claims(connection, mailing_id)
            changed = connection.execute(change.values(**values)).rowcount
            if changed:
                tallies.drop(connection, [number])
            return changed

    def _any(self, of: ColumnElement[bool]) -> bool:
        with self._store.reading() as connection:
            first = select(deliveries.c.id).where(of).limit(1)
            return connection.execute(first).scalar() is not None

    def begin(
        self,
        mailing_id: str,
        limit: int,
        *,
        provider: str = "",
        bounds: Bounds = FREE,
        accepted: Sequence[Outcome] = (),
    ) -> Sequence[Delivery]:
        """Write the intent for up to `limit` planned deliveries of one edition; see the port."""
        taking = Taking(self._number(mailing_id), limit, provider, self._now(), self._share)
        for pause_s in _RETURN_PAUSES_S:
            try:
                rows = self._begin(mailing_id, taking, bounds, accepted)
                break
            except LostConnection:
                time.sleep(pause_s)
                taking = replace(taking, now=self._now())
        else:
            rows = self._begin(mailing_id, taking, bounds, accepted)
        claimed = deliveries_of(self._store.identity, rows)
        self._forget(outcome.delivery_id for outcome in accepted)
        self._under_way.update((delivery.id, number) for number, delivery in claimed.items())
        return list(claimed.values())

    def _begin(
        self, mailing_id: str, taking: Taking, bounds: Bounds, accepted: Sequence[Outcome]
    ) -> Sequence[Claimed]:
        self._store.keeping.still_sender(mailing_id, self._range)
        seen = self._foreseen(taking, bounds)
        with ExitStack() as stack:
            if bounds:
                budgeting = self.orders.budgeting(bounds, taking.provider)
                connection, budget = stack.enter_context(budgeting)
                taking = replace(taking, budget=budget)
            else:
                connection = stack.enter_context(self._store.writing_rows())
            self._store.keeping.claiming(connection, mailing_id)
            self._settle(connection, accepted, NEVER)
            return claim(connection, taking, seen)

    def _foreseen(self, taking: Taking, bounds: Bounds) -> Sequence[Claimed]:
        """What is to be taken up, where others wait to write and nothing but its state decides."""
        if bounds or not (self._share and self._store.keeping.one_writer):
            return ()
        with self._store.reading() as connection:
            return foresee(connection, taking)

    def finish(self, outcomes: Sequence[Outcome], *, due: Mapping[str, int] = NEVER) -> None:
        """Write the outcomes of attempted deliveries; see the port."""
        if not outcomes:
            return
        with self._store.writing_rows() as connection:
            self._settle(connection, outcomes, due)
        self._forget(outcome.delivery_id for outcome in outcomes)

    def _settle(
        self, connection: Connection, outcomes: Sequence[Outcome], due: Mapping[str, int]
    ) -> None:
        alike: dict[tuple[str, int, str], dict[int, str]] = {}
        for outcome in outcomes:
            said = (
                outcome.answer.value,
                due.get(outcome.delivery_id, 0),
                _said(outcome.reason, 500),
            )
            name = _said(outcome.provider_id, 200)
            alike.setdefault(said, {})[self._row(outcome.delivery_id)] = name
        for said, named in alike.items():
            groups.settle(connection, said, named, now=self._now())

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Undo `begin` for deliveries of which nothing left this machine."""
        if not deliveries:
            return
        rows = [self._row(delivery.id) for delivery in deliveries]
        with self._store.writing_rows() as connection:
            groups.give_back(connection, rows, now=self._now())
        self._forget(delivery.id for delivery in deliveries)

    def _forget(self, delivery_ids: Iterable[str]) -> None:
        for delivery_id in delivery_ids:
            self._under_way.pop(delivery_id, None)

    def _row(self, delivery_id: str) -> int:
        number = self._under_way.get(delivery_id)
        if number is None:
            number = self._store.identity.delivery_number(delivery_id)
        if number is None:
            raise ValueError(f"{delivery_id!r} is not a delivery of this ledger")
        return number

    # --- the books --------------------------------------------------------------------

    def books(self, mailing_id: str) -> Books:
        """Where everybody stands, counted in one snapshot."""
        number = self._number(mailing_id)
        with self._store.reading() as connection:
            return books_of(connection, mailing_id, number)

    def lines(self, mailing_id: str, status: Status, *, limit: int = 100) -> Sequence[Line]:
        of = (deliveries.c.mailing == self._number(mailing_id)) & (
            deliveries.c.status == str(status)
        )
        return list(lines_of(self._store, of, limit=limit))

    def every_line(self, mailing_id: str) -> Iterator[Line]:
        """All deliveries of the mailing in the order they were planned; streams."""
        of = deliveries.c.mailing == self._number(mailing_id)
        return lines_of(self._store, of, limit=None)


def _said(text: str, most: int) -> str:
    """What a provider said, without the one character that no database takes."""
    return text[:most].replace("\0", "\ufffd")
