"""A message with every kind of slot, and deliveries of it to invented people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from composer.model.address import Address
from composer.model.delivery import Delivery, Recipient
from composer.model.edition import Context, Edition, EditionKey, InlineImage, Slot
from composer.model.mailing import Letterhead
from composer.model.settings import Mailbox
from composer.sending.message import Message
from composer.sending.provider import Batch

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
KEY = EditionKey("en")
PIXEL = InlineImage("crane@news.example.org", "crane.png", "image/png", b"\x89PNG not really")

LETTERHEAD = Letterhead(
    newsletter="Harbour Watch",
    sender=Mailbox("Harbour Watch", Address("desk", "news.example.org")),
    reply_to=Mailbox("", Address("editors", "news.example.org")),
    list_id="harbour-watch.news.example.org",
    base_url="https://news.example.org",
    bounces=Address("bounces", "news.example.org"),
    unsubscribe_mailto=Address("leave", "news.example.org"),
)

_NAME = Slot("subscriber.first_name", Context.HTML, "reader")
_CITY = Slot("subscriber.city", Context.URL_PART, "Varsund")
_LEAVE = Slot("unsubscribe_url", Context.URL)

EDITION = Edition(
    issue_id="2026-014",
    key=KEY,
    subject=("A quiet strike for ", replace(_NAME, context=Context.HEADER)),
    html=(
        '<!DOCTYPE html><html lang="en"><body><p title="',
        replace(_NAME, context=Context.ATTRIBUTE),
        '">Dear ',
        _NAME,
        ',</p><p><a href="https://port.example.org/?city=',
        _CITY,
        '">Zoë’s crane</a> <img src="cid:crane@news.example.org" alt="A crane"></p><a href="',
        _LEAVE,
        '">Leave</a></body></html>\n',
    ),
    text=(
        "Dear ",
        replace(_NAME, context=Context.TEXT),
        ",\n\nZoë’s crane: https://port.example.org/?city=",
        replace(_CITY, context=Context.TEXT_URL_PART),
        "\n\nLeave: ",
        replace(_LEAVE, context=Context.TEXT_URL),
        "\n",
    ),
    images=(PIXEL,),
)
MESSAGE = Message.compile(EDITION, LETTERHEAD)


def delivery(number: int, address: str = "", **values: str) -> Delivery:
    parsed = Address.parse(address or f"reader{number}@example.org")
    filled = {f"subscriber.{name}": value for name, value in values.items()}
    recipient = Recipient(number, parsed, f"Reader {number}", KEY, filled, f"token-{number:017d}")
    return Delivery(f"d{number:06d}", recipient)


def batch(*deliveries: Delivery | str, message: Message = MESSAGE) -> Batch:
    """Of deliveries, or of addresses."""
    whole = tuple(
        delivery(number, one) if isinstance(one, str) else one
        for number, one in enumerate(deliveries, start=1)
    )
    return Batch("key", message, whole, AT)


def batch_of(count: int, message: Message = MESSAGE, start: int = 1) -> Batch:
    return Batch(
        "key", message, tuple(delivery(n, city="Łódź") for n in range(start, start + count)), AT
    )
