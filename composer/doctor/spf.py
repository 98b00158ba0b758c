"""SPF (RFC 7208): may that server send in the name of this domain, and can receivers find out?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from composer.doctor.names import Names

#: RFC 7208 section 4.6.4: more look-ups than these, and receivers give up.
MAX_LOOKUPS = 10
_ASKS = ("include", "a", "mx", "ptr", "exists")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism or modifier: `-all`, `include:_spf.example.net`, `redirect=…`."""

    sign: str
    name: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Term:
        sign, rest = (text[0], text[1:]) if text[:1] in "+-~?" else ("+", text)
        at = min((rest.find(mark) for mark in ":=/" if mark in rest), default=len(rest))
        value = rest[at:] if rest[at : at + 1] == "/" else rest[at + 1 :]
        return cls(sign, rest[:at].lower(), value)


@dataclass(frozen=True, slots=True)
class Policy:
    """The record of one domain."""

    domain: str
    text: str
    terms: tuple[Term, ...]

    @property
    def end(self) -> str:
        """The sign of `all`: what becomes of servers that nothing names; `""` without one."""
        return next((term.sign for term in self.terms if term.name == "all"), "")


def policies_of(names: Names, domain: str) -> Sequence[Policy]:
    """The SPF records of a domain; more than one is an error of its own (section 3.2)."""
    found = (text.strip() for text in names.texts(domain))
    texts = [t for t in found if t.lower() == "v=spf1" or t.lower().startswith("v=spf1 ")]
    return [Policy(domain, t, tuple(map(Term.parse, t.split()[1:]))) for t in texts]


@dataclass
class Walk:
    """What a receiver goes through; `lookups` counts what it has to ask for."""

    names: Names
    lookups: int = 0
    broken: str = ""  #: what makes the whole record useless (permerror)

    def allows(self, policy: Policy, address: IPAddress) -> bool:
        """Whether a server of that address passes. Walks on to the end, to count all look-ups."""
        passes = [term.sign == "+" for term in self._hits(policy, address)]
        return bool(passes) and passes[0]

    def count(self, policy: Policy) -> int:
        """The look-ups of a server that no mechanism names."""
        self.allows(policy, ipaddress.IPv4Address("192.0.2.255"))
        return self.lookups

    def _hits(self, policy: Policy, address: IPAddress) -> Iterator[Term]:
        for term in policy.terms:
            if self.broken:
                return
            if term.name in (*_ASKS, "redirect"):
                self.lookups += 1
                if self.lookups > MAX_LOOKUPS:
                    self.broken = f"it takes more than {MAX_LOOKUPS} look-ups in the DNS"
                    return
            if self._is_hit(policy, term, address):
                yield term
        redirect = next((t.value for t in policy.terms if t.name == "redirect"), "")
        if redirect and not policy.end and not self.broken and (further := self._at(redirect)):
            yield from self._hits(further, address)

    def _is_hit(self, policy: Policy, term: Term, address: IPAddress) -> bool:
        match term.name:
            case "all":
                return True
            case "ip4" | "ip6":
                return self._within(term.value, address)
            case "include":
                further = self._at(term.value)
                return further is not None and self.allows(further, address)
            case "a" | "mx":
                return address in self._hosts(policy, term)
            case _:
                return False

    def _at(self, domain: str) -> Policy | None:
        if "%" in domain:
            return None  # a macro is filled in for each message
        found = policies_of(self.names, domain)
        if len(found) != 1:
            self.broken = f"{domain} has {'no' if not found else 'more than one'} SPF record"
            return None
        return found[0]

    def _within(self, network: str, address: IPAddress) -> bool:
        try:
            return address in ipaddress.ip_network(network, strict=False)
        except ValueError:
            self.broken = f"{network!r} is no network"
            return False

    def _hosts(self, policy: Policy, term: Term) -> set[IPAddress]:
        domain = term.value.partition("/")[0] or policy.domain
        hosts = [domain] if term.name == "a" else self.names.mail_hosts(domain)
        found = (each for host in hosts[:MAX_LOOKUPS] for each in self.names.addresses(host))
        return {ipaddress.ip_address(each) for each in found}


def with_servers(policy: Policy | None, mechanisms: Sequence[str]) -> str:
    """The record that names these too, before its `all`; a new one where there is none."""
    if policy is None:
        return " ".join(["v=spf1", *mechanisms, "~all"])
    words = policy.text.split()
    last = next((n for n, w in enumerate(words) if w.lower().lstrip("+-~?") == "all"), len(words))
    return " ".join([*words[:last], *mechanisms, *words[last:]])
