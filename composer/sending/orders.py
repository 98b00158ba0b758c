"""What is asked of whoever sends a mailing, from wherever it is asked: pause, go on, cancel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

#: Why a delivery is excluded that was left when its mailing was cancelled.
CANCELLED = "cancelled"


class Wish(StrEnum):
    """What the senders of a mailing are asked to do; they look once a second."""

    NONE = ""
    PAUSE = "pause"  #: finish what is in flight, then stop until somebody resumes
    CANCEL = "cancel"  #: the same, and nobody who is left gets it any more


@dataclass(frozen=True, slots=True)
class Asked:
    """`reason` is for people; empty when a person asked."""

    wish: Wish = Wish.NONE
    reason: str = ""


class Orders(Protocol):
    """Kept in the ledger: every sender of every host reads the same."""

    def asked(self, mailing_id: str) -> Asked: ...

    def ask(self, mailing_id: str, wish: Wish, *, reason: str = "") -> None:
        """Ask it of every sender of the mailing, from now on.

        Raises:
            GuardError: there is no such mailing, or it was cancelled; that is for good.
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
