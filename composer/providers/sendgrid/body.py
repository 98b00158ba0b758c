"""The JSON that SendGrid is given: one personalization for each delivery, spliced.

What all calls or all readers share is written once; a reader costs the writing of their values.

Substitution knows nothing of contexts, so each pair of slot and context has a tag of its
own and every value is encoded before it goes in. The tags are new and unguessable for every
run: no text of ours holds one, and no value, which was there before it, can imitate one.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NamedTuple

from composer.model.delivery import Delivery
from composer.model.edition import Edition, Parts, Slot
from composer.model.settings import Mailbox
from composer.rendering.encoders import encode, encoder_of, fill
from composer.sending.message import Message
from composer.sending.message.links import is_own_url
from composer.sending.message.words import clean_name

#: For each personalization; the API's description says so. What we put into `custom_args`,
#: which may be as long, is no longer than a delivery's id.
MAX_SUBSTITUTION_BYTES = 10_000

#: By which later events name the delivery.
DELIVERY_ARG = "delivery"

#: Headers that the API keeps for itself, in lower case.
RESERVED_HEADERS = frozenset(
    {
        "x-sg-id",
        "x-sg-eid",
        "received",
        "dkim-signature",
        "content-type",
        "content-transfer-encoding",
        "to",
        "from",
        "subject",
        "reply-to",
        "cc",
        "bcc",
    }
)

Json = dict[str, Any]


class Personalization(NamedTuple):
    """What is one reader's own, as JSON in ASCII: members of an object, and another object."""

    addressed: str
    substitutions: str


class Bodies:
    """The bodies of all calls for one message."""

    def __init__(self, message: Message, *, sandbox: bool) -> None:
        self._message = message
        self._tags = Tags.of(message.edition)
        self._shared = _shared(message, sandbox=sandbox)
        self._slots = [(slot.name, _default(slot), _writer(slot)) for slot in self._tags.slots]
        tags = [*self._tags.slots.values(), *([self._tags.subject] if self._tags.subject else [])]
        self._substitutions = "{" + ",".join(f'"{tag}":%s' for tag in tags) + "}"
        shared = message.shared_headers.items()
        kept = {name: value for name, value in shared if name.lower() not in RESERVED_HEADERS}
        self._headers = json.dumps(kept)[1:-1]
        self._opening = lru_cache(maxsize=1)(self._tagged_opening)

    def personalization(self, delivery: Delivery) -> Personalization:
        """What is one reader's own.

        Raises:
            ComposerError: a slot has neither value nor default.
        """
        values = self._message.values(delivery)
        given = values.get
        wires = [write(given(name) or default) for name, default, write in self._slots]
        if self._tags.subject:
            wires.append(quoted(self._message.subject(values)))
        return Personalization(self._addressed(delivery), self._substitutions % tuple(wires))

    def shared_by(self, personalizations: Sequence[Personalization]) -> bytes:
        """A body with tags in it, for deliveries whose substitutions are not too long."""
        own = ",".join([f'{{{a},"substitutions":{s}}}' for a, s in personalizations])
        return f"{self._opening()}{own}]}}".encode("ascii")

    def _tagged_opening(self) -> str:
        edition = self._message.edition
        subject = self._tags.subject or self._message.subject({})
        texts = [self._tags.tagged(parts) for parts in (edition.text, edition.html)]
        return self._opened(subject, texts)

    def merged(self, delivery: Delivery) -> bytes:
        """A body for one delivery alone, finished here; nothing is left to substitute.

        Raises:
            ComposerError: a slot has neither value nor default.
        """
        values = self._message.values(delivery)
        edition = self._message.edition
        texts = [fill(edition.text, values), fill(edition.html, values)]
        opening = self._opened(self._message.subject(values), texts)
        return f"{opening}{{{self._addressed(delivery)}}}]}}".encode("ascii")

    def _opened(self, subject: str, texts: list[str]) -> str:
        """What all readers of a body share, up to the first of them."""
        text, html = texts
        content = {
            "subject": subject,
            "content": [  # the API takes them in this order only
                {"type": "text/plain", "value": text},
                {"type": "text/html", "value": html},
            ],
        }
        return f'{json.dumps(self._shared | content)[:-1]},"personalizations":['

    def _addressed(self, delivery: Delivery) -> str:
        recipient = delivery.recipient
        headers = "".join(
            [
                f'"{name}":{quoted(value)},'
                for name, value in self._message.own_headers(delivery).items()
            ]
        )
        return (
            f'"to":[{_mailbox_text(recipient.display_name, str(recipient.address))}],'
            f'"headers":{{{headers}{self._headers}}},'
            f'"custom_args":{{"{DELIVERY_ARG}":{quoted(delivery.id)}}}'
        )


