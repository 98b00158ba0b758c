"""The figures of a report, counted by the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from composer.events.event import Kind
from composer.model.delivery import Status
from composer.model.mailing import Books, Mailing
from composer.reports.figures import Cause, Clicked, Domain, Figures, Timeline, largest
from composer.storage.event_tables import events
from composer.storage.ledger import SqlLedger
from composer.storage.shares import lines_of_share
from composer.storage.store import Store
from composer.storage.tables import deliveries, mailings

TOLD_DOMAINS = 15
TOLD_CAUSES = 12
TOLD_LINKS = 100
TOLD_EARLIER = 10

#: Statuses that an answer of the provider gave.
_ANSWERED = (Status.ACCEPTED, Status.REFUSED, Status.DEFERRED, Status.UNKNOWN)
_TROUBLED = (Status.REFUSED, Status.DEFERRED, Status.UNKNOWN)
_FAILURES = (Kind.BOUNCED, Kind.REJECTED, Kind.FAILED)


class SqlFigures:
    """Implements `composer.reports.figures.FigureSource`; changes nothing."""

    def __init__(self, store: Store, ledger: SqlLedger) -> None:
        self._store = store
        self._ledger = ledger

    def figures(self, mailing: Mailing) -> Figures:
        """Two walks over a mailing's deliveries take the time, and go side by side."""
        number = self._ask(select(mailings.c.number).where(mailings.c.id == mailing.id))[0][0]
        lines = self._lines(number)
        with ThreadPoolExecutor(2, thread_name_prefix="figures") as threads:
            walked = threads.submit(self._domains, number, lines)
            timeline = self._timeline(lines)
            causes, clicks = self._causes(number), self._clicks(number)
            earlier = self._earlier(mailing)
            domains, others = walked.result()
        return Figures(timeline, domains, others, causes, clicks, earlier)

    def _ask(self, query: Select[Any]) -> Sequence[Any]:
        with self._store.reading() as connection:
            return connection.execute(query).all()

    def _lines(self, number: int) -> ColumnElement[bool]:
        """They lie side by side: read in their order, and not as some index leads to them."""
        ends = select(func.min(deliveries.c.id), func.max(deliveries.c.id))
        ((first, last),) = self._ask(ends.where(deliveries.c.mailing == number))
        return lines_of_share(number, first or 0, last or 0)

    def _timeline(self, lines: ColumnElement[bool]) -> Timeline:
        query = (
            select(deliveries.c.at, deliveries.c.status, func.count())
            .where(lines, deliveries.c.at > 0)
            .where((deliveries.c.status + "").in_([str(status) for status in _ANSWERED]))
            .group_by(deliveries.c.at, deliveries.c.status)
        )
        found = self._ask(query)
        return Timeline.of({(int(at), Status(status)): count for at, status, count in found})

    def _domains(self, number: int, lines: ColumnElement[bool]) -> tuple[list[Domain], int]:
        query = (
            select(deliveries.c.domain, deliveries.c.status, func.count())
            .where(lines, deliveries.c.status + "" != str(Status.EXCLUDED))
            .group_by(deliveries.c.domain, deliveries.c.status)
        )
        found: dict[str, Counter[Status]] = {}
        for domain, status, count in self._ask(query):
            found.setdefault(domain, Counter())[Status(status)] += count
        told = self._told_by_domain(number)
        return largest(
            (
                Domain(name, counts, told[name, "bounced"], told[name, "complained"])
                for name, counts in found.items()
            ),
            TOLD_DOMAINS,
        )

    def _told_by_domain(self, number: int) -> Counter[tuple[str, str]]:
        query = (
            select(deliveries.c.domain, events.c.kind, func.count(func.distinct(events.c.delivery)))
            .join(deliveries, deliveries.c.id == events.c.delivery)
            .where(events.c.mailing == number)
            .where(events.c.kind.in_([str(Kind.BOUNCED), str(Kind.COMPLAINED)]))
            .group_by(deliveries.c.domain, events.c.kind)
        )
        return Counter({(domain, kind): count for domain, kind, count in self._ask(query)})

    def _causes(self, number: int) -> list[Cause]:
        refused = (
            select(deliveries.c.status, deliveries.c.reason, func.count())
            .where(deliveries.c.mailing == number)
            .where(deliveries.c.status.in_([str(status) for status in _TROUBLED]))
            .group_by(deliveries.c.status, deliveries.c.reason)
        )
        bounced = (
            select(events.c.code, events.c.reason, func.count(func.distinct(events.c.delivery)))
            .where(events.c.mailing == number)
            .where(events.c.kind.in_([str(kind) for kind in _FAILURES]))
            .group_by(events.c.code, events.c.reason)
        )
        found = [Cause(str(status), reason, n) for status, reason, n in self._ask(refused)]
        for code, reason, count in self._ask(bounced):
            told = " ".join(filter(None, (code, str(reason).replace("_", " "))))
            found.append(Cause("bounced", told or "nobody said why", count))
        return sorted(found, key=lambda c: (-c.count, c.kind, c.reason))[:TOLD_CAUSES]

    def _clicks(self, number: int) -> list[Clicked]:
        query = (
            select(events.c.link, events.c.machine, func.count(func.distinct(events.c.delivery)))
            .where(events.c.mailing == number, events.c.kind == str(Kind.CLICKED))
            .where(events.c.link != "")  # of a reader's own pages it is not kept
            .group_by(events.c.link, events.c.machine)
        )
        found: dict[str, list[int]] = {}
        for link, machine, count in self._ask(query):
            found.setdefault(link, [0, 0])[bool(machine)] += count
        clicks = [Clicked(link, people, programs) for link, (people, programs) in found.items()]
        return sorted(clicks, key=lambda c: (-c.people, -c.machines, c.link))[:TOLD_LINKS]

    def _earlier(self, mailing: Mailing) -> list[tuple[Mailing, Books]]:
        """The last ones to anybody, this one included, up to its day."""
        every = [one for one in self._ledger.mailings() if one.created <= mailing.created]
        return [(one, self._ledger.books(one.id)) for one in every[:TOLD_EARLIER]]
