"""The DNS through dnspython: the only module here that imports it."""

from __future__ import annotations

from collections.abc import Sequence

import dns.exception
import dns.resolver
import dns.reversename
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from composer.doctor.names import Silent
from composer.errors import ConfigError, NamedError

#: For all tries at one question together.
LIFETIME_S = 8.0


class Resolver:
    """Implements `composer.doctor.names.Names`; may be used by several threads."""

    def __init__(self, server: str = "") -> None:
        """`server` is `ADDRESS` or `ADDRESS:PORT`; empty means the machine's own resolvers.

        Raises:
            ConfigError: this machine knows no resolver.
            NamedError: `server` is no address.
        """
        try:
            self._resolver = dns.resolver.Resolver(configure=not server)
            if server:
                host, port = _place(server)
                self._resolver.nameservers = [host]
                self._resolver.port = port
        except (dns.resolver.NoResolverConfiguration, ValueError) as error:
            kind = NamedError if server else ConfigError
            raise kind(
                f"the DNS cannot be asked: {error}", hint="--dns 192.0.2.53 names a server"
            ) from None
        self._resolver.lifetime = LIFETIME_S

    def texts(self, name: str) -> Sequence[str]:
        answer = self._ask(name, "TXT")
        joined = (b"".join(one.strings) for one in answer if isinstance(one, TXT))
        return [text.decode("utf-8", "replace") for text in joined]

    def mail_hosts(self, domain: str) -> Sequence[str]:
        found = [one for one in self._ask(domain, "MX") if isinstance(one, MX)]
        return [_plain(one.exchange) for one in sorted(found, key=lambda one: one.preference)]

    def addresses(self, host: str) -> Sequence[str]:
        found = [*self._ask(host, "A"), *self._ask(host, "AAAA")]
        return [one.address for one in found if isinstance(one, A | AAAA)]

    def alias(self, name: str) -> str:
        found = [one for one in self._ask(name, "CNAME") if isinstance(one, CNAME)]
        return _plain(found[0].target) if found else ""

    def pointers(self, address: str) -> Sequence[str]:
        name = dns.reversename.from_address(address).to_text()
        return [_plain(one.target) for one in self._ask(name, "PTR") if isinstance(one, PTR)]

    def _ask(self, name: str, kind: str) -> Sequence[object]:
        try:
            return list(self._resolver.resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            return []
        except dns.resolver.NoNameservers:
            raise Silent("its servers answer with an error") from None
        except dns.exception.Timeout:
            raise Silent("no answer in time") from None
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise Silent(type(error).__name__) from None


def _plain(name: object) -> str:
    text = str(name)
    return text if text == "." else text.removesuffix(".").lower()


def _place(server: str) -> tuple[str, int]:
    host, colon, port = server.rpartition(":")
    if not colon or "]" in port or (host.count(":") and not host.startswith("[")):
        return server.strip("[]"), 53
    return host.strip("[]"), int(port)
