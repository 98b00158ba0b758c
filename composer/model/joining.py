"""What somebody asked for on our pages, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from composer.model.address import Address


@dataclass(frozen=True, slots=True)
class SignUp:
    """What a form asked for; nothing of it counts before it was confirmed by mail.

    `choices` maps fields to the text of their values; `wording` is what was agreed to, word
    for word; `source` is where the form stood.
    """

    address: Address
    locale: str
    wording: str
    source: str
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ceilings:
    """How often something may be asked for."""

    visitor_an_hour: int  #: sign-ups from one network address
    domain_an_hour: int  #: sign-ups of addresses of one domain
    address_a_day: int = 1  #: confirmation mails to one address
    address_a_month: int = 3
    proof_from: int | None = None  #: sign-ups of a visitor from which a puzzle is asked for


class Verdict(StrEnum):
    """What became of a sign-up; whether a mail follows is told to nobody."""

    TAKEN = "taken"
    VISITOR_BUSY = "visitor-busy"
    DOMAIN_BUSY = "domain-busy"
    PROOF_WANTED = "proof-wanted"  #: nothing was counted: ask again with a solved puzzle


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, and when. `proof` is the puzzle that they solved, each good for one time."""

    visitor: str  #: their network address; never written down
    now: int  #: epoch seconds
    proof: str = ""


class Purpose(StrEnum):
    """What a confirmation mail confirms."""

    JOIN = "join"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A confirmation mail that is to be sent now."""

    number: int
    purpose: Purpose
    address: Address
    locale: str
    token: str
    tries: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What was confirmed; `token` opens the reader's own pages."""

    purpose: Purpose
    locale: str
    token: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a reader stands whose token we gave out: what their own page shows.

    `fields` are the raw texts of the list, `suppressed` a reason, `paused` a time or empty.
    """

    address: Address
    locale: str
    token: str
    fields: Mapping[str, str]
    suppressed: str
    paused: str

    @property
    def gets_mail(self) -> bool:
        return not self.suppressed
