"""What of ours is in a message that comes back: envelope senders, Message-IDs, tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message

from composer.events.mail.letter import header, headers
from composer.events.webhooks.post import delivery_in
from composer.model.address import Address

#: Where mail servers write to whom they delivered.
_TO = (
    *("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To"),
    *("Original-Recipient", "Apparently-To", "Resent-To", "Cc"),
)
_RETURNED = re.compile(r"\+([0-9a-f]{1,15}-[0-9a-f]{16})@", re.IGNORECASE)
_UNSUBSCRIBE_URL = re.compile(r"<https?://[^\s<>]{1,900}/u/([A-Za-z0-9_~%-]{8,200})>")
_UNSUBSCRIBE_WORDS = re.compile(r"unsubscribe[ +:]+([A-Za-z0-9_~-]{8,200})\s*\Z", re.IGNORECASE)
_MAILBOX = re.compile(r"[^\s<>\"(),:;]{1,64}@[^\s<>\"(),:;]{1,255}")


def recipients(message: Message) -> list[str]:
    return headers(message, *_TO)


def returned_in(texts: Iterable[str]) -> str:
    """What stands behind the `+` of an envelope sender of ours."""
    found = (match for text in texts for match in _RETURNED.finditer(text))
    return next((match[1].lower() for match in found), "")


def delivery_of(original: Message | None) -> str:
    """Our id in the Message-ID of an original, or of what answers it."""
    return delivery_in(header(original, "Message-ID")) if original is not None else ""


def answered(message: Message) -> str:
    """Our id in what a message says that it answers."""
    for text in headers(message, "In-Reply-To", "References"):
        for word in text.split():
            if found := delivery_in(word):
                return found
    return ""


def token_of_list(original: Message | None) -> str:
    """A reader's token in the List-Unsubscribe of an original."""
    if original is None:
        return ""
    found = _UNSUBSCRIBE_URL.search(header(original, "List-Unsubscribe"))
    return found[1] if found else ""


def token_for(message: Message, box: Address | None) -> str:
    """The token of somebody who writes to the mailbox for leaving; empty when nobody does."""
    if box is None:
        return ""
    local, domain = re.escape(box.local), re.escape(box.domain)
    plus = re.compile(rf"(?<![\w.+-]){local}\+([A-Za-z0-9_~-]{{8,60}})@{domain}", re.IGNORECASE)
    plain = re.compile(rf"(?<![\w.+-]){local}@{domain}", re.IGNORECASE)
    for text in recipients(message):
        if match := plus.search(text):
            return match[1]
    if any(plain.search(text) for text in recipients(message)):
        found = _UNSUBSCRIBE_WORDS.search(header(message, "Subject"))
        return found[1] if found else ""
    return ""


def mailbox_in(text: str) -> str:
    """The first address in a field such as `rfc822; <ana@example.net>`."""
    found = _MAILBOX.search(text[:1_000])
    return found[0] if found else ""
