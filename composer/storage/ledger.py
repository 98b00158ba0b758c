"""The ledger in the database: mailings, and what becomes of their deliveries."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial

from sqlalchemy import ColumnElement, func, select, true

from composer.audience.addresses import read_address
from composer.errors import GuardError
from composer.model.delivery import Delivery, Exclusion, Recipient, Status
from composer.model.edition import Edition
from composer.model.mailing import Books, Letterhead, Mailing, Plan
from composer.sending.ledger import NEVER, HandOn, Line, Share, Trouble
from composer.sending.orders import FREE, Bounds
from composer.sending.provider import Outcome
from composer.storage.attempts import Taking
from composer.storage.books import books_of, lines_of, troubles_of
from composer.storage.due import next_due
from composer.storage.fleet import hand_to_workers
from composer.storage.freezing import edition_from_json
from composer.storage.groups import KEYED
from composer.storage.mailings import forgotten, mailings_where, something_left
from composer.storage.moves import Move, move
from composer.storage.orders import SqlOrders, no_such
from composer.storage.rows import insert_editions, insert_lines, insert_mailing
from composer.storage.shares import left_shares, within
from composer.storage.store import Store
from composer.storage.tables import deliveries, editions, mailings
from composer.storage.under_way import UnderWay


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
        self.orders = SqlOrders(store, clock)
        self._under_way = UnderWay(store, self.orders, clock)

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
                rate=plan.rate,
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

    # --- from one state to another ----------------------------------------------------

    def recover(self, mailing_id: str) -> int:
        """Turn what a dead sender left `attempting` into `unknown`; say how many."""
        reason = "in flight when an earlier run ended"
        left = Move(Status.ATTEMPTING, Status.UNKNOWN, self._within, reason)
        return self.keep_unknown(mailing_id) + self._move(mailing_id, left)

    def retry_keyed(self, mailing_id: str, provider: str) -> int:
        """Make `planned` again what is unknown and was handed to `provider`; see the port."""
        chosen = self._within & (deliveries.c.provider == provider)
        again = Move(Status.UNKNOWN, Status.PLANNED, chosen, due=KEYED)
        return self._move(mailing_id, again)

    def keep_unknown(self, mailing_id: str) -> int:
        """Undo `retry_keyed` for what was not attempted; see the port."""
        chosen = self._within & (deliveries.c.due == KEYED)
        return self._move(mailing_id, Move(Status.PLANNED, Status.UNKNOWN, chosen))

    def retry_deferred(self, mailing_id: str, *, due_by: int | None = None) -> int:
        """Make the deferred `planned` again, all or what is due by then; see the port."""
        chosen = self._within
        if due_by is not None:
            chosen &= (deliveries.c.due > 0) & (deliveries.c.due <= due_by)
        return self._move(mailing_id, Move(Status.DEFERRED, Status.PLANNED, chosen))

    def resolve(self, mailing_id: str, status: Status, *, only: str = "") -> int:
        """Settle `unknown` deliveries as `accepted` or `planned`; say how many."""
        chosen: ColumnElement[bool] = true()
        if row := self._store.identity.delivery_number(only):
            chosen = deliveries.c.id == row
        elif only:
            chosen = func.lower(deliveries.c.address) == read_address(only).key
        settled = Move(Status.UNKNOWN, status, chosen, "settled by a person")
        return self._move(mailing_id, settled)

    def _move(self, mailing_id: str, change: Move) -> int:
        number = self._number(mailing_id)
        return move(self._store, mailing_id, number, change, at=self._now())

    # --- under way --------------------------------------------------------------------

    def next_due(self, mailing_id: str) -> int | None:
        """When the next delivery may be attempted; see the port."""
        number = self._number(mailing_id)
        with self._store.reading() as connection:
            return next_due(connection, number, self._share)

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
        return self._under_way.take_up(mailing_id, taking, bounds, accepted)

    def finish(self, outcomes: Sequence[Outcome], *, due: Mapping[str, int] = NEVER) -> None:
        """Write the outcomes of attempted deliveries; see the port."""
        self._under_way.settle(outcomes, due)

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Undo `begin` for deliveries of which nothing left this machine."""
        self._under_way.give_back(deliveries)

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

    def troubles(self, mailing_id: str, *, limit: int) -> Sequence[Trouble]:
        """Refused, then deferred, then unknown deliveries by reason; see the port."""
        number = self._number(mailing_id)
        with self._store.reading() as connection:
            return troubles_of(connection, number, limit)

    def every_line(self, mailing_id: str) -> Iterator[Line]:
        """All deliveries of the mailing in the order they were planned; streams."""
        of = deliveries.c.mailing == self._number(mailing_id)
        return lines_of(self._store, of, limit=None)
