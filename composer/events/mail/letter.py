"""A message as strangers write it: read as far as it can be read, whatever is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime

from composer.events.event import moment

#: Of a longer message the rest is not looked at: a report stands before the original.
MAX_BYTES = 1_048_576
MAX_PARTS = 60
MAX_DEPTH = 12
MAX_HEADER_CHARS = 8_000
_MAX_LINES = 400


@dataclass(frozen=True, slots=True)
class Letter:
    """`message` is the parsed whole. Nothing here raises."""

    message: Message

    @classmethod
    def of(cls, raw: bytes) -> Letter:
        try:
            return cls(message_from_bytes(raw[:MAX_BYTES]))
        except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
            # Parts in parts without end, or what else the standard library trips over.
            return cls(Message())

    def parts(self) -> Iterator[Message]:
        """The message and everything in it, but for what is in an original that is sent along."""
        waiting = [(self.message, 0)]
        seen = 0
        while waiting and seen < MAX_PARTS:
            part, depth = waiting.pop(0)
            seen += 1
            yield part
            if depth < MAX_DEPTH and kind_of(part).startswith("multipart/"):
                waiting[:0] = [(inner, depth + 1) for inner in inner_parts(part)]

    def first(self, *kinds: str) -> Message | None:
        """The first part of one of these content types."""
        return next((part for part in self.parts() if kind_of(part) in kinds), None)

    @property
    def date(self) -> str:
        """ISO 8601, UTC; empty where it cannot be read."""
        try:
            return moment(parsedate_to_datetime(header(self.message, "Date")).isoformat())
        except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
            return ""

    @property
    def text(self) -> str:
        """The first lines of the first part that is plain text."""
        part = self.first("text/plain")
        content = text_of(part) if part is not None else ""
        return "\n".join(content.splitlines()[:_MAX_LINES])


def inner_parts(part: Message) -> list[Message]:
    payload = part.get_payload()
    if not isinstance(payload, list):
        return []
    return [inner for inner in payload if isinstance(inner, Message)]


def kind_of(part: Message) -> str:
    """The content type in small letters: `text/plain` when nobody can tell."""
    try:
        return part.get_content_type()
    except (ValueError, TypeError, AttributeError, IndexError, LookupError):
        return "text/plain"


def header(part: Message, name: str) -> str:
    """The first header of that name in one line, or empty."""
    return next(iter(headers(part, name)), "")


def headers(part: Message, *names: str) -> list[str]:
    """Every header of these names; a body that is not ASCII comes as it is, as far as it can."""
    wanted = {name.lower() for name in names}
    # A header that is not ASCII is an object of its own to the standard library.
    return [
        " ".join(str(value)[:MAX_HEADER_CHARS].split())
        for name, value in part.items()
        if name.lower() in wanted
    ]


def text_of(part: Message) -> str:
    """The decoded text of a part that has no parts."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, TypeError, AttributeError, LookupError, AssertionError):
        payload = None
    if isinstance(payload, bytes):
        return payload.decode("utf-8", "replace")
    plain = part.get_payload()
    return plain if isinstance(plain, str) else ""


def fields_of(part: Message) -> list[Message]:
    """The blocks of fields in a `message/delivery-status` or `message/feedback-report`."""
    inner = inner_parts(part)
    if inner:
        return inner
    blocks = text_of(part).replace("\r\n", "\n").split("\n\n")
    return [Letter.of(block.lstrip("\n").encode("utf-8", "replace")).message for block in blocks]


def original_of(letter: Letter) -> Message | None:
    """The message that is sent along, or its headers."""
    whole = letter.first("message/rfc822", "message/global", "message/partial")
    if whole is not None:
        inner = inner_parts(whole)
        if inner:
            return inner[0]
        return Letter.of(text_of(whole).encode("utf-8", "replace")).message
    only = letter.first("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
    if only is None:
        return None
    return Letter.of(text_of(only).encode("utf-8", "replace")).message
