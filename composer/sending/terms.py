"""How a run is to go, what it waits for, and how it ended."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property

from composer.errors import ComposerError
from composer.model.limits import Fuses, LimitSettings, SendingSettings
from composer.model.mailing import Books
from composer.sending.orders import Asked
from composer.sending.retry import Draw
from composer.sending.stride import Stride


class Why(StrEnum):
    """What a mailing waits for."""

    LIMITS = "limits"  #: a limit of the provider, or the warm-up, is used up
    RATE = "rate"  #: the mailing's own rate; only for moments
    PAUSED = "paused"  #: a receiving domain is left alone for a while
    DECISION = "decision"  #: the A/B test is not decided
    LATER = "later"  #: what was put off is due again, or what is planned for a time of its own


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing can be attempted before `at` (epoch seconds)."""

    at: float
    why: Why

    @property
    def until(self) -> int | None:
        """`at`, where anybody knows it."""
        return None if self.why is Why.DECISION else int(self.at)


@dataclass(frozen=True, slots=True)
class Terms:
    """How to deliver. `stop` is set from a signal handler; what is in flight is then finished.

    `retry_for_s` counts from the mailing's beginning; `wait_s` is the longest that a run waits
    for what is due later. With `retry_now`, whatever was put off is tried at once. A run that its
    mailing's rate makes long asks, while it lets nothing go, whether it is `others_turn`, and ends.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    stride: Stride = field(default_factory=Stride)  #: learns; whoever sends shares keeps it
    progress: Callable[[int], None] = lambda _: None  #: told how many are done with
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock_s: Callable[[], float] = time.monotonic
    pause: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.time  #: epoch seconds, the ledger's own
    rest: Callable[[float], object] | None = None  #: waits that long, or less when `stop` is set
    draw: Draw = random.random
    limits: LimitSettings = field(default_factory=LimitSettings)
    fuses: Fuses = field(default_factory=Fuses)
    retry_for_s: float = 24 * 3600.0
    wait_s: float = 0.0
    retry_now: bool = False
    others_turn: Callable[[], bool] = lambda: False
    waiting: Callable[[Waiting], None] = lambda _: None  #: told what the run waits for
    say: Callable[[str], None] = lambda _: None  #: told in a sentence what an operator must know

    def of_site(self, sending: SendingSettings, *, live: bool) -> Terms:
        """With the site's limits, fuses and patience; what reaches nobody is not limited."""
        return replace(
            self,
            limits=sending.limits if live else LimitSettings(),
            fuses=sending.fuses,
            retry_for_s=sending.retry_for_s,
        )


@dataclass(frozen=True)
class Run:
    """How a run ended. `failure` is set when it could not go on at all.

    `waiting` is set when something is left that is due later than the run was to wait. The
    mailing is counted, by `count`, when somebody asks for its books: a share's sender does not.
    """

    count: Callable[[], Books] = field(repr=False)
    handed_over: int  #: attempts that got an outcome in this run
    became_unknown: int  #: left `attempting` by an earlier run that died
    failure: ComposerError | None = None
    stopped: bool = False
    asked: Asked = field(default_factory=Asked)
    waiting: Waiting | None = None

    @cached_property
    def books(self) -> Books:
        """Where the whole mailing stood when this was first asked."""
        return self.count()
