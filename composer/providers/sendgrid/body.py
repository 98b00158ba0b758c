"""The JSON that SendGrid is given: plain dicts, one personalization for each delivery.

Substitution knows nothing of contexts, so each pair of slot and context has a tag of its
own and every value is encoded before it goes in. The tags are new and unguessable for every
call: no text of ours holds one, and no value can imitate one.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from composer.model.delivery import Delivery
from composer.model.edition import Edition, Parts, Slot
from composer.model.settings import Mailbox
from composer.rendering.encoders import encode, fill
from composer.sending.message import Message
from composer.sending.message.words import clean_name

#: Bytes for each personalization; the API's description says so of both fields.
MAX_SUBSTITUTION_BYTES = 10_000
MAX_CUSTOM_ARGS_BYTES = 10_000

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


class Bodies:
    """The bodies of all calls for one message."""

    def __init__(self, message: Message, *, sandbox: bool) -> None:
        self._message = message
        self._tags = Tags.of(message.edition)
        self._shared = _shared(message, sandbox=sandbox)

    def personalization(self, delivery: Delivery) -> Json:
        """What is one reader's own.

        Raises:
            ComposerError: a slot has neither value nor default.
        """
        values = self._message.values(delivery)
        tags = self._tags
        substitutions = {
            tag: encode(values.get(slot.name) or slot.default or "", slot.context)
            for slot, tag in tags.slots.items()
        }
        if tags.subject:
            substitutions[tags.subject] = self._message.subject(values)
        return self._addressed(delivery) | {"substitutions": substitutions}

    def shared_by(self, personalizations: list[Json]) -> Json:
        """A body with tags in it, for deliveries whose substitutions are not too long."""
        edition = self._message.edition
        subject = self._tags.subject or self._message.subject({})
        texts = [self._tags.tagged(parts) for parts in (edition.text, edition.html)]
        return self._body(subject, texts, personalizations)

    def merged(self, delivery: Delivery) -> Json:
        """A body for one delivery alone, finished here; nothing is left to substitute.

        Raises:
            ComposerError: a slot has neither value nor default.
        """
        values = self._message.values(delivery)
        edition = self._message.edition
        texts = [fill(edition.text, values), fill(edition.html, values)]
        return self._body(self._message.subject(values), texts, [self._addressed(delivery)])

    def _body(self, subject: str, texts: list[str], personalizations: list[Json]) -> Json:
        text, html = texts
        return self._shared | {
            "subject": subject,
            "content": [  # the API takes them in this order only
                {"type": "text/plain", "value": text},
                {"type": "text/html", "value": html},
            ],
            "personalizations": personalizations,
        }

    def _addressed(self, delivery: Delivery) -> Json:
        recipient = delivery.recipient
        return {
            "to": [_mailbox(Mailbox(recipient.display_name, recipient.address))],
            "headers": {
                name: value
                for name, value in self._message.headers(delivery).items()
                if name.lower() not in RESERVED_HEADERS
            },
            "custom_args": {DELIVERY_ARG: delivery.id},
        }


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


def is_too_long(personalization: Json) -> bool:
    """Whether the API would refuse the merge data of one delivery.

    It does not say what it counts; the JSON is the most that it can be.
    """
    return (
        _json_bytes(personalization.get("substitutions")) > MAX_SUBSTITUTION_BYTES
        or _json_bytes(personalization["custom_args"]) > MAX_CUSTOM_ARGS_BYTES
    )


def _json_bytes(content: object) -> int:
    return len(json.dumps(content).encode())


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
