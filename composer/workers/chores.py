"""What workers do beside delivering: look for what is due, and see that the queue holds it all."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from composer.dispatch import carry_on
from composer.due import Due, look_for_due
from composer.errors import ComposerError, GuardError, StorageError
from composer.outgoing import tell
from composer.sending.terms import Terms, Why
from composer.workers.station import Station

if TYPE_CHECKING:
    # A database in a file needs no queue, and so nothing that a queue needs.
    from composer.workers.queue import Queue

_BEAT_S = 2.0
_LOOK_S = 5.0
#: How long one that is kept slow by its rate is delivered before another one that is due.
_TURN_S = 20.0
#: To count what is left of a large mailing costs the server something, and it is seldom needed.
_REFILL_S = 30.0


@dataclass
class Chores:
    """Done by every worker: any number may do them at a time."""

    station: Station
    queue: Queue | None  #: None: this host is alone, and delivers what is due by itself
    _told: set[str] = field(default_factory=set)
    _refilled_s: float = -_REFILL_S

    def keep_on(self, stop: threading.Event) -> None:
        """Until `stop` is set; a database that is away is waited for."""
        looked_s = -_LOOK_S
        while not stop.is_set():
            with suppress(StorageError):
                if self.queue:
                    self.station.beat()
                if time.monotonic() - looked_s >= _LOOK_S:
                    looked_s = time.monotonic()
                    goes_on = self.look()
                    tell(self.station.site)
                    if goes_on:
                        looked_s -= _LOOK_S
                        continue
            stop.wait(_BEAT_S)
        with suppress(StorageError):
            self.station.site.database.fleet.leave(self.station.id)

    def look(self) -> bool:
        """Carry out what is due now; say whether something goes on at once.

        Raises:
            StorageError: the database is away.
        """
        due = look_for_due(self.station.site)
        self._tell(due)
        if self.queue:
            self._hand_on(due, self.queue)
            return False
        return self._deliver(due)

    def _hand_on(self, due: Due, queue: Queue) -> None:
        fleet = self.station.site.database.fleet
        theirs = set(fleet.to_deliver())
        wanted = {mailing.id for mailing in due.ready} - theirs
        if time.monotonic() - self._refilled_s >= _REFILL_S:
            self._refilled_s = time.monotonic()
            wanted |= theirs
        for mailing_id in wanted:
            self._refill(mailing_id, queue)

    def _deliver(self, due: Due) -> bool:
        """One after the other, and those that go at a rate by turns."""
        goes_on = False
        for mailing in due.ready:
            if self.station.stop.is_set():
                return False
            try:
                waiting = carry_on(self.station.site, mailing, self._terms()).run.waiting
                goes_on |= waiting is not None and waiting.why is Why.RATE
            except GuardError:
                continue  # somebody else is sending it
            except StorageError:
                raise
            except ComposerError as error:
                self.station.tell(f"{mailing.id}: {error}")
        return goes_on

    def _terms(self) -> Terms:
        ends_s = time.monotonic() + _TURN_S
        return Terms(
            stop=self.station.stop,
            say=self.station.tell,
            others_turn=lambda: time.monotonic() >= ends_s,
        )

    def _refill(self, mailing_id: str, queue: Queue) -> None:
        """See that everything of a mailing that goes on by itself is in the queue."""
        database = self.station.site.database
        left = database.ledger.shares(mailing_id, by_themselves=True)
        if not left:
            database.ledger.orders.close(mailing_id)
            return
        with database.store.reading() as connection:
            waiting = queue.waiting(connection)
        if not {str(share) for share in left} <= waiting:
            database.fleet.hand_on(mailing_id, queue.hand_on)

    def _tell(self, due: Due) -> None:
        """Each thing once."""
        for made in due.decided:
            self.station.tell(f"{made.mailing.id}: the A/B test is decided")
        for late in due.late:
            if late.mailing.id not in self._told:
                self._told.add(late.mailing.id)
                self.station.tell(
                    f"{late.mailing.id} should have gone {late.overdue_s // 60} minutes ago; "
                    f"if it still may: newsletter resume {late.mailing.id}"
                )
