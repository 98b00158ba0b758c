"""A sample message as a receiver parses it: its header lines as they are, and its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import compat32
from functools import cached_property, lru_cache
from typing import NamedTuple

_FOLD = re.compile(r"\r\n(?=[ \t])")
#: A field with its continuations that says nothing of parts, and is whole: no parser minds it.
_OTHER_FIELD = re.compile(
    rb"^(?!Content-|MIME-)([A-Za-z][A-Za-z-]*): [ -~]*(?:\r\n[ \t][ -~]+)*(?=\r\n(?![ \t])|\Z)",
    re.MULTILINE,
)
#: Each edition has its own; which is which is all that matters.
_BOUNDARY = re.compile(rb"=_[a-z]+_[0-9a-f]{24}")
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"")
_ADDRESS = re.compile(r"<?([^\s<>\"@]+|\"[^\"]*\")@([A-Za-z0-9.\[\]:-]+)>?\s*$")


class Part(NamedTuple):
    """A part of a message, by its header."""

    kind: str  #: `text/plain`
    charset: str | None
    encoding: str  #: in small letters
    multipart: bool
    defects: int


@dataclass(frozen=True, eq=False)
class Letter:
    """`wire` is the whole message; `fields` its header, unfolded, in order."""

    wire: bytes

    @cached_property
    def head(self) -> bytes:
        return self.wire.partition(b"\r\n\r\n")[0]

    @cached_property
    def head_lines(self) -> list[bytes]:
        """The physical lines."""
        return self.head.split(b"\r\n")

    @cached_property
    def fields(self) -> list[tuple[str, str]]:
        """Names in lower case, and their values."""
        text = _FOLD.sub("", self.head.decode("utf-8", "replace"))
        pairs = (line.partition(":") for line in text.split("\r\n"))
        return [(name.strip().lower(), value.strip()) for name, _, value in pairs]

    def every(self, name: str) -> list[str]:
        """The values of each field of that name."""
        return [value for field, value in self.fields if field == name.lower()]

    def one(self, name: str) -> str:
        """The value of the first field of that name; `""` when there is none."""
        return next(iter(self.every(name)), "")

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What the library makes of the message: itself first, then each part of it."""
        pieces = self.wire.split(b"\r\n--")
        outline = b"\r\n--".join(_outline(piece) for piece in pieces)
        names: dict[bytes, bytes] = {}
        return _parts(
            _BOUNDARY.sub(lambda m: names.setdefault(m[0], b"=_%d" % len(names)), outline)
        )


def _outline(piece: bytes) -> bytes:
    """The first paragraph of a part, without what only its author can read in the header."""
    head, blank, _ = piece.partition(b"\r\n\r\n")
    return _OTHER_FIELD.sub(rb"\1: x", head) + blank


@lru_cache(maxsize=64)  # the library takes its time, and letters of one make are alike
def _parts(outline: bytes) -> tuple[Part, ...]:
    return tuple(
        Part(
            part.get_content_type(),
            part.get_content_charset(),
            str(part.get("content-transfer-encoding", "")).lower(),
            part.is_multipart(),
            len(part.defects),
        )
        for part in BytesParser(policy=compat32).parsebytes(outline).walk()
    )


def domain_of(mailbox: str) -> str:
    """The domain of `Name <local@domain>`, in lower case; `""` when it is none."""
    found = _ADDRESS.search(mailbox)
    return found[2].lower() if found else ""


def mailboxes_in(value: str) -> int:
    """How many addresses a header names; an `@` in a quoted name is none."""
    return _QUOTED.sub("", value).count("@")


def local_of(mailbox: str) -> str:
    found = _ADDRESS.search(mailbox)
    return found[1].lower() if found else ""


#: Under these, names of two labels belong to different people (a few of the Public Suffix List).
_SHARED = frozenset({
    "ac", "co", "com", "edu", "gob", "gov", "gouv", "mil", "ne", "net", "nom", "or", "org",
})  # fmt: skip


def organisation_of(domain: str) -> str:
    """What DMARC aligns by, nearly: the last two labels, three below the like of `co.uk`."""
    labels = domain.lower().rstrip(".").split(".")
    shared = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED
    return ".".join(labels[-3 if shared else -2 :])
