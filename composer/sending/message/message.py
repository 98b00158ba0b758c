"""The compiled message: what every delivery of one edition shares, and the rest spliced in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from composer.model.delivery import Delivery
from composer.model.edition import Edition
from composer.model.mailing import Letterhead


@dataclass(frozen=True, slots=True)
class Message:
    """An edition under a letterhead, ready for any number of deliveries."""

    edition: Edition
    letterhead: Letterhead

    @classmethod
    def compile(cls, edition: Edition, letterhead: Letterhead) -> Message:
        raise NotImplementedError

    def values(self, delivery: Delivery) -> Mapping[str, str]:
        """Plain text for every slot of the edition, defaults and our own URLs included."""
        raise NotImplementedError

    def headers(self, delivery: Delivery) -> Mapping[str, str]:
        """The list headers of one delivery for providers that take headers one by one.

        `Message-ID`, `List-ID`, `List-Unsubscribe`, `List-Unsubscribe-Post` and what else
        we set beside From, To, Subject, Reply-To, Date and MIME: ASCII, unfolded.
        """
        raise NotImplementedError

    def envelope_sender(self, delivery: Delivery) -> str:
        """`bounces+DELIVERY@domain`: a bounce to it tells which delivery it was."""
        raise NotImplementedError

    def chunks(self, delivery: Delivery, at: datetime) -> list[bytes]:
        """The whole message, to be written one piece after the other: CRLF, not dot-stuffed."""
        raise NotImplementedError
