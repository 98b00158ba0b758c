"""Whom an event is about: ids that we gave out, tokens, or an address of the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, select

from composer.audience.addresses import read_address
from composer.errors import AudienceError
from composer.events.event import Event, Kind
from composer.events.verdict import Verdict, verdict_of
from composer.model.address import Address
from composer.storage.identity import Identity
from composer.storage.reader_rows import hash_of_token
from composer.storage.store import Store
from composer.storage.tables import deliveries, mailings, subscribers

_CHUNK = 2_000
#: Pairs of a mailing and a reader are looked up one by one in the end: a few hundred of each.
_MAILINGS = 200
#: What stands for an address that proves less than it would by a sound way.
_WEAKER: Mapping[Verdict, Verdict] = {
    Verdict.DEAD: Verdict.TROUBLE,
    Verdict.COMPLAINED: Verdict.NOTHING,
    Verdict.UNSUBSCRIBED: Verdict.NOTHING,
    Verdict.OURS: Verdict.NOTHING,
}
#: What a provider may tell of an address that it does not know from us alone.
_OF_ADDRESSES = frozenset({Verdict.DEAD, Verdict.COMPLAINED})


@dataclass(frozen=True, slots=True)
class Known:
    """An event with what we know of whom it is about; `hash` stands for the address."""

    event: Event
    verdict: Verdict
    at: str
    delivery: int | None = None
    mailing: int | None = None
    subscriber: int | None = None
    address: str = ""
    hash: bytes = b""
    domain: str = ""

    @property
    def is_foreign(self) -> bool:
        """Not about a delivery of ours."""
        return self.delivery is None

    @property
    def is_nobodys(self) -> bool:
        """Not worth a line: of mail that is not ours, and of a kind that we know."""
        unknown = self.event.kind is Kind.UNKNOWN
        return self.delivery is None and not self.hash and not unknown

    @property
    def row(self) -> dict[str, Any]:
        """The columns of the table but for who told it."""
        event = self.event
        return {
            "key": event.key,
            "mailing": self.mailing,
            "delivery": self.delivery,
            "kind": str(event.kind),
            "verdict": str(self.verdict),
            "at": self.at,
            "permanent": event.permanent,
            "code": event.code,
            "reason": str(event.reason),
            "detail": event.detail,
            "link": event.link,
            "machine": event.machine,
        }


@dataclass(frozen=True, slots=True)
class Whom:
    """Looks up, in one transaction, whom events are about."""

    connection: Connection
    store: Store
    plain_returns: int  #: up to this delivery, mail came back to plain ids

    @property
    def identity(self) -> Identity:
        return self.store.identity

    def number(self, event: Event) -> int | None:
        """The delivery that `event` names, if it is one that we gave out."""
        number = self.returned_number(event)
        if number is None and event.delivery:
            number = self.identity.delivery_number(event.delivery)
        return number

    def returned_number(self, event: Event) -> int | None:
        """The delivery whose envelope sender an event came back to."""
        if not event.returned:
            return None
        number = self.identity.returned_number(event.returned)
        if number is not None:
            return number
        plain = self.identity.delivery_number(event.returned)
        return plain if plain is not None and plain <= self.plain_returns else None

    def is_proven(self, event: Event, row: Any) -> bool:
        """Whether `event` names `row` by what no stranger knows, or strangers did not send it."""
        if not event.forgeable or self.returned_number(event) is not None:
            return True
        if event.token:
            newest = self.newest(event.token)
            if newest is not None and newest.subscriber == row.subscriber:
                return True
        return _is_same(event.address, row.address)

    def rows(self, numbers: Sequence[int]) -> dict[int, Any]:
        columns = (deliveries.c.id, deliveries.c.mailing, deliveries.c.subscriber)
        found: dict[int, Any] = {}
        for start in range(0, len(numbers), _CHUNK):
            query = select(*columns, deliveries.c.address, deliveries.c.domain).where(
                deliveries.c.id.in_(numbers[start : start + _CHUNK])
            )
            found.update({row.id: row for row in self.connection.execute(query)})
        return found

    def newest(self, token: str) -> Any:
        """The last delivery to the reader with that token, or a row without one, or None."""
        if not token or "\0" in token:
            return None
        query = select(subscribers.c.id.label("subscriber"), subscribers.c.address).where(
            subscribers.c.hash == hash_of_token(self.connection, self.store, token)
        )
        reader = self.connection.execute(query).first()
        if reader is None:
            return None
        lines = lines_of(self.connection, [reader.subscriber])
        reached = [line for line in lines if line.status == "accepted"]
        found = max(reached, key=attrgetter("mailing"), default=None)
        return found if found is not None and found.address == reader.address else reader

    def on_the_list(self, addresses: Sequence[Address]) -> set[bytes]:
        """The hashes of those that are."""
        hashes = [self.identity.hash_of(address) for address in addresses]
        found: set[bytes] = set()
        for start in range(0, len(hashes), _CHUNK):
            query = select(subscribers.c.hash).where(
                subscribers.c.hash.in_(hashes[start : start + _CHUNK])
            )
            found.update(bytes(one) for one in self.connection.scalars(query))
        return found


def lines_of(connection: Connection, readers: Sequence[int]) -> Sequence[Any]:
    """All deliveries to some subscribers.

    The one index that knows subscribers begins with the mailing: so every mailing is named.
    """
    columns = (deliveries.c.id, deliveries.c.mailing, deliveries.c.subscriber)
    more = (deliveries.c.address, deliveries.c.domain, deliveries.c.status)
    every = list(connection.scalars(select(mailings.c.number)))
    found: list[Any] = []
    for start in range(0, len(every), _MAILINGS):
        for first in range(0, len(readers), _MAILINGS):
            query = select(*columns, *more).where(
                deliveries.c.mailing.in_(every[start : start + _MAILINGS]),
                deliveries.c.subscriber.in_(readers[first : first + _MAILINGS]),
            )
            found += connection.execute(query).all()
    return found


def known_of(whom: Whom, told: Sequence[Event], now: str) -> list[Known]:
    """Each event with whom it is about, in their order."""
    numbers = [whom.number(event) for event in told]
    rows = whom.rows(sorted({number for number in numbers if number is not None}))
    found: list[Known] = []
    loose: list[tuple[int, Address]] = []
    for event, number in zip(told, numbers, strict=True):
        row = rows.get(number) if number is not None else None
        if row is None and event.token:
            row = whom.newest(event.token)
        at = event.at or now
        if row is not None:
            found.append(_of_row(whom, event, row, at))
            continue
        verdict = verdict_of(event)
        verdict = verdict if verdict in _OF_ADDRESSES and not event.forgeable else Verdict.NOTHING
        found.append(Known(event, verdict, at))
        if verdict is not Verdict.NOTHING and (address := address_of(event.address)):
            loose.append((len(found) - 1, address))
    listed = whom.on_the_list([address for _, address in loose])
    for place, address in loose:
        known = whom.identity.hash_of(address)
        if known in listed:
            one = found[place]
            found[place] = Known(one.event, one.verdict, one.at, address=str(address), hash=known)
    return found


def _of_row(whom: Whom, event: Event, row: Any, at: str) -> Known:
    verdict = verdict_of(event)
    if not whom.is_proven(event, row):
        verdict = _WEAKER.get(verdict, verdict)
    known = hash_of(whom.identity, row.address) if row.address else b""
    if not known:  # whoever asked to be forgotten leaves no word here
        event = replace(event, detail="", link="")
    return Known(
        event=event,
        verdict=verdict,
        at=at,
        delivery=getattr(row, "id", None),
        mailing=getattr(row, "mailing", None),
        subscriber=row.subscriber,
        address=row.address,
        hash=known,
        domain=getattr(row, "domain", ""),
    )


def hash_of(identity: Identity, address: str) -> bytes:
    """Of an address as we stored it."""
    local, _, domain = address.rpartition("@")
    return identity.hash_of(Address(local, domain))


def address_of(text: str) -> Address | None:
    """The address that somebody names, if it is one."""
    try:
        return read_address(text) if text else None
    except AudienceError:
        return None


def _is_same(named: str, ours: str) -> bool:
    address = address_of(named)
    own = address_of(ours)
    return address is not None and own is not None and address.key == own.key
