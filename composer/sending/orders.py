"""What is asked of whoever sends a mailing, from wherever it is asked: pause, go on, cancel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from composer.model.limits import LimitSettings
from composer.model.rate import Rate
from composer.sending.limits import Room

#: Why a delivery is excluded that was left when its mailing was cancelled.
CANCELLED = "cancelled"


class Wish(StrEnum):
    """What the senders of a mailing are asked to do; they look once a second."""

    NONE = ""
    PAUSE = "pause"  #: finish what is in flight, then stop until somebody resumes
    CANCEL = "cancel"  #: the same, and nobody who is left gets it any more


@dataclass(frozen=True, slots=True)
class Asked:
    """`reason` is for people, of the wish; empty when a person asked."""

    wish: Wish = Wish.NONE
    reason: str = ""
    rate: Rate | None = None  #: how fast all its senders together may go


@dataclass(frozen=True, slots=True)
class DomainPause:
    """A receiving domain that gets nothing before `until`. Times are epoch seconds.

    `times` counts pauses in a row, without a message that was accepted between them.
    """

    domain: str
    until: int
    reason: str
    since: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a claim must keep to: limits, and domains that get nothing before a time.

    Domains that are `tried` again after a pause get a few messages at first. With a `rate`, a
    claim keeps to the one that the mailing has then.
    """

    limits: LimitSettings = field(default_factory=LimitSettings)
    held: Mapping[str, int] = field(default_factory=dict)
    tried: frozenset[str] = frozenset()
    rate: Rate | None = None

    def __bool__(self) -> bool:
        return bool(self.limits or self.held or self.tried or self.rate)


#: Nothing is limited, and nobody held.
FREE = Bounds()


class Orders(Protocol):
    """Kept in the ledger: every sender of every host reads the same."""

    def asked(self, mailing_id: str) -> Asked: ...

    def ask(self, mailing_id: str, wish: Wish, *, reason: str = "") -> None:
        """Ask it of every sender of the mailing, from now on.

        Raises:
            GuardError: there is no such mailing, or it was cancelled; that is for good.
        """
        ...

    def keep_to(self, mailing_id: str, rate: Rate | None) -> None:
        """From now on, all its senders together go at most so fast; None: as fast as they can.

        Raises:
            GuardError: there is no such mailing.
        """
        ...

    def exclude_left(self, mailing_id: str) -> int:
        """Make what is planned or deferred `excluded` because it was cancelled; say how many.

        What is in flight is left to its sender.
        """
        ...

    def close(self, mailing_id: str) -> bool:
        """Note since when nothing is left to attempt, if that is so; say whether."""
        ...

    def pauses(self) -> Sequence[DomainPause]:
        """Of all receiving domains, also those that have ended and were not lifted."""
        ...

    def pause(self, domain: str, *, until: int, reason: str, times: int) -> None:
        """Let a receiving domain alone until then, whatever mailing it is."""
        ...

    def lift(self, domain: str) -> None:
        """Its pause is over, and forgotten."""
        ...

    def room(self, limits: LimitSettings, provider: str) -> Room | None:
        """What a provider's limits and its warm-up leave now; None when nothing limits it."""
        ...

    def paced(self, mailing_id: str) -> Room | None:
        """What a mailing's rate leaves now; None when it has none."""
        ...

    def reopen(self, mailing_id: str, domain: str, *, since: int, due: int) -> int:
        """Make what was refused for reasons of policy since then `deferred`; say how many.

        Of one receiving domain, or of all when it is empty. Their readers are not to blame.
        """
        ...
