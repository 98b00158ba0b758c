"""How much may be sent in how long, how long it is tried, and what is too much trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` deliveries in any `window_s` seconds."""

    most: int
    window_s: int


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A new sender's first days: `first_day` deliveries, then `growth` times as many each day.

    A day (UTC) is one of the ramp when at least half of what it allowed was sent: days without
    a mailing teach receivers nothing. Once a day would allow `full`, nothing is limited any more.
    """

    provider: str
    first_day: int = 200
    growth: float = 1.5
    full: int = 50_000


@dataclass(frozen=True, slots=True)
class DomainGroup:
    """Receiving domains that share their limits; the first of them names the group."""

    domains: tuple[str, ...]
    limits: tuple[Limit, ...]

    @property
    def scope(self) -> str:
        return f"domain:{self.domains[0]}"


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """`providers` by their kind."""

    providers: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)
    groups: tuple[DomainGroup, ...] = ()
    warm_up: WarmUp | None = None

    def __bool__(self) -> bool:
        return bool(self.providers or self.groups or self.warm_up)


@dataclass(frozen=True, slots=True)
class Fuses:
    """How much is too much, within one window. Shares are from 0 to 1."""

    window_s: float = 600.0
    domain_share: float = 0.05  #: of a domain's answers, refused for reasons of policy
    domain_least: int = 5
    pause_s: float = 1800.0  #: of a domain, at first; twice as long each time it comes again
    most_pause_s: float = 24 * 3600.0
    refused_share: float = 0.2  #: of a mailing's answers
    refused_least: int = 50
    unknown_share: float = 0.1
    unknown_least: int = 50

    def pause_for_s(self, times: int) -> float:
        """How long a domain is left alone at its `times`th pause in a row, from 1."""
        return min(self.most_pause_s, self.pause_s * 2.0 ** min(times - 1, 30))


@dataclass(frozen=True, slots=True)
class SendingSettings:
    """How long what is put off is tried again, how long one run waits for it, and who delivers."""

    retry_for_s: float = 24 * 3600.0
    wait_s: float = 3600.0
    processes: int = 1  #: that deliver one mailing together
    limits: LimitSettings = field(default_factory=LimitSettings)
    fuses: Fuses = field(default_factory=Fuses)
