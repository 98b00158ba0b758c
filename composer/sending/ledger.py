"""The memory of what was delivered to whom: the port that the database plugs into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from composer.model.delivery import Delivery, Exclusion, Recipient, Status
from composer.model.edition import Edition
from composer.model.mailing import Books, Letterhead, Mailing, Plan
from composer.model.subscriber import Subscriber
from composer.sending.orders import FREE, Bounds, Orders
from composer.sending.provider import Outcome


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subscriber that the segment matches, with what the plan must know of them."""

    subscriber: Subscriber
    token: str
    segments: frozenset[str]  #: those of the asked segments that the subscriber is in
    suppressed: str = ""  #: why the address must not be mailed: `unsubscribed`, `bounced`, …
    paused: bool = False  #: they asked for nothing for a while, which is not over
    has_issue: bool = False  #: an earlier mailing of this issue reached or may have reached them
    variant: str = ""  #: which A/B variant a persona asks for; a subscriber's follows from the plan


#: For deferred deliveries that nobody tries again by himself.
NEVER: Mapping[str, int] = MappingProxyType({})


class Audience(Protocol):
    """The list as the plan asks for it."""

    def candidates(
        self, segment: str, *, issue_id: str, among: Sequence[str] = ()
    ) -> Iterator[Candidate]:
        """Everybody on the list that `segment` matches, suppressed ones included.

        Streams in the order of subscriber ids, from one snapshot of the database.
        `among` names the segments whose membership each candidate carries.
        """
        ...

    def eligible(self, segment: str, *, issue_id: str) -> Iterator[int]:
        """The ids of those candidates whom nothing excludes, without reading who they are.

        In any order, from one snapshot of the database.
        """
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery as the ledger shows it to people."""

    delivery_id: str
    address: str
    status: Status
    reason: str
    attempts: int
    due: int = 0  #: epoch seconds; a deferred one that is due at 0 waits for a person
    at: int = 0  #: epoch seconds of the last change of `status`; 0: before that was noted
    provider: str = ""  #: the kind that it was last handed to


#: What keeps a delivery from having been accepted, and may need a person's eye.
TROUBLED = (Status.REFUSED, Status.DEFERRED, Status.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Deliveries that were not accepted, all for the same reason."""

    status: Status
    reason: str
    count: int
    address: str  #: of the first of them


@dataclass(frozen=True, slots=True)
class Share:
    """A contiguous range of one mailing's deliveries, which one sender delivers by itself.

    Any number of processes, on any number of machines, may deliver one mailing, each a share at
    a time, with the same `sending.deliver`:

        for share in ledger.shares(mailing.id):
            with suppress(GuardError):  # another process has it just now
                deliver(mailing, ledger.of_share(share), provider, terms)

    `first` and `last` are the ledger's own numbers of deliveries, both within the share.
    """

    mailing_id: str
    first: int
    last: int

    @property
    def range(self) -> str:
        return f"{self.first}-{self.last}"

    def __str__(self) -> str:
        return f"{self.mailing_id}/{self.range}"


#: Puts shares into a queue, by the database's own connection: within the transaction that it is
#: called in, so that the queue and the ledger cannot disagree.
HandOn = Callable[[Sequence[Share], object], None]


