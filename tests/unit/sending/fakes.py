"""A ledger in memory and a provider that answers what the test says."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from composer.model.delivery import Delivery, Exclusion, Recipient, Status
from composer.model.edition import Edition
from composer.model.limits import LimitSettings
from composer.model.mailing import Books, Letterhead, Mailing, Plan
from composer.model.rate import Rate
from composer.sending.breaker import is_policy
from composer.sending.ledger import NEVER, HandOn, Line, Share, Trouble
from composer.sending.limits import Room
from composer.sending.orders import CANCELLED, FREE, Asked, Bounds, DomainPause, Wish
from composer.sending.pace import Pace
from composer.sending.provider import Answer, Batch, Capabilities, Outcome

#: What a ledger may hear of a delivery: `LEFT` is for `deliver` alone.
ANSWERS = [answer for answer in Answer if answer is not Answer.LEFT]


@dataclass
class Entry:
    recipient: Recipient
    status: Status = Status.PLANNED
    attempts: int = 0
    reason: str = ""
    due: int = 0
    provider: str = ""
    keyed: bool = False  #: tried again under its key


class MemoryOrders:
    """What is asked, for one mailing."""

    def __init__(self) -> None:
        self.ledger: MemoryLedger | None = None
        self.now = Asked()
        self.paused: dict[str, DomainPause] = {}
        self.pace: Pace | None = None

    def asked(self, mailing_id: str) -> Asked:
        del mailing_id
        return self.now

    def ask(self, mailing_id: str, wish: Wish, *, reason: str = "") -> None:
        del mailing_id
        self.now = Asked(wish, reason, self.now.rate)

    def keep_to(self, mailing_id: str, rate: Rate | None) -> None:
        del mailing_id
        self.now = replace(self.now, rate=rate)
        self.pace = Pace(rate) if rate else None

    def paced(self, mailing_id: str) -> Room | None:
        del mailing_id
        assert self.ledger is not None
        return self.pace.room(self.ledger.clock()) if self.pace else None

    def exclude_left(self, mailing_id: str) -> int:
        del mailing_id
        assert self.ledger is not None
        left = [
            name
            for name, entry in self.ledger.entries.items()
            if entry.status in (Status.PLANNED, Status.DEFERRED)
        ]
        for name in left:
            del self.ledger.entries[name]
        self.ledger.excluded[CANCELLED] += len(left)
        return len(left)

    def pauses(self) -> Sequence[DomainPause]:
        return list(self.paused.values())

    def pause(self, domain: str, *, until: int, reason: str, times: int) -> None:
        self.paused[domain] = DomainPause(domain, until, reason, 0, times)

    def lift(self, domain: str) -> None:
        del self.paused[domain]

    def room(self, limits: LimitSettings, provider: str) -> Room | None:
        del limits, provider
        return None

    def reopen(self, mailing_id: str, domain: str, *, since: int, due: int) -> int:
        del mailing_id, since
        assert self.ledger is not None
        again = [
            entry
            for entry in self.ledger.entries.values()
            if entry.status is Status.REFUSED
            and is_policy(entry.reason)
            and domain in ("", entry.recipient.address.domain)
        ]
        for entry in again:
            entry.status, entry.due = Status.DEFERRED, due
        return len(again)

    def close(self, mailing_id: str) -> bool:
        assert self.ledger is not None
        return self.ledger.next_due(mailing_id) is None


@dataclass
class MemoryLedger:
    """One mailing, with everything that was ever written, in order."""

    entries: dict[str, Entry] = field(default_factory=dict)
    frozen: dict[str, Edition] = field(default_factory=dict)
    excluded: Counter[str] = field(default_factory=Counter)
    written: list[str] = field(default_factory=list)
    one: Mailing | None = None
    full: bool = False
    clock: Callable[[], float] = time.time
    orders: MemoryOrders = field(default_factory=MemoryOrders)

    def __post_init__(self) -> None:
        self.orders.ledger = self

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
        del hand_on  # nobody works on a memory but its own process
        for number, decision in enumerate(decisions):
            if isinstance(decision, Exclusion):
                self.excluded[decision.reason] += 1
            else:
                self.entries[f"d{number}"] = Entry(decision)
        self.frozen = {str(edition.key): edition for edition in editions}
        self.one = Mailing(
            plan.id,
            plan.issue_id,
            plan.segment,
            plan.provider,
            letterhead,
            plan.edition_digest,
            created,
            plan.matched,
        )
        return self.one

    def discard(self, mailing_id: str) -> bool:
        del mailing_id
        return not any(entry.attempts for entry in self.entries.values())

    def mailing(self, mailing_id: str) -> Mailing | None:
        return self.one if self.one and self.one.id == mailing_id else None

    def latest(self) -> Mailing | None:
        return self.one

    def mailings(self) -> Sequence[Mailing]:
        return [self.one] if self.one else []

    def unfinished(self, issue_id: str, segment: str) -> Mailing | None:
        del issue_id, segment
        return self.one

    def editions(self, mailing_id: str) -> Mapping[str, Edition]:
        del mailing_id
        return self.frozen

    def shares(self, mailing_id: str, *, by_themselves: bool = False) -> Sequence[Share]:
        del by_themselves
        left = (Status.PLANNED, Status.ATTEMPTING, Status.DEFERRED)
        if not any(entry.status in left for entry in self.entries.values()):
            return []
        return [Share(mailing_id, 0, len(self.entries))]

    def of_share(self, share: Share) -> MemoryLedger:
        del share  # the only one: the whole
        return self

    @contextmanager
    def sender(self, mailing_id: str) -> Iterator[None]:
        self.written.append(f"lock {mailing_id}")
        yield
        self.written.append(f"free {mailing_id}")

    def recover(self, mailing_id: str) -> int:
        kept = self.keep_unknown(mailing_id)
        return kept + self._move(Status.ATTEMPTING, Status.UNKNOWN)

    def retry_keyed(self, mailing_id: str, provider: str) -> int:
        del mailing_id
        moved = [e for e in self.entries.values() if e.status is Status.UNKNOWN]
        moved = [e for e in moved if e.provider == provider]
        for entry in moved:
            entry.status, entry.keyed = Status.PLANNED, True
        return len(moved)

    def keep_unknown(self, mailing_id: str) -> int:
        del mailing_id
        kept = [e for e in self.entries.values() if e.keyed and e.status is Status.PLANNED]
        for entry in kept:
            entry.status, entry.keyed = Status.UNKNOWN, False
        return len(kept)

    def retry_deferred(self, mailing_id: str, *, due_by: int | None = None) -> int:
        del mailing_id
        return self._move(Status.DEFERRED, Status.PLANNED, due_by)

    def next_due(self, mailing_id: str) -> int | None:
        del mailing_id
        left = [
            entry.due
            for entry in self.entries.values()
            if entry.status is Status.PLANNED or (entry.status is Status.DEFERRED and entry.due)
        ]
        return min(left, default=None)

    def _move(self, before: Status, after: Status, due_by: int | None = None) -> int:
        moved = [entry for entry in self.entries.values() if entry.status is before]
        if due_by is not None:
            moved = [entry for entry in moved if 0 < entry.due <= due_by]
        for entry in moved:
            entry.status, entry.due = after, 0
        return len(moved)

    def begin(
        self,
        mailing_id: str,
        limit: int,
        *,
        provider: str = "",
        bounds: Bounds = FREE,
        accepted: Sequence[Outcome] = (),
    ) -> Sequence[Delivery]:
        if accepted:
            self.finish(accepted)
        if bounds.rate and (room := self.orders.paced(mailing_id)) is not None:
            limit = min(limit, room.left)
        planned = [
            (k, e)
            for k, e in self.entries.items()
            if e.status is Status.PLANNED and e.due <= self.clock()
        ]
        for _, entry in planned:
            entry.due = max(entry.due, bounds.held.get(entry.recipient.address.domain, 0))
        planned = [(k, e) for k, e in planned if e.due <= self.clock()]
        chosen = [p for p in planned if p[1].recipient.edition == planned[0][1].recipient.edition]
        deliveries = []
        for name, entry in chosen[:limit]:
            entry.status, entry.attempts = Status.ATTEMPTING, entry.attempts + 1
            entry.due, entry.provider = 0, provider
            deliveries.append(Delivery(name, entry.recipient, entry.attempts))
            self.written.append(f"intent {name}")
        if self.orders.pace:
            self.orders.pace = self.orders.pace.after(len(deliveries), self.clock())
        return deliveries

    def finish(self, outcomes: Sequence[Outcome], *, due: Mapping[str, int] = NEVER) -> None:
        for outcome in outcomes:
            entry = self.entries[outcome.delivery_id]
            entry.due = due.get(outcome.delivery_id, 0)
            entry.status, entry.reason = Status(outcome.answer.value), outcome.reason
            if entry.keyed and entry.status is Status.DEFERRED:
                entry.status, entry.due = Status.UNKNOWN, 0
            entry.keyed = False
            self.written.append(f"{outcome.answer} {outcome.delivery_id}")

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            entry = self.entries[delivery.id]
            entry.status, entry.attempts = Status.PLANNED, entry.attempts - 1
            self.written.append(f"back {delivery.id}")

    def resolve(self, mailing_id: str, status: Status, *, only: str = "") -> int:
        del mailing_id, only
        return self._move(Status.UNKNOWN, status)

    def books(self, mailing_id: str) -> Books:
        counts = Counter(entry.status for entry in self.entries.values())
        matched = len(self.entries) + sum(self.excluded.values())
        return Books(mailing_id, matched, dict(self.excluded), dict(counts))

    def lines(self, mailing_id: str, status: Status, *, limit: int = 100) -> Sequence[Line]:
        return [line for line in self.every_line(mailing_id) if line.status is status][:limit]

    def troubles(self, mailing_id: str, *, limit: int) -> Sequence[Trouble]:
        raise NotImplementedError

    def every_line(self, mailing_id: str) -> Iterator[Line]:
        del mailing_id
        for name, e in self.entries.items():
            yield Line(name, str(e.recipient.address), e.status, e.reason, e.attempts, e.due)


@dataclass
class ScriptedProvider:
    """Answers each delivery as `script` says, or raises; remembers what it was handed."""

    script: Callable[[Delivery], Answer] = lambda _: Answer.ACCEPTED
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(batch_size=4))
    name: str = "scripted"
    handed: list[str] = field(default_factory=list)
    at_once: int = 0
    closed: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = 0

    def deliver(self, batch: Batch) -> Sequence[Outcome]:
        with self._lock:
            self._busy += 1
            self.at_once = max(self.at_once, self._busy)
        try:
            outcomes = [
                Outcome(delivery.id, self.script(delivery), reason="as scripted")
                for delivery in batch.deliveries
            ]
            with self._lock:
                self.handed += [delivery.id for delivery in batch.deliveries]
            return outcomes
        finally:
            with self._lock:
                self._busy -= 1

    def close(self) -> None:
        self.closed += 1

    def with_connections(self, connections: int) -> ScriptedProvider:
        self.capabilities = replace(self.capabilities, connections=connections)
        return self


@dataclass
class Told(ScriptedProvider):
    """Answers each delivery with an outcome of the test's making."""

    tell: Callable[[Delivery], Outcome] = lambda d: Outcome(d.id, Answer.ACCEPTED)

    def deliver(self, batch: Batch) -> Sequence[Outcome]:
        self.handed += [delivery.id for delivery in batch.deliveries]
        return [self.tell(delivery) for delivery in batch.deliveries]
