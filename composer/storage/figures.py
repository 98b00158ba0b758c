"""The figures of a report, counted by the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, func, select

from composer.events.event import Kind
from composer.model.delivery import Status
from composer.model.mailing import Books, Mailing
from composer.reports.figures import BESIDE, Cause, Clicked, Domain, Earlier, Figures
from composer.storage import tallies
from composer.storage.books import Columns, columns_of
from composer.storage.counting import counted, most_frequent
from composer.storage.event_counts import counts_of, something_told
from composer.storage.event_tables import events
from composer.storage.mailings import mailings_where, number_of
from composer.storage.store import Store
from composer.storage.tables import deliveries, mailings

TOLD_LINKS = 100
TOLD_EARLIER = 10

_FAILURES = (Kind.BOUNCED, Kind.REJECTED, Kind.FAILED)


class SqlFigures:
    """Implements `composer.reports.figures.FigureSource`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, mailing_id: str) -> None:
        """Count once, for all reports to come, a mailing in which nothing moves any more."""
        with self._store.reading() as connection:
            number = number_of(connection, mailing_id)
            if not tallies.needs_counting(connection, number):
                return
        with self._store.writing_rows() as connection:
            tallies.keep(self._store, connection, number)

    def figures(self, mailing: Mailing, books: Books) -> Figures:
        """In one snapshot; changes nothing. See the port."""
        with self._store.reading() as connection:
            number = number_of(connection, mailing.id)
            tally = tallies.kept(connection, number)
            columns = Columns.of(books)
            if tally is None or columns != (tally.by_edition, tally.excluded):
                tally = counted(self._store, number, columns)
            causes = [*tally.causes, *_bounced(connection, number)]
            return Figures(
                timeline=tally.timeline,
                domains=_with_events(connection, number, tally.domains),
                other_domains=tally.other_domains,
                causes=most_frequent(causes),
                clicks=_clicks(connection, number),
                earlier=_earlier(connection, mailing, books),
            )


def _with_events(
    connection: Connection, number: int, domains: Sequence[Domain]
) -> Sequence[Domain]:
    query = (
        select(deliveries.c.domain, events.c.kind, func.count(func.distinct(events.c.delivery)))
        .join(deliveries, deliveries.c.id == events.c.delivery)
        .where(events.c.mailing == number)
        .where(events.c.kind.in_([str(Kind.BOUNCED), str(Kind.COMPLAINED)]))
        .group_by(deliveries.c.domain, events.c.kind)
    )
    told = Counter({(domain, kind): n for domain, kind, n in connection.execute(query)})
    return [
        replace(d, bounced=told[d.name, "bounced"], complained=told[d.name, "complained"])
        for d in domains
    ]


def _bounced(connection: Connection, number: int) -> list[Cause]:
    query = (
        select(events.c.code, events.c.reason, func.count(func.distinct(events.c.delivery)))
        .where(events.c.mailing == number)
        .where(events.c.kind.in_([str(kind) for kind in _FAILURES]))
        .group_by(events.c.code, events.c.reason)
    )
    found = []
    for code, reason, count in connection.execute(query):
        told = " ".join(filter(None, (code, str(reason).replace("_", " "))))
        found.append(Cause("bounced", told or "nobody said why", count))
    return found


def _clicks(connection: Connection, number: int) -> list[Clicked]:
    query = (
        select(events.c.link, events.c.machine, func.count(func.distinct(events.c.delivery)))
        .where(events.c.mailing == number, events.c.kind == str(Kind.CLICKED))
        .where(events.c.link != "")  # of a reader's own pages it is not kept
        .group_by(events.c.link, events.c.machine)
    )
    found: dict[str, list[int]] = {}
    for link, machine, count in connection.execute(query):
        found.setdefault(link, [0, 0])[bool(machine)] += count
    clicks = [Clicked(link, people, programs) for link, (people, programs) in found.items()]
    return sorted(clicks, key=lambda c: (-c.people, -c.machines, c.link))[:TOLD_LINKS]


def _earlier(connection: Connection, mailing: Mailing, books: Books) -> list[Earlier]:
    """The last ones to anybody, this one included, up to its day."""
    until = mailings.c.created <= mailing.created
    every = mailings_where(connection, until, limit=TOLD_EARLIER)
    return [_beside(connection, one, books if one.id == mailing.id else None) for one in every]


def _beside(connection: Connection, mailing: Mailing, books: Books | None) -> Earlier:
    if books is not None:
        told = books.events or None
        return Earlier(mailing, books.count(Status.ACCEPTED), books.count(Status.REFUSED), told)
    number = number_of(connection, mailing.id)
    tally = tallies.kept(connection, number)
    by_edition = tally.by_edition if tally else columns_of(connection, number).by_edition
    sums = Counter[Status]()
    for counts in by_edition.values():
        sums.update(counts)
    told = counts_of(connection, number, BESIDE) if something_told(connection, number) else None
    return Earlier(mailing, sums[Status.ACCEPTED], sums[Status.REFUSED], told)
