"""One delivery to look at: for a real subscriber, or for nobody in particular."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NoReturn

from composer.errors import AudienceError
from composer.model.address import Address
from composer.model.delivery import Delivery, Recipient
from composer.model.edition import Edition, EditionKey
from composer.model.locales import nearest
from composer.model.mailing import Letterhead
from composer.reading.suggest import among
from composer.sending.choice import Editions, values_of
from composer.sending.ledger import Candidate
from composer.sending.message import Message

#: Stands in links of what is rendered to be looked at: a real token must not leak into files.
SAMPLE_TOKEN = "sample-not-a-real-token"  # noqa: S105 - it says so itself
SAMPLE_ADDRESS = Address("reader", "example.org")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which edition somebody wants to look at; what is empty is as the reader has it."""

    segment: str = ""
    locale: str = ""
    variant: str = ""


def key_for_sample(
    editions: Editions, candidate: Candidate | None, wanted: Wanted = Wanted()
) -> EditionKey:
    """The edition that a reader would get, or the one that is wanted.

    Raises:
        AudienceError: the issue has no such locale or variant.
    """
    if candidate is not None:
        key = editions.key_to_look_at(candidate)
    else:
        named = (wanted.segment,) if wanted.segment in editions.segments else ()
        key = EditionKey(editions.locales[0], editions.variants[0], named)
    if wanted.locale:
        locale = nearest(wanted.locale, editions.locales)
        key = replace(key, locale=locale or _no("locale", wanted.locale, editions.locales))
    if wanted.variant:
        known = wanted.variant in editions.variants
        name = wanted.variant if known else _no("variant", wanted.variant, editions.variants)
        key = replace(key, variant=name)
    return key


def _no(kind: str, name: str, known: Sequence[str]) -> NoReturn:
    hint = among(name, known, called=f"its {kind}s")
    raise AudienceError(f"the issue has no {kind} {name!r}", hint=hint)


def sample_delivery(
    edition: Edition, candidate: Candidate | None, fields: tuple[str, ...], *, delivery_id: str
) -> Delivery:
    """Every slot has something in it: the subscriber's value, the default, or `[field]`."""
    values = values_of(candidate.subscriber, fields) if candidate else {}
    for slot in edition.slots:
        if slot.name.startswith("subscriber.") and slot.default is None:
            values.setdefault(slot.name, f"[{slot.name.removeprefix('subscriber.')}]")
    return Delivery(
        id=delivery_id,
        recipient=Recipient(
            subscriber_id=candidate.subscriber.id if candidate else 0,
            address=candidate.subscriber.address if candidate else SAMPLE_ADDRESS,
            display_name=candidate.subscriber.display_name if candidate else "",
            edition=edition.key,
            values=values,
            token=SAMPLE_TOKEN,
        ),
    )


def sample_message(edition: Edition, letterhead: Letterhead) -> bytes:
    """A whole message as nobody in particular gets it; the same bytes every time."""
    fields = tuple(
        slot.name.removeprefix("subscriber.")
        for slot in edition.slots
        if slot.name.startswith("subscriber.")
    )
    delivery = sample_delivery(edition, None, fields, delivery_id="sample")
    at = datetime(2000, 1, 1, tzinfo=UTC)
    return b"".join(Message.compile(edition, letterhead).chunks(delivery, at))
