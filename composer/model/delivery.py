"""What is to be delivered to whom, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from composer.model.address import Address
from composer.model.edition import EditionKey


class Status(StrEnum):
    """The life of one delivery."""

    PLANNED = "planned"  #: chosen; nothing has left this machine
    ATTEMPTING = "attempting"  #: written down just before the provider is called
    ACCEPTED = "accepted"  #: the provider took responsibility for it
    REFUSED = "refused"  #: no, for good: this address must not be tried again
    DEFERRED = "deferred"  #: no, for now: nothing was taken, another run tries again
    UNKNOWN = "unknown"  #: taken up and never answered: it may have arrived, or never have left
    EXCLUDED = "excluded"  #: was planned, then suppressed before it was attempted


@dataclass(frozen=True, slots=True)
class Recipient:
    """A subscriber chosen for a mailing, with the values its edition needs, frozen.

    `values` maps slot names (`subscriber.first_name`) to plain, unencoded text; a slot
    without an entry takes its default. `due` is when it may go at the earliest (Unix seconds,
    0 for at once), `zone` the time zone that it was reckoned in, as plans count it.
    """

    subscriber_id: int
    address: Address
    display_name: str
    edition: EditionKey
    values: Mapping[str, str]
    token: str  #: unguessable and never expiring: names the reader to the public pages
    due: int = 0
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A matched subscriber who gets no delivery, with a reason that a person can check."""

    subscriber_id: int
    address: Address
    reason: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One edition to one recipient: a line of the ledger.

    `id` is opaque, unguessable, stable over retries, of `[a-z0-9-]`, at most 32 characters:
    it makes the Message-ID and the provider's custom argument. `returned` stands in the envelope
    sender, for bounces to come home to: of the same letters, and known to no reader; without
    one the id stands there. `seal` is what the tokens of its counted links are proven by; without
    one its links lead straight to their targets.
    """

    id: str
    recipient: Recipient
    attempt: int = 1
    returned: str = ""
    seal: bytes = field(default=b"", repr=False)