class Ledger(Protocol):
    """Intents before, outcomes after; when a method returns, its lines survive a crash."""

    @property
    def orders(self) -> Orders:
        """What is asked of the senders of its mailings."""
        ...

    def freeze(
        self,
        plan: Plan,
        letterhead: Letterhead,
        editions: Iterable[Edition],
        decisions: Iterable[Recipient | Exclusion],
        *,
        created: str,
        hand_on: HandOn | None = None,
    ) -> Mailing:
        """Write the mailing, its editions and a line for everybody, in one transaction.

        With `hand_on`, its shares are handed to workers in the same one.

        Raises:
            GuardError: the counts differ from the plan's; nothing was written.
        """
        ...

    def discard(self, mailing_id: str) -> bool:
        """Forget a mailing of which nothing was ever attempted; say whether it was one."""
        ...

    def mailing(self, mailing_id: str) -> Mailing | None: ...

    def latest(self) -> Mailing | None: ...

    def mailings(self) -> Sequence[Mailing]:
        """Every mailing, newest first."""
        ...

    def unfinished(self, issue_id: str, segment: str) -> Mailing | None:
        """The newest mailing of the issue to the segment with something left to do."""
        ...

    def editions(self, mailing_id: str) -> Mapping[str, Edition]:
        """The frozen editions by name: the bytes that were approved."""
        ...

    def shares(self, mailing_id: str, *, by_themselves: bool = False) -> Sequence[Share]:
        """The shares of a mailing in which something is left to do, in their order.

        `by_themselves` leaves out those where all that is left are deferred deliveries that
        wait for a person.

        The mailing is cut in the same places whoever asks, and whenever: in so few shares that
        each is worth a sender's while, and in so many that senders end at about the same time.
        """
        ...

    def of_share(self, share: Share) -> Ledger:
        """The ledger of the sender of a share.

        `sender`, `recover`, `retry_deferred`, `next_due` and `begin` are of the share alone; all
        else is of the whole mailing, `books` and `discard` too. Its lock is its own: other shares
        have other senders at the same time, but a sender of the whole mailing and one of a share
        keep each other out. What a dead sender left is recovered by the next sender of that
        share, or of the whole.
        """
        ...

    def sender(self, mailing_id: str) -> AbstractContextManager[None]:
        """Be the only sender of this mailing; freed by the system if the process dies.

        Raises:
            GuardError: another process is sending it, or one of its shares.
        """
        ...

    def recover(self, mailing_id: str) -> int:
        """Turn what a dead sender left `attempting` into `unknown`; say how many.

        Only within `sender()`.
        """
        ...

    def retry_keyed(self, mailing_id: str, provider: str) -> int:
        """Make `planned` again what is unknown and was handed to `provider`; say how many.

        For a provider that knows a repeated key. Until they are attempted they are marked, and
        count as unknown for everybody else: `recover` and `keep_unknown` bring that back.
        """
        ...

    def keep_unknown(self, mailing_id: str) -> int:
        """Undo `retry_keyed` for what was not attempted; say how many."""
        ...

    def retry_deferred(self, mailing_id: str, *, due_by: int | None = None) -> int:
        """Make the deferred `planned` again, due at once; say how many.

        With `due_by` (epoch seconds), only those that are due by then: not those that wait
        for a person.
        """
        ...

    def next_due(self, mailing_id: str) -> int | None:
        """Epoch seconds when the next delivery may be attempted, 0 for at once.

        None when nothing is left that is attempted without a person.
        """
        ...

    def begin(
        self,
        mailing_id: str,
        limit: int,
        *,
        provider: str = "",
        bounds: Bounds = FREE,
        accepted: Sequence[Outcome] = (),
    ) -> Sequence[Delivery]:
        """Write the intent for up to `limit` planned deliveries of one edition; return them.

        Only what is due by now; `provider` is the kind that they will be handed to. A delivery
        whose address was suppressed since the plan becomes `excluded` instead. What `bounds`
        do not allow stays planned, due later where its domain is the reason. Empty when
        nothing is due, or may go.

        `accepted` are outcomes of attempted deliveries, all of them accepted: they are written
        along, since a disk takes as long for two transactions as for two mailings. With an
        error, nothing was written, of them neither.
        """
        ...

    def finish(self, outcomes: Sequence[Outcome], *, due: Mapping[str, int] = NEVER) -> None:
        """Write the outcomes of attempted deliveries.

        `due` says when the deferred among them are to be tried again, by delivery id in epoch
        seconds; those that it does not name wait for a person.
        """
        ...

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Undo `begin` for deliveries of which nothing left this machine."""
        ...

    def resolve(self, mailing_id: str, status: Status, *, only: str = "") -> int:
        """Settle `unknown` deliveries as `accepted` or `planned`; say how many.

        `only` is an address.
        """
        ...

    def books(self, mailing_id: str) -> Books: ...

    def lines(self, mailing_id: str, status: Status, *, limit: int = 100) -> Sequence[Line]: ...

    def troubles(self, mailing_id: str, *, limit: int) -> Sequence[Trouble]:
        """Refused, then deferred, then unknown deliveries by reason.

        Of each status at most `limit`, the most frequent first.
        """
        ...

    def every_line(self, mailing_id: str) -> Iterator[Line]:
        """All deliveries of the mailing in the order they were planned; streams."""
        ...
