"""Deliveries under way: the intent before they are handed over, the outcome after."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

from sqlalchemy import Connection

from composer.model.delivery import Delivery
from composer.sending.breaker import is_policy
from composer.sending.ledger import NEVER
from composer.sending.orders import Bounds
from composer.sending.provider import Outcome
from composer.storage import groups
from composer.storage.attempts import Row, Taking, claim, deliveries_of, foresee
from composer.storage.gone import bury
from composer.storage.keeping import LostConnection
from composer.storage.orders import SqlOrders
from composer.storage.store import Store

#: How long to wait for a server that went away before a delivery was taken up.
_RETURN_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)


class UnderWay:
    """Those of one ledger; `clock` tells epoch seconds."""

    def __init__(self, store: Store, orders: SqlOrders, clock: Callable[[], float]) -> None:
        self._store = store
        self._orders = orders
        self._clock = clock
        self._rows: dict[str, int] = {}  #: of what is under way, so that nobody has to read its id

    def _now(self) -> int:
        return int(self._clock())

    # --- before -----------------------------------------------------------------------

    def take_up(
        self, mailing_id: str, taking: Taking, bounds: Bounds, accepted: Sequence[Outcome]
    ) -> Sequence[Delivery]:
        """Write the intents, and along with them what was `accepted`; see `Ledger.begin`."""
        for pause_s in _RETURN_PAUSES_S:
            try:
                rows = self._claimed(mailing_id, taking, bounds, accepted)
                break
            except LostConnection:
                time.sleep(pause_s)
                taking = replace(taking, now=self._now())
        else:
            rows = self._claimed(mailing_id, taking, bounds, accepted)
        claimed = deliveries_of(self._store.identity, rows)
        self._forget(outcome.delivery_id for outcome in accepted)
        self._rows.update((delivery.id, number) for number, delivery in claimed.items())
        return list(claimed.values())

    def _claimed(
        self, mailing_id: str, taking: Taking, bounds: Bounds, accepted: Sequence[Outcome]
    ) -> Sequence[Row]:
        share = taking.share.range if taking.share else ""
        self._store.keeping.still_sender(mailing_id, share)
        seen = self._foreseen(taking, bounds)
        with ExitStack() as stack:
            if bounds:
                budgeting = self._orders.budgeting(bounds, taking.provider, taking.mailing)
                connection, budget = stack.enter_context(budgeting)
                taking = replace(taking, budget=budget)
            else:
                connection = stack.enter_context(self._store.writing_rows())
            self._store.keeping.claiming(connection, mailing_id)
            self._write(connection, accepted, NEVER)
            return claim(connection, taking, seen)

    def _foreseen(self, taking: Taking, bounds: Bounds) -> Sequence[Row]:
        """What is to be taken up, where others wait to write and nothing but its state decides."""
        if bounds or not (taking.share and self._store.keeping.one_writer):
            return ()
        with self._store.reading() as connection:
            return foresee(connection, taking)

    # --- after ------------------------------------------------------------------------

    def settle(self, outcomes: Sequence[Outcome], due: Mapping[str, int]) -> None:
        """Write the outcomes; see `Ledger.finish`."""
        if not outcomes:
            return
        with self._store.writing_rows() as connection:
            self._write(connection, outcomes, due)
        self._forget(outcome.delivery_id for outcome in outcomes)

    def _write(
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
        # What the breaker may take back says nothing of an address.
        gone = [o.delivery_id for o in outcomes if o.gone and not is_policy(o.reason)]
        if gone:
            bury(self._store, connection, [self._row(name) for name in gone], now=self._now())

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Undo `take_up` for deliveries of which nothing left this machine."""
        if not deliveries:
            return
        rows = [self._row(delivery.id) for delivery in deliveries]
        with self._store.writing_rows() as connection:
            groups.give_back(connection, rows, now=self._now())
        self._forget(delivery.id for delivery in deliveries)

    def _row(self, delivery_id: str) -> int:
        number = self._rows.get(delivery_id)
        if number is None:
            number = self._store.identity.delivery_number(delivery_id)
        if number is None:
            raise ValueError(f"{delivery_id!r} is not a delivery of this ledger")
        return number

    def _forget(self, delivery_ids: Iterable[str]) -> None:
        for delivery_id in delivery_ids:
            self._rows.pop(delivery_id, None)


def _said(text: str, most: int) -> str:
    """What a provider said, without the one character that no database takes."""
    return text[:most].replace("\0", "\ufffd")
