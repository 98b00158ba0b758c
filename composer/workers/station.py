"""What one worker does with a share, and what others may know of it meanwhile."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from composer.dispatch import deliver_share
from composer.due import is_too_late
from composer.errors import ComposerError, GuardError, StorageError
from composer.model.mailing import Mailing
from composer.sending.fleet import LATE_S, Worker
from composer.sending.ledger import Ledger, Share
from composer.sending.orders import Wish
from composer.sending.pace import Pace
from composer.sending.retry import Draw
from composer.sending.stride import Stride
from composer.sending.terms import Terms, Why
from composer.site import Site
from composer.workers.putback import PutBack

#: Another process has it just now: until it is looked at again.
_TAKEN_S = 3.0
#: Somebody paused it.
_PAUSED_S = 5.0
#: The provider, or something else, does not let us: a person may have to mend it.
_FAILED_S = 30.0
#: What the limits allow within this time is waited for with the share in hand.
_PATIENCE_S = 3.0
#: Until what is due later is looked at again: an A/B test may be decided meanwhile.
_LATER_S = 30.0
#: Until a share of a mailing that goes as fast as it may without us is looked at again, or a
#: quarter of it, or a little more: all shares at the same moment would leave gaps between.
_PACED_S = 10.0


@dataclass
class Station:
    """One process of `newsletter worker`; `tell` prints a line."""

    site: Site
    stop: threading.Event
    tell: Callable[[str], None]
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    draw: Draw = random.random
    _strides: dict[str, Stride] = field(default_factory=dict)  #: by kinds of provider
    _share: Share | None = None
    _settled: int = 0
    _per_s: float = 0.0
    _counted_s: float = field(default_factory=time.monotonic)

    # --- delivering -------------------------------------------------------------------

    def deliver(self, share: Share) -> None:
        """Deliver what is due of a share.

        Raises:
            PutBack: it is not done; somebody is to take it up again later.
        """
        try:
            self._deliver(share)
        except GuardError as error:
            raise PutBack(_TAKEN_S) from error
        except StorageError as error:
            self.tell(f"{share}: {error}")
            raise PutBack(_TAKEN_S) from error
        except ComposerError as error:
            self.tell(f"{share}: {error}")
            raise PutBack(_FAILED_S) from error

    def _deliver(self, share: Share) -> None:
        ledger = self.site.database.ledger.of_share(share)
        mailing = ledger.mailing(share.mailing_id)
        if mailing is None:
            return  # it was forgotten, before anything was attempted
        self._heed(mailing, ledger)
        rest_s, tried = 0.0, False
        if _left_s(ledger, mailing) == 0:
            if is_too_late(self.site, mailing.id):
                raise PutBack(_FAILED_S)
            if self._is_fast_enough(mailing, ledger):
                raise PutBack(self._paced_s)
            rest_s, tried = self._carry_on(mailing, share), True
        else:
            # Nothing is to be sent now, but somebody who died may have left something.
            with ledger.sender(mailing.id):
                ledger.recover(mailing.id)
        if (left_s := _left_s(ledger, mailing)) is not None:
            self._heed(mailing, ledger)
            after_s = min(max(left_s, rest_s), _LATER_S)
            if tried:
                self.tell(f"{share}: given back, to be looked at again in {after_s:,.0f} s")
            raise PutBack(after_s)
        ledger.orders.close(mailing.id)

    def _carry_on(self, mailing: Mailing, share: Share) -> float:
        """Deliver what is due; for how many seconds the rest is held up."""
        self._share, began_s = share, time.monotonic()
        self.tell(f"{share}: taken")
        try:
            terms = Terms(
                stop=self.stop,
                progress=self._count,
                say=self.tell,
                wait_s=_PATIENCE_S,
                stride=self._strides.setdefault(mailing.provider, Stride()),
                others_turn=partial(self._is_one_too_many, share),
            )
            run = deliver_share(self.site, mailing, share, terms)
        finally:
            self._share = None
        if run.became_unknown:
            self.tell(f"{share}: {run.became_unknown} were in flight when a worker died: unknown")
        self.tell(f"{share}: {_pace_words(run.handed_over, time.monotonic() - began_s)}")
        if run.failure is not None:
            raise run.failure
        if run.waiting is None:
            return 0.0
        slow = run.waiting.why is Why.RATE
        return self._paced_s if slow else max(0.0, run.waiting.at - time.time())

    def _is_fast_enough(self, mailing: Mailing, ledger: Ledger) -> bool:
        """Whether others use up its rate: then other mailings have more need of us."""
        if mailing.rate is None or (room := ledger.orders.paced(mailing.id)) is None:
            return False
        used_up = 2 * room.left < Pace(mailing.rate).most
        return used_up and self.site.database.standings.is_sending(mailing.id)

    def _is_one_too_many(self, share: Share) -> bool:
        """Whether a worker with an earlier share of the same mailing goes on with it."""
        others = (
            worker
            for worker in self.site.database.fleet.workers()
            if worker.mailing == share.mailing_id and worker.seen_s <= LATE_S
        )
        return any(int(worker.share.partition("-")[0]) < share.first for worker in others)

    @property
    def _paced_s(self) -> float:
        return _PACED_S * (0.25 + self.draw())

    def _heed(self, mailing: Mailing, ledger: Ledger) -> None:
        """Do what somebody asked of the senders of this mailing."""
        wish = ledger.orders.asked(mailing.id).wish
        if wish is Wish.CANCEL:
            ledger.orders.exclude_left(mailing.id)
        elif wish is Wish.PAUSE:
            raise PutBack(_PAUSED_S)

    # --- being seen -------------------------------------------------------------------

    def _count(self, settled: int) -> None:
        self._settled += settled

    def beat(self) -> None:
        """Write down where this worker is.

        Raises:
            StorageError: the database is away.
        """
        now_s = time.monotonic()
        passed_s = now_s - self._counted_s
        settled, self._settled, self._counted_s = self._settled, 0, now_s
        share = self._share
        fresh = settled / passed_s if passed_s > 0 else 0.0
        # Half of it is new: a number that jumps tells nobody how long it will take.
        self._per_s = (self._per_s + fresh) / 2 if share and self._per_s else fresh
        self.site.database.fleet.beat(
            Worker(
                id=self.id,
                host=socket.gethostname(),
                pid=os.getpid(),
                mailing=share.mailing_id if share else "",
                share=share.range if share else "",
                per_s=round(self._per_s, 3) if share else 0.0,
            )
        )


def _pace_words(count: int, passed_s: float) -> str:
    """`500 answered in 12 s, 2,500 a minute`."""
    pace = f", {count / passed_s * 60:,.0f} a minute" if count and passed_s > 0 else ""
    return f"{count:,} answered in {passed_s:,.0f} s{pace}"


def _left_s(ledger: Ledger, mailing: Mailing) -> float | None:
    """Seconds until something of it may be attempted; None when nothing is left for us."""
    due = ledger.next_due(mailing.id)
    return None if due is None else max(0.0, due - time.time())
