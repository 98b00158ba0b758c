"""The mailbox that bounces come home to is read: sorted, applied, and only then put away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from composer.alarm import pause_domains
from composer.events.event import Event
from composer.events.mail import Boxes, Sort, Sorted, sort_message
from composer.events.mail.mailbox import Held, Mailbox
from composer.intake import stamp
from composer.site import Site
from composer.storage.events import Applied

#: Messages of one transaction.
_TOGETHER = 50


@dataclass(slots=True)
class Read:
    """What was in a mailbox, and what came of it."""

    messages: Counter[Sort] = field(default_factory=Counter)
    applied: Applied = field(default_factory=Applied)


def read_bounces(site: Site, mailbox: Mailbox, *, now: datetime) -> Read:
    """Read what is new in `mailbox`; what falls between two steps is read again, and adds nothing.

    Raises:
        ProviderError: the mailbox is out of reach.
        StorageError: the database is; the messages stay where they are.
    """
    boxes = Boxes(unsubscribe=site.settings.newsletter.unsubscribe_mailto)
    read, at = Read(), stamp(now)
    for group in _groups(mailbox.waiting()):
        sorted_ones = [(held, sort_message(held.raw, boxes)) for held in group]
        read.applied.add(_apply(site, [one for _, one in sorted_ones], at))
        read.messages.update(one.sort for _, one in sorted_ones)
        left = [held.id for held, one in sorted_ones if one.sort is Sort.OTHER]
        understood = [held.id for held, one in sorted_ones if one.sort is not Sort.OTHER]
        mailbox.settle(understood, left)
    read.applied.paused = pause_domains(site, read.applied, now=now)
    return read


def _groups(waiting: Iterable[Held]) -> Iterator[list[Held]]:
    some = iter(waiting)
    while group := list(islice(some, _TOGETHER)):
        yield group


def _apply(site: Site, sorted_ones: list[Sorted], now: str) -> Applied:
    events = [_not_of_tomorrow(event, now) for one in sorted_ones for event in one.events]
    left = 0
    for one in sorted_ones:
        if one.sort is Sort.LEAVING:
            # As on the page: it works for everybody who ever had the token.
            left += sum(
                site.database.leaving.leave(event.token, "mailto", now) for event in one.events
            )
    applied = site.database.events.apply("mail", events, now=now) or Applied()
    applied.suppressed += left
    return applied


def _not_of_tomorrow(event: Event, now: str) -> Event:
    """A date in mail is what anybody writes."""
    return replace(event, at=now) if event.at > now else event
