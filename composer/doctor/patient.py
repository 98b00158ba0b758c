"""What every examination is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from composer.doctor.diagnosis import Diagnosis
from composer.doctor.names import Names
from composer.http_client import Web
from composer.model.settings import NewsletterSettings
from composer.site import Site

IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Patient:
    """A site, and those who can be asked about it. `servers` are those that mail comes from."""

    site: Site
    names: Names
    web: Web
    servers: tuple[IPAddress, ...] = ()

    @property
    def newsletter(self) -> NewsletterSettings:
        return self.site.settings.newsletter

    @property
    def kinds(self) -> tuple[str, ...]:
        """The providers that the site sends through, the preferred one first."""
        provider = self.site.settings.provider
        return (provider.kind, *provider.fallback)

    @property
    def from_domain(self) -> str:
        return self.newsletter.sender.address.domain

    @property
    def envelope_domain(self) -> str:
        """Of MAIL FROM, where the provider leaves that to us."""
        return (self.newsletter.bounces or self.newsletter.sender.address).domain


Examination = Callable[[Patient], Iterable[Diagnosis]]
