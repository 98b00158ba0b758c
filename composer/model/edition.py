"""An issue as it will be read: the variants of one message, as literals and slots."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class Context(StrEnum):
    """Where a slot stands, and so how its value must be encoded."""

    HTML = "html"  #: text between tags
    ATTRIBUTE = "attribute"  #: inside a quoted attribute value
    URL_PART = "url-part"  #: a path segment or query value of a URL in an attribute
    URL = "url"  #: a whole URL of our own making in an attribute
    TEXT = "text"  #: the plain-text variant
    TEXT_URL_PART = "text-url-part"  #: a path segment or query value of a URL in plain text
    TEXT_URL = "text-url"  #: a whole URL of our own making in the plain-text variant
    HEADER = "header"  #: a subject


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that a recipient's value fills.

    `name` is `subscriber.FIELD`, or one of the values that we make for every recipient:
    `unsubscribe_url` and `preferences_url`, and `click_url.LINK` where links are counted.
    """

    name: str
    context: Context
    default: str | None = None


#: Literals and slots in reading order; no two neighbours are both literals.
Parts = tuple[str | Slot, ...]


def slots_of(parts: Parts) -> Iterator[Slot]:
    """The slots of `parts`, in order, repeats included."""
    return (part for part in parts if isinstance(part, Slot))


@dataclass(frozen=True, slots=True, order=True)
class EditionKey:
    """Which readers an edition is for: their language, A/B variant and the segments they are in.

    `segments` are those of the segments *named by the issue* that the reader is in, sorted.
    """

    locale: str
    variant: str = ""
    segments: tuple[str, ...] = ()

    def __str__(self) -> str:
        head = f"{self.locale}/{self.variant}" if self.variant else self.locale
        return "+".join((head, *self.segments))

    @classmethod
    def parse(cls, text: str) -> EditionKey:
        """The inverse of `str()`: no locale, variant or segment name holds `/` or `+`."""
        head, *segments = text.split("+")
        locale, _, variant = head.partition("/")
        return cls(locale, variant, tuple(segments))


@dataclass(frozen=True, slots=True)
class InlineImage:
    """A picture that travels inside the message, referred to as `cid:` + `cid`."""

    cid: str
    filename: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Edition:
    """The rendered issue, the same for every recipient of its key but for the slots.

    `html` is a complete document with inlined CSS, `text` is wrapped for 72 columns with LF
    line ends. Both are `str`: the message layer alone decides on an encoding.
    `mjml` is kept for people who want to see it; it is not part of the digest.
    """

    issue_id: str
    key: EditionKey
    subject: Parts
    html: Parts
    text: Parts
    preheader: Parts = ()  #: as the inbox shows it; it also stands hidden in `html`
    images: tuple[InlineImage, ...] = ()
    mjml: str = field(default="", compare=False, repr=False)

    @cached_property
    def digest(self) -> str:
        """`sha256:` and 64 hex digits over everything that a reader sees."""
        seen = hashlib.sha256()
        for parts in (self.subject, self.html, self.text):
            for part in parts:
                piece = (
                    part if isinstance(part, str) else f"{part.name}|{part.context}|{part.default}"
                )
                encoded = piece.encode()
                # Lengths and kinds keep two different cuts of one text apart.
                seen.update(f"{type(part).__name__}{len(encoded)}:".encode() + encoded)
            seen.update(b"\0")
        for image in self.images:
            seen.update(f"{image.cid}|{image.media_type}|".encode())
            seen.update(hashlib.sha256(image.data).digest())
        return f"sha256:{seen.hexdigest()}"

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Every slot of subject, HTML and text, in order, repeats included."""
        return tuple(s for parts in (self.subject, self.html, self.text) for s in slots_of(parts))
