"""A webhook's call as it came in: raw bytes, verified before anything is read from them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from composer.events.event import Event

Json = Mapping[str, Any]

#: A clock may be ahead of ours by so much.
AHEAD_S = 300
_SECONDS = re.compile(r"[0-9]{1,12}")
_MESSAGE_ID = re.compile(r"\s*<?([a-z0-9-]{1,32})@[^\s<>@]{1,255}>?\s*")


class Refusal(Exception):
    """Not from whom it says it is, or not fit to be looked at; `status` is the HTTP answer."""

    def __init__(self, problem: str, status: int = 401) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status


class Unreadable(Exception):
    """From the provider, and still not what its documentation describes."""


@dataclass(frozen=True, slots=True)
class Post:
    """`headers` are by their names in small letters, decoded as Latin-1; `now` is UTC."""

    headers: Mapping[str, str]
    body: bytes
    now: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """A call that is the provider's own.

    `nonce` is told again with the same body only: a second call with it is the first one again,
    or a forgery. `confirm` is a URL to fetch before the provider tells anything.
    """

    nonce: str
    confirm: str = ""


class Source(Protocol):
    """A provider as one who calls."""

    @property
    def name(self) -> str: ...

    def admit(self, post: Post) -> Taken:
        """See that the call is from the provider, and young enough.

        Raises:
            Refusal: it is not, or nobody can tell.
        """
        ...

    def events(self, body: bytes) -> Iterator[Event]:
        """Everything that an admitted call tells, unknown kinds included.

        Raises:
            Unreadable: it is not in the provider's own format.
        """
        ...


def header(post: Post, name: str) -> bytes:
    """A header that proves something: it must be there, and ASCII.

    Raises:
        Refusal: it is not.
    """
    value = post.headers.get(name.lower(), "")
    if not value or not value.isascii():
        raise Refusal(f"the header {name} is missing or not ASCII")
    return value.encode("ascii")


def refuse_age(told: str, now: datetime, most_s: float) -> None:
    """Raises Refusal when a time, in seconds since 1970, is too old or yet to come."""
    if not _SECONDS.fullmatch(told):
        raise Refusal("the time of the call cannot be read")
    age_s = now.timestamp() - int(told)
    if age_s > most_s:
        raise Refusal("the call is too old")
    if age_s < -AHEAD_S:
        raise Refusal("the call is of a time that is yet to come")


# --- reading ----------------------------------------------------------------------------


def read_json(body: bytes) -> Any:
    """Raises Unreadable."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is not JSON: {type(error).__name__}") from error


def read_object(body: bytes) -> Json:
    """Raises Unreadable."""
    found = read_json(body)
    if not isinstance(found, dict):
        raise Unreadable("it is not a JSON object")
    return found


def inside(holder: object, *names: str) -> Json:
    """The object below these names; an empty one where there is none."""
    for name in names:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return holder if isinstance(holder, dict) else {}


def items(holder: object) -> Sequence[Any]:
    return holder if isinstance(holder, list) else ()


def text(holder: Json, *names: str) -> str:
    """The first of these that is text, or a number as text; else empty."""
    for name in names:
        found = holder.get(name)
        if isinstance(found, str) and found:
            return found
        if isinstance(found, int | float) and not isinstance(found, bool):
            return str(found)
    return ""


def delivery_in(message_id: str) -> str:
    """Our id from a Message-ID that we wrote: `<ID@domain>`; else empty."""
    found = _MESSAGE_ID.fullmatch(message_id[:400])
    return found[1] if found else ""


def link(value: object) -> str:
    """A URL as it may be kept."""
    if not isinstance(value, str) or not value.startswith(("https://", "http://", "mailto:")):
        return ""
    return value if value.isprintable() and len(value) <= 1_000 else ""