def _default(slot: Slot) -> str:
    """What its writer is given where a reader has no value."""
    if slot.default and is_own_url(slot):
        return encode(slot.default, slot.context)
    return slot.default or ""


def _writer(slot: Slot) -> Callable[[str], str]:
    """From a reader's value to a string of JSON."""
    if is_own_url(slot):
        return quoted
    encoder = encoder_of(slot.context)
    # Towns, names and employers: on a list, most values stand more than once.
    return lru_cache(maxsize=1024)(lambda value: quoted(encoder(value)))


def _mailbox_text(name: str, address: str) -> str:
    name = clean_name(name)
    named = f',"name":{quoted(name)}' if name else ""
    return f'{{"email":{quoted(address)}{named}}}'


class Tags:
    """What stands in the texts where a reader's value goes."""

    def __init__(self, slots: Mapping[Slot, str], subject: str) -> None:
        self.slots = slots
        self.subject = subject  #: `""` when the subject is the same for all

    @classmethod
    def of(
        cls, edition: Edition, make_key: Callable[[], str] = lambda: secrets.token_hex(8)
    ) -> Tags:
        """Tags that no literal of `edition` holds. All are of one length: none begins another."""
        parts = (*edition.subject, *edition.html, *edition.text)
        literals = [part for part in parts if isinstance(part, str)]
        key = make_key()
        while any(key in literal for literal in literals):
            key = make_key()
        slots = dict.fromkeys(
            part for part in (*edition.html, *edition.text) if isinstance(part, Slot)
        )
        personal = any(isinstance(part, Slot) for part in edition.subject)
        return cls(
            {slot: f"-{key}{number:04d}-" for number, slot in enumerate(slots, start=1)},
            f"-{key}0000-" if personal else "",
        )

    def tagged(self, parts: Parts) -> str:
        return "".join(part if isinstance(part, str) else self.slots[part] for part in parts)


def is_too_long(personalization: Personalization) -> bool:
    """Whether the API would refuse the merge data of one delivery.

    It does not say what it counts; the JSON is the most that it can be.
    """
    return len(personalization.substitutions) > MAX_SUBSTITUTION_BYTES


def _shared(message: Message, *, sandbox: bool) -> Json:
    letterhead = message.letterhead
    off = {"enable": False}
    body: Json = {
        "from": _mailbox(letterhead.sender),
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": off,
            "subscription_tracking": off,  # it would put a List-Unsubscribe of its own
            "ganalytics": off,
        },
    }
    if letterhead.reply_to:
        body["reply_to"] = _mailbox(letterhead.reply_to)
    if message.edition.images:
        body["attachments"] = list(_attachments(message.edition))
    if sandbox:
        body["mail_settings"] = {"sandbox_mode": {"enable": True}}
    return body


def _attachments(edition: Edition) -> Iterable[Json]:
    for image in edition.images:
        yield {
            "content": base64.b64encode(image.data).decode("ascii"),
            "type": image.media_type,
            "filename": image.filename,
            "disposition": "inline",
            "content_id": image.cid,
        }


def _mailbox(mailbox: Mailbox) -> Json:
    name = clean_name(mailbox.name)
    box = {"email": str(mailbox.address)}
    return box | {"name": name} if name else box
