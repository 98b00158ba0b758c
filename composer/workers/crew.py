"""Several processes of this machine deliver one mailing, each a share at a time.

This process is one of them, and hands the shares out. The others (`hand`) end when it does, and
finish first what they have in flight. What one leaves behind when it is killed, and what is due
later, is done in the end by this process, as if it had been alone: with the lock of the whole
mailing, so that nobody is in doubt about who recovers what.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from composer.dispatch import Carried, carry_on, deliver_share
from composer.errors import (
    ComposerError,
    ConfigError,
    GuardError,
    Misconfigured,
    StorageError,
    TemplateError,
    Unreachable,
)
from composer.model.mailing import Mailing
from composer.sending.ledger import Share
from composer.sending.orders import Asked, Wish
from composer.sending.terms import Run, Terms
from composer.sending.watch import refuse_unwanted
from composer.site import Site

_LOOK_S = 0.2


def carry_on_together(site: Site, mailing: Mailing, terms: Terms, processes: int) -> Carried:
    """As `dispatch.carry_on`, with so many processes where there is enough for them to do.

    Raises:
        GuardError: another process is sending it.
        ConfigError: its provider cannot be made.
    """
    shares = site.database.ledger.shares(mailing.id)
    hands = min(processes, len(shares)) - 1
    # What a rate allows, one process does.
    if hands < 1 or mailing.rate is not None:
        return carry_on(site, mailing, terms)
    crew = Crew(site, mailing, terms, shares)
    crew.work(hands)
    asked = site.database.ledger.orders.asked(mailing.id)
    if crew.failure or terms.stop.is_set() or asked.wish is not Wish.NONE:
        return _broken_off(crew, asked)
    last = carry_on(site, mailing, replace(terms, retry_now=False), keep=True)
    run = replace(
        last.run,
        handed_over=last.run.handed_over + crew.handed_over,
        became_unknown=last.run.became_unknown + crew.became_unknown,
    )
    return Carried(run, forgotten=False)


def _broken_off(crew: Crew, asked: Asked) -> Carried:
    """Raises GuardError when it could not even begin."""
    ledger, mailing = crew.site.database.ledger, crew.mailing
    if not crew.handed_over:
        refuse_unwanted(mailing.id, asked)
        if isinstance(crew.failure, GuardError):
            raise crew.failure
    run = Run(
        count=partial(ledger.books, mailing.id),
        handed_over=crew.handed_over,
        became_unknown=crew.became_unknown,
        failure=crew.failure,
        stopped=crew.terms.stop.is_set(),
        asked=asked,
    )
    forget = run.failure is not None and not mailing.due
    return Carried(run, forget and ledger.discard(mailing.id))


@dataclass
class Crew:
    """Of one run; its fields are changed under its lock."""

    site: Site
    mailing: Mailing
    terms: Terms
    shares: Sequence[Share]
    handed_over: int = 0
    became_unknown: int = 0
    failure: ComposerError | None = None
    _next: int = 0
    _over: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, hands: int) -> None:
        """Deliver the shares; come back when all are done, or as many as could be."""
        with self._hands(hands):
            while (share := self._take()) is not None:
                self._deliver(share)

    def _take(self) -> Share | None:
        """A share that nobody has had; None when there is none, or nothing more is to be done."""
        with self._lock:
            over = self._over or self._next == len(self.shares) or self.terms.stop.is_set()
            if over:
                return None
            self._next += 1
            return self.shares[self._next - 1]

    # --- by this process --------------------------------------------------------------

    def _deliver(self, share: Share) -> None:
        terms = replace(self.terms, progress=self._settled, wait_s=0.0)
        try:
            run = deliver_share(self.site, self.mailing, share, terms)
        except GuardError as error:
            wish = self.site.database.ledger.orders.asked(self.mailing.id).wish
            self._ended(error, wished=wish is not Wish.NONE)
        else:
            self._ended(run.failure, wished=run.asked.wish is not Wish.NONE)
            self._count(run.handed_over, run.became_unknown)

    def _settled(self, count: int) -> None:
        with self._lock:
            self.terms.progress(count)

    def _count(self, handed_over: int, became_unknown: int) -> None:
        with self._lock:
            self.handed_over += handed_over
            self.became_unknown += became_unknown

    def _ended(self, failure: ComposerError | None, *, wished: bool) -> None:
        """What stops one stops all: the others finish what they have, and get nothing more."""
        with self._lock:
            self._over = self._over or wished or failure is not None
            if not wished:
                self.failure = self.failure or failure

    # --- by the others ----------------------------------------------------------------

    @contextmanager
    def _hands(self, count: int) -> Iterator[None]:
        hands = [_Hand(self.site, self.mailing) for _ in range(count)]
        threads = [
            threading.Thread(target=self._attend, args=(hand,), name="hand") for hand in hands
        ]
        done = threading.Event()
        watching = threading.Thread(target=self._watch, args=(hands, done), name="stop")
        for thread in (*threads, watching):
            thread.start()
        try:
            yield
        except BaseException:
            for hand in hands:
                hand.let_go()
            raise
        finally:
            for thread in threads:
                thread.join()
            done.set()
            watching.join()

    def _watch(self, hands: Sequence[_Hand], done: threading.Event) -> None:
        """Pass on at once that it is time to stop."""
        while not done.wait(_LOOK_S):
            if self._over or self.terms.stop.is_set():
                for hand in hands:
                    hand.let_go()
                return

    def _attend(self, hand: _Hand) -> None:
        """Hand shares to one process until there is none, or it is gone."""
        try:
            while (share := self._take()) is not None:
                told = hand.deliver(share, self._settled, retry_now=self.terms.retry_now)
                if told is None:
                    if not self.terms.stop.is_set():
                        self.terms.say(
                            "one of the processes ended; what it had is looked after in the end"
                        )
                    return
                self._ended(_error(told["failure"]), wished=told["wished"])
                self._count(told.get("handed_over", 0), told.get("became_unknown", 0))
        finally:
            hand.let_go()
            hand.wait()


class _Hand:
    """Another process, and what is said to it and by it."""

    def __init__(self, site: Site, mailing: Mailing) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "composer.workers.hand", str(site.folder.resolve()), mailing.id],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C on a terminal is for us to pass on
        )

    def deliver(
        self, share: Share, settled: Callable[[int], None], *, retry_now: bool
    ) -> dict[str, Any] | None:
        """How the share ended; None when the process did instead."""
        if not self._send(json.dumps([share.first, share.last, retry_now])):
            return None
        assert self._process.stdout  # noqa: S101 - a pipe, see above
        for line in self._process.stdout:
            told: dict[str, Any] = json.loads(line)
            if "settled" not in told:
                return told
            settled(told["settled"])
        return None

    def _send(self, line: str) -> bool:
        with self._lock, suppress(OSError, ValueError):  # it died, or was let go
            assert self._process.stdin  # noqa: S101 - a pipe, see above
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
            return True
        return False

    def let_go(self) -> None:
        """It finishes what it has in flight, and ends."""
        with self._lock, suppress(OSError):
            assert self._process.stdin  # noqa: S101 - a pipe, see above
            self._process.stdin.close()

    def wait(self) -> None:
        assert self._process.stdout  # noqa: S101 - a pipe, see above
        with self._process.stdout:
            for _ in self._process.stdout:
                pass  # it may still tell what it finished; the ledger knows
        self._process.wait()


def _error(told: Sequence[str] | None) -> ComposerError | None:
    """What a hand could not go on for, as the error that it was there."""
    if told is None:
        return None
    name, problem, hint = told
    kinds = (ConfigError, GuardError, Misconfigured, StorageError, TemplateError, Unreachable)
    kind = next((kind for kind in kinds if kind.__name__ == name), ComposerError)
    return kind(problem, hint=hint)
