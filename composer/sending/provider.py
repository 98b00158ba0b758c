"""What we ask of a provider: the port that adapters plug into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from composer.model.delivery import Delivery
from composer.sending.message import Message


class Answer(StrEnum):
    """The provider's word on one delivery."""

    ACCEPTED = "accepted"  #: it took responsibility for the message
    REFUSED = "refused"  #: no, for good: this address must not be tried again
    DEFERRED = "deferred"  #: no, for now: nothing was taken, another try is safe
    UNKNOWN = "unknown"  #: never answered: it may have been taken, or never have left
    LEFT = "left"  #: not handed over, since the run is to end: as if it had not been taken up


class Outcome(NamedTuple):
    """`reason` is for people: one line, no address, at most a few hundred characters."""

    delivery_id: str
    answer: Answer
    provider_id: str = ""  #: the provider's name for the message, for its later events
    reason: str = ""
    retry_after_s: float | None = None
    gone: bool = False  #: refused because nobody is at the address, which is mailed no more


@dataclass(frozen=True, slots=True)
class Batch:
    """The deliveries that one provider call carries; all of one edition.

    `at` is the time of handing over (UTC): it makes the `Date` header. `told` may be called
    with an outcome as soon as it is certain, from the provider's thread: what is told survives
    when the rest of the call does not come home. Whoever calls it raises no `ProviderError`
    for the batch any more, and returns that outcome with the others in the end. When `ends`
    says so, somebody wants the run to end: whoever hands over one message after the other stops
    there, and answers `LEFT` for the rest.
    """

    key: str  #: stable when the same deliveries are tried again at the same attempt
    message: Message
    deliveries: tuple[Delivery, ...]
    at: datetime
    told: Callable[[Outcome], None] = field(default=lambda _: None, compare=False, repr=False)
    ends: Callable[[], bool] = field(default=lambda: False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do; the feature table in the docs is made of these."""

    batch_size: int = 1  #: most deliveries that one call may carry: also the unknown window
    connections: int = 1  #: most calls that may be under way at once, each on its own thread
    per_recipient_headers: bool = True
    idempotency: timedelta | None = None  #: how long a repeated key is recognised
    scheduling: bool = False
    sandbox: bool = False  #: it can validate without delivering
    merge_bytes: int | None = None  #: most bytes of one reader's values in a call; None: any
    live: bool = True  #: real people may receive what it accepts


class Provider(Protocol):
    """Anything that can take responsibility for messages. `deliver` is called from threads."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def deliver(self, batch: Batch) -> Sequence[Outcome]:
        """Hand `batch` over and return one outcome for each delivery, in order.

        A failure before the first byte of a message left us is `DEFERRED`; one after it
        and before the answer is `UNKNOWN`.

        Raises:
            Unreachable: there is no connection at all; nothing of the batch was taken.
            Misconfigured: credentials or sender were refused; nothing of it was taken.
        """
        ...

    def close(self) -> None:
        """Give back connections. Safe to call twice, and from another thread."""
        ...


class Adapter(Provider, Protocol):
    """A provider that can also be asked whether it would take our mail."""

    def try_out(self, own_domain: str) -> str:
        """Go as far as one can without sending anything; say in a line how far that was.

        Raises:
            Unreachable, Misconfigured, StorageError: it would take no message of ours.
        """
        ...
