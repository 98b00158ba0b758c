"""A provider's later news of one message, whoever told it, in django-anymail's names."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b

KEY_BYTES = 16
MAX_DETAIL_CHARS = 300
MAX_LINK_CHARS = 1_000

#: Earlier than any webhook, and later than any that a clock of ours will see.
_FIRST_S, _LAST_S = 946_684_800, 4_102_444_800
_ADDRESS = re.compile(r"[^\s<>\"'(),:;=]+@[^\s<>\"'(),:;=]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class Kind(StrEnum):
    """What happened; the names are django-anymail's."""

    QUEUED = "queued"  #: the provider took it and will try
    SENT = "sent"  #: it left the provider
    REJECTED = "rejected"  #: the provider would not even try
    FAILED = "failed"  #: the provider could not make a message of it
    BOUNCED = "bounced"  #: the receiving server said no
    DEFERRED = "deferred"  #: the receiving server said not now; the provider tries again
    DELIVERED = "delivered"  #: the receiving server took it
    AUTORESPONDED = "autoresponded"  #: a machine answered: on holiday, say
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"  #: the reader wrote back; in the mailboxes that we read
    COMPLAINED = "complained"  #: the reader called it spam
    UNSUBSCRIBED = "unsubscribed"
    SUBSCRIBED = "subscribed"
    UNKNOWN = "unknown"  #: news of a kind that this code does not know; kept all the same


class Reason(StrEnum):
    """Why something did not arrive, as coarse as providers tell it; the names are anymail's."""

    NONE = ""
    INVALID = "invalid"  #: there is no such mailbox
    BOUNCED = "bounced"  #: it bounced before, and the provider remembers
    TIMED_OUT = "timed_out"  #: tried for too long
    BLOCKED = "blocked"  #: the receiving side does not want mail of this sender
    SPAM = "spam"  #: the reader complained before, and the provider remembers
    UNSUBSCRIBED = "unsubscribed"
    OTHER = "other"


#: Kinds after which the provider cannot say any more that it never took the message.
ACCEPTING = frozenset(
    {
        *(Kind.QUEUED, Kind.SENT, Kind.BOUNCED, Kind.DEFERRED, Kind.DELIVERED),
        *(Kind.AUTORESPONDED, Kind.OPENED, Kind.CLICKED, Kind.COMPLAINED, Kind.UNSUBSCRIBED),
    }
)
#: Kinds that say: this provider took the message and will never pass it on.
REFUSING = frozenset({Kind.REJECTED, Kind.FAILED})
#: Kinds that are kept only where a site wants them.
TRACKING = frozenset({Kind.OPENED, Kind.CLICKED})


@dataclass(frozen=True, slots=True)
class Event:
    """One piece of news. Whom it is about, `delivery`, `returned`, `token` or `address` tell.

    None of these was checked by whoever made the event: storage knows what was given out.
    """

    key: bytes  #: the same however often it is told
    kind: Kind
    at: str = ""  #: when it happened: ISO 8601, UTC, seconds; empty when nobody said
    delivery: str = ""  #: our id, from a custom argument or the Message-ID
    returned: str = ""  #: what stands behind the `+` of an envelope sender that mail came back to
    token: str = ""  #: a reader's own, from a mailto unsubscribe or a List-Unsubscribe header
    address: str = ""  #: whom the teller names
    permanent: bool | None = None  #: of a failure: for good, for now, or nobody said
    code: str = ""  #: RFC 3463, `5.1.1`
    reason: Reason = Reason.NONE
    detail: str = ""  #: what a server said, without addresses; or the name of an unknown kind
    link: str = ""  #: what was clicked
    machine: bool = False  #: opened or clicked by a program before any person could
    forgeable: bool = False  #: came by mail, and names the delivery by what readers see


def key_of(*parts: object) -> bytes:
    """The same for the same parts, and for no others."""
    seen = blake2b(digest_size=KEY_BYTES, person=b"event")
    for part in parts:
        text = str(part).encode("utf-8", "surrogatepass")
        seen.update(b"%d:" % len(text) + text)
    return seen.digest()


def spoken(text: object, most: int = MAX_DETAIL_CHARS) -> str:
    """What a server said, in one line that names nobody."""
    if not isinstance(text, str):
        return ""
    line = " ".join(_UNPRINTABLE.sub(" ", text[: 8 * most]).split())
    return _ADDRESS.sub("…", line)[:most]


def moment(value: object) -> str:
    """A time in ISO 8601, UTC, seconds, from seconds since 1970 or ISO 8601; else empty."""
    try:
        return _moment(value) if isinstance(value, str | int | float) else ""
    except (ValueError, OverflowError, OSError):
        return ""


@lru_cache(maxsize=4_096)
def _moment(value: str | float) -> str:
    readers: tuple[Callable[[str], datetime], ...] = (_from_seconds, _from_iso)
    for reader in readers:
        try:
            found = reader(str(value).strip())
        except ValueError:
            continue
        return found.isoformat(timespec="seconds").replace("+00:00", "Z")
    return ""


def _from_seconds(text: str) -> datetime:
    seconds = float(text)
    if not _FIRST_S <= seconds <= _LAST_S:
        raise ValueError(text)
    return datetime.fromtimestamp(seconds, UTC)


def _from_iso(text: str) -> datetime:
    """Without a time zone it is taken for UTC."""
    # Python reads six digits behind the point at most; Go and Java write nine.
    found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.replace(" UTC", "Z")))
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if not _FIRST_S <= found.timestamp() <= _LAST_S:
        raise ValueError(text)
    return found
