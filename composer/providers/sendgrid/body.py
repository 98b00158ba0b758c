"""The JSON that SendGrid is given: one personalization for each delivery, spliced.

What all calls or all readers share is written once; a reader costs the writing of their values.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from composer.model.delivery import Delivery
from composer.model.edition import Edition
from composer.model.settings import Mailbox
from composer.providers.sendgrid.form import Form, merge_data, without_merge_data
from composer.providers.sendgrid.tags import Tags
from composer.rendering.encoders import fill
from composer.sending.message import Message
from composer.sending.message.words import clean_name

#: For each personalization; the API's description says so. What we put into `custom_args`,
#: which may be as long, is no longer than a delivery's id.
MAX_SUBSTITUTION_BYTES = 10_000

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
        shared = message.shared_headers.items()
        kept = {name: value for name, value in shared if name.lower() not in RESERVED_HEADERS}
        self._form = Form(message, self._tags, kept)
        self._opening = lru_cache(maxsize=1)(self._tagged_opening)

    def personalization(self, delivery: Delivery) -> str:
        """What is one reader's own, as JSON in ASCII.

        Raises:
            ComposerError: a slot has neither value nor default.
        """
        return self._form.written(delivery)

    def shared_by(self, personalizations: Sequence[str]) -> bytes:
        """A body with tags in it, for deliveries whose substitutions are not too long."""
        return b"".join([self._opening(), ",".join(personalizations).encode("ascii"), b"]}"])

    def _tagged_opening(self) -> bytes:
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
        own = without_merge_data(self._form.written(delivery))
        return b"".join([opening, own.encode("ascii"), b"]}"])

    def _opened(self, subject: str, texts: list[str]) -> bytes:
        """What all readers of a body share, up to the first of them."""
        text, html = texts
        content = {
            "subject": subject,
            "content": [  # the API takes them in this order only
                {"type": "text/plain", "value": text},
                {"type": "text/html", "value": html},
            ],
        }
        shared = json.dumps(self._shared | content)
        return f'{shared[:-1]},"personalizations":['.encode("ascii")


def is_too_long(personalization: str) -> bool:
    """Whether the API would refuse the merge data of one delivery.

    It does not say what it counts; the JSON is the most that it can be.
    """
    if len(personalization) <= MAX_SUBSTITUTION_BYTES:
        return False  # with all that stands around them
    return len(merge_data(personalization)) > MAX_SUBSTITUTION_BYTES


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
