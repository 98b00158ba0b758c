"""The book of events: what was told is written once, and what follows from it is done with it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Connection, func, select

from composer.events.event import ACCEPTING, REFUSING, TRACKING, Event, Kind
from composer.events.scoring import Told, is_given_up, score_of
from composer.events.verdict import COUNTED, Verdict
from composer.storage import consequences, tallies
from composer.storage.arrivals import mark_applied
from composer.storage.consequences import suppress
from composer.storage.dialect import insert
from composer.storage.event_tables import events
from composer.storage.notices import epoch, note
from composer.storage.store import Store
from composer.storage.tables import deliveries, mailings, meta
from composer.storage.whom import Known, Whom, known_of, lines_of

#: So many keys are looked up at once: SQLite takes 32,766 values in a statement.
_CHUNK = 2_000


@dataclass(slots=True)
class Applied:
    """What came of some events."""

    told: int = 0
    new: int = 0  #: not told before
    foreign: int = 0  #: about mail that is not ours, or nobody's on the list
    suppressed: int = 0  #: addresses that are mailed no more from now on
    settled: int = 0  #: deliveries whose outcome nobody knew
    #: new refusals that are our own fault, by mailing number and receiving domain
    ours: Counter[tuple[int, str]] = field(default_factory=Counter)
    #: receiving domains that get nothing for a while, and why: see `composer.alarm`
    paused: dict[str, str] = field(default_factory=dict)

    def add(self, other: Applied) -> None:
        self.told += other.told
        self.new += other.new
        self.foreign += other.foreign
        self.suppressed += other.suppressed
        self.settled += other.settled
        self.ours.update(other.ours)
        self.paused.update(other.paused)


class EventBook:
    """Writes events and acts on them, in one transaction: doing it again changes nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def _plain_returns(self) -> int:
        """The last delivery that mail may have come back to under its plain id."""
        query = select(meta.c.content).where(meta.c.name == "plain_returns")
        with self._store.reading() as connection:
            return int(connection.execute(query).scalar() or 0)

    def apply(
        self,
        provider: str,
        told: Iterable[Event],
        *,
        now: str,
        tracked: frozenset[Kind] = frozenset(),
        arrival: int | None = None,
    ) -> Applied | None:
        """Write what is new of `told` and do what follows from it.

        Opens and clicks are dropped but for the kinds in `tracked`. None when `arrival` was
        applied by somebody else.
        """
        wanted = [e for e in told if e.kind not in TRACKING or e.kind in tracked]
        by_key = {event.key: event for event in wanted}
        plain = self._plain_returns
        with self._store.writing_rows() as connection:
            if arrival is not None and not mark_applied(connection, arrival):
                return None
            whom = Whom(connection, self._store, plain)
            known = known_of(whom, list(by_key.values()), now)
            new = self._new(connection, known)
            applied = Applied(told=len(wanted), new=len(new))
            applied.foreign = sum(one.is_foreign for one in known)
            self._write(connection, provider, new)
            self._follow(connection, new, applied, now)
        return applied

    def _new(self, connection: Connection, known: Sequence[Known]) -> list[Known]:
        there: set[bytes] = set()
        for start in range(0, len(known), _CHUNK):
            keys = [one.event.key for one in known[start : start + _CHUNK]]
            query = select(events.c.key).where(events.c.key.in_(keys))
            there.update(bytes(key) for key in connection.scalars(query))
        return [one for one in known if one.event.key not in there and not one.is_nobodys]

    def _write(self, connection: Connection, provider: str, new: Sequence[Known]) -> None:
        if new:
            rows = [one.row | {"provider": provider} for one in new]
            connection.execute(insert(connection, events).on_conflict_do_nothing(), rows)

    def _follow(
        self, connection: Connection, new: Sequence[Known], applied: Applied, now: str
    ) -> None:
        ours = [one for one in new if one.delivery is not None]
        applied.settled += consequences.settle(
            connection,
            accepted=[one.delivery for one in ours if one.event.kind in ACCEPTING],
            refused=[one.delivery for one in ours if one.event.kind in REFUSING],
            now=now,
        )
        consequences.mark_early_clicks(connection, ours)
        for one in new:
            if one.verdict is Verdict.OURS and one.mailing is not None:
                applied.ours[one.mailing, one.domain] += 1
        given_up = self._given_up(connection, new)
        gone = suppress(connection, new, given_up, now=now)
        applied.suppressed += len(gone)
        for known, reason in gone.items():
            kind, at = "subscriber.unsubscribed", epoch(now)
            note(connection, self._store, kind, at, known=known, reason=reason, how="news")
        if applied.settled:
            tallies.drop(connection, {one.mailing for one in ours if one.mailing is not None})

    def _given_up(self, connection: Connection, new: Sequence[Known]) -> set[bytes]:
        """The hashes of addresses that have given trouble too often."""
        asked = {
            (one.subscriber, one.hash)
            for one in new
            if one.verdict in COUNTED and one.subscriber is not None
        }
        told = self._told(connection, sorted({subscriber for subscriber, _ in asked}))
        return {known for subscriber, known in asked if is_given_up(told[subscriber, known])}

    def _told(
        self, connection: Connection, readers: Sequence[int]
    ) -> Mapping[tuple[int, bytes], list[Told]]:
        """Everything that was ever told of some subscribers, by them and their address."""
        found: dict[tuple[int, bytes], list[Told]] = defaultdict(list)
        if not readers:
            return found
        lines = {
            line.id: (line.subscriber, consequences.hash_of(self._store.identity, line.address))
            for line in lines_of(connection, readers)
            if line.address
        }
        every = connection.execute(select(mailings.c.number, mailings.c.issue_id))
        issues = {number: issue for number, issue in every}  # noqa: C416 - a result has `keys`
        numbers = list(lines)
        for start in range(0, len(numbers), _CHUNK):
            query = (
                select(events.c.delivery, events.c.mailing, events.c.verdict, events.c.at)
                .where(events.c.delivery.in_(numbers[start : start + _CHUNK]))
                .where(events.c.verdict != str(Verdict.NOTHING))
            )
            for row in connection.execute(query):
                told = Told(issues[row.mailing], Verdict(row.verdict), row.at)
                found[lines[row.delivery]].append(told)
        return found

    # --- looking up -------------------------------------------------------------------

    def refused_us(self, mailing: int, domain: str, *, since: str) -> tuple[int, int]:
        """Of a mailing's number and a receiving domain: how many came back since then for a
        fault of ours, and how many were handed over at all.
        """
        of = (deliveries.c.mailing == mailing) & (deliveries.c.domain == domain)
        ours = (
            select(func.count(func.distinct(events.c.delivery)))
            .join(deliveries, deliveries.c.id == events.c.delivery)
            .where(of, events.c.mailing == mailing, events.c.verdict == str(Verdict.OURS))
            .where(events.c.kind.in_([str(Kind.BOUNCED), str(Kind.REJECTED)]))  # as the index is
            .where(events.c.at >= since)
        )
        handed = select(func.count()).where(of, deliveries.c.attempts > 0)
        with self._store.reading() as connection:
            return int(connection.execute(ours).scalar() or 0), int(
                connection.execute(handed).scalar() or 0
            )

    def score(self, subscriber: int, address: str) -> int:
        """How many issues count against an address: see `composer.events.scoring`."""
        known = consequences.hash_of(self._store.identity, address)
        with self._store.reading() as connection:
            return score_of(self._told(connection, [subscriber])[subscriber, known])
