"""Subscribers as text, JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from composer.audience.cells import escape_formula
from composer.model.subscriber import Subscriber


class Person(Protocol):
    """A subscriber with what the list knows beside the fields."""

    @property
    def subscriber(self) -> Subscriber: ...
    @property
    def suppressed(self) -> str: ...
    @property
    def suppressed_since(self) -> str: ...
    @property
    def paused_until(self) -> str: ...
    @property
    def raw(self) -> Mapping[str, str]: ...


def person_document(person: Person) -> dict[str, object]:
    """Without the token, which is the key to the reader's own pages."""
    subscriber = person.subscriber
    return {
        "address": str(subscriber.address),
        "status": _status(subscriber),
        "locale": subscriber.locale,
        "consent_source": subscriber.consent_source,
        "consent_time": subscriber.consent_time,
        "suppressed": person.suppressed,
        "suppressed_since": person.suppressed_since,
        "fields": dict(person.raw),
    }


def person_text(person: Person, segments: Sequence[str]) -> str:
    subscriber = person.subscriber
    rows = [("status", _status(subscriber)), ("locale", subscriber.locale)]
    rows.append(("consent", " ".join((subscriber.consent_source, subscriber.consent_time)).strip()))
    if person.suppressed:
        rows.append(("suppressed", f"{person.suppressed}, since {person.suppressed_since}"))
    if person.paused_until:
        rows.append(("paused", f"until {person.paused_until[:10]}"))
    rows += sorted(person.raw.items())
    rows.append(("segments", ", ".join(segments) or "none but everyone"))
    width = max(len(name) for name, _ in rows)
    lines = [f"  {name:<{width}}  {value}" for name, value in rows if value]
    return "\n".join([str(subscriber.address), *lines])


def export_rows(people: Iterable[Person], fields: Sequence[str]) -> Iterator[str]:
    """A header and a row for each; what a spreadsheet would run begins with an apostrophe."""
    own = ["email", "status", "locale", "consent_source", "consent_time"]
    names = [name for name in fields if name not in {"address", "email", "locale"}]
    yield _row([*own, *names])
    for person in people:
        subscriber = person.subscriber
        cells = [str(subscriber.address), _status(subscriber), subscriber.locale]
        cells += [subscriber.consent_source, subscriber.consent_time]
        cells += [person.raw.get(name, "") for name in names]
        yield _row([escape_formula(cell) for cell in cells])


def _status(subscriber: Subscriber) -> str:
    return "confirmed" if subscriber.confirmed else "unconfirmed"


def _row(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()
