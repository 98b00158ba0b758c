"""Clicks that the readers' pages wrote down are put into the books.

Whoever wants the figures takes in what waits: the server itself every few seconds, reports, and
whoever decides an A/B test. Doing it twice, or at the same time, changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from composer.errors import StorageError
from composer.events.event import Event, Kind, key_of, moment
from composer.events.machines import SOONEST, swept
from composer.site import Site
from composer.storage.clicks import Clicks
from composer.storage.events import Applied
from composer.storage.spool import Click

#: Who tells of them, as the table of events names it.
TELLER = "pages"
_TRACKED = frozenset({Kind.CLICKED})


@dataclass(slots=True)
class TakenIn:
    """`unreadable` lines were cut off by a full disk, or altered by hand."""

    applied: Applied
    unreadable: int = 0


def take_in_clicks(site: Site, *, now: str) -> TakenIn:
    """Put the clicks that wait beside the database into it; `now` is ISO 8601 in UTC.

    Raises:
        StorageError: the database is away; they wait for the next time.
    """
    taken = TakenIn(Applied())
    if not site.database_exists:
        return taken
    clicks, events = site.database.clicks, site.database.events

    def book(found: Sequence[Click]) -> None:
        told = list(_events(clicks, found))
        if told and (done := events.apply(TELLER, told, now=now, tracked=_TRACKED)):
            taken.applied.add(done)

    try:
        if not clicks.spool.is_empty:
            taken.unreadable = clicks.spool.take(book)
    except OSError as error:
        raise StorageError(
            f"the clicks in {site.shown(clicks.spool.folder)} cannot be read: {error.strerror}"
        ) from error
    return taken


def take_in_before(site: Site, *, now: str) -> None:
    """The same before figures are told; where it cannot be done, they are told without."""
    with suppress(StorageError):
        take_in_clicks(site, now=now)


def _events(clicks: Clicks, found: Sequence[Click]) -> Iterator[Event]:
    targets = clicks.targets([click.link for click in found])
    accepted = clicks.accepted_at([click.delivery for click in found])
    by_delivery: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for click in found:
        by_delivery[click.delivery].append((click.at, click.link))
    sweeps = {number: swept(of) for number, of in by_delivery.items() if len(of) > 1}
    for click in found:
        target = targets.get(click.link)
        if target is None:
            continue  # the database is another one than the letter's
        # Before it was accepted it cannot have been read, unless that was settled by hand.
        since_s = click.at - accepted.get(click.delivery, 0)
        early = 0 <= since_s < SOONEST.total_seconds()
        yield Event(
            key=key_of("click", click.key),
            kind=Kind.CLICKED,
            at=moment(click.at),
            delivery=clicks.delivery_id(click.delivery),
            link=target,
            machine=click.machine or early or click.at in sweeps.get(click.delivery, ()),
        )
