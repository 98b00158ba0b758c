"""What is asked of the network about one URL, and what became known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How one URL fared."""

    ALIVE = "alive"
    DEAD = "dead"  #: gone: 404, 410, nobody listens
    NAMELESS = "nameless"  #: no such host
    UNCLEAR = "unclear"  #: a bot wall, a busy or broken server: a reader may see the page
    TIMEOUT = "timeout"
    TLS = "tls"
    LOOP = "loop"
    PRIVATE = "private"  #: leads, perhaps by a redirect, into a network that is not public
    CREDENTIALS = "credentials"
    UNASKED = "unasked"  #: another scheme or port
    OFFLINE = "offline"  #: names cannot be looked up just now, or there is no route


@dataclass(frozen=True, slots=True)
class Question:
    """A URL without its fragment; `fragments` are those that issues point at on its page."""

    url: str
    fragments: frozenset[str] = frozenset()
    image: bool = False

    @property
    def key(self) -> str:
        """What is asked, as one line: the name of its remembered answer."""
        return " ".join(["image" if self.image else "page", self.url, *sorted(self.fragments)])


@dataclass(frozen=True, slots=True)
class Answer:
    """`reason` continues the sentence "the link …".

    `moved_to` is set when permanent redirects lead there; `https` when an http page answers
    there too. `size_bytes` is a lower bound for an image whose size nobody told. `absent` are
    the fragments that the whole page does not have.
    """

    verdict: Verdict
    reason: str = ""
    moved_to: str = ""
    https: bool = False
    media_type: str = ""
    size_bytes: int | None = None
    absent: frozenset[str] = frozenset()
