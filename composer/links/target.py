"""A URL taken apart, and refused where no request may be made at all."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from composer.links.answer import Verdict

PORTS = frozenset({80, 443})
MAX_URL_CHARS = 8_000
_DEFAULT_PORT = {"http": 80, "https": 443}
_HOST = re.compile(r"(?=.{1,253}\.?\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?\Z")
_SAFE_IN_PATH = "/%:=&?~+!$,;'@()*[]|"


class Refused(Exception):
    """No request is made for this URL; `reason` continues the sentence "the link …"."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Target:
    """`host` is in ASCII and lower case; `path` has the query, and only ASCII."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def name(self) -> str:
        """The host as TLS and the `Host` header want it: without the root's dot (RFC 6066, 3)."""
        return self.host.rstrip(".")

    @property
    def authority(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == _DEFAULT_PORT[self.scheme] else f"{name}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def parse_target(url: str, ports: frozenset[int] = PORTS) -> Target:
    """The one reading of `url`: what is judged here is what is asked.

    Raises:
        Refused: another scheme, a password, a strange port, no host.
    """
    if len(url) > MAX_URL_CHARS:
        raise Refused(Verdict.DEAD, "is too long")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused(Verdict.DEAD, "cannot be read as a URL") from None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORT:
        raise Refused(Verdict.UNASKED, f"leads to {scheme or 'no'}:, not to http or https")
    if "@" in parts.netloc:
        raise Refused(Verdict.CREDENTIALS, "holds a user name or a password")
    host = _host(parts)
    port = _DEFAULT_PORT[scheme] if port is None else port
    if port not in ports:
        raise Refused(Verdict.UNASKED, f"leads to port {port}")
    path = quote(parts.path or "/", safe=_SAFE_IN_PATH)
    query = f"?{quote(parts.query, safe=_SAFE_IN_PATH)}" if parts.query else ""
    return Target(scheme, host, port, path + query)


def redirected(target: Target, location: str, ports: frozenset[int] = PORTS) -> Target:
    """Where a redirect from `target` leads.

    Raises:
        Refused: as `parse_target`.
    """
    # Servers write raw UTF-8, which http.client reads as Latin-1 (RFC 9110, 5.5).
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return parse_target(urljoin(target.url, location.strip()), ports)
    except ValueError:
        raise Refused(Verdict.DEAD, "redirects to what cannot be read as a URL") from None


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host)) if "%" not in host else _no_host(host)
        except ValueError:
            return _no_host(host)
    if not host.isascii():
        if len(host) > 253:
            return _no_host(host)
        host = _in_ascii(host)
    return host if _HOST.match(host) else _no_host(host)


def _in_ascii(host: str) -> str:
    """As browsers ask for it: IDNA, with ß and ς kept as letters (UTS 46, non-transitional)."""
    labels = host.replace("。", ".").split(".")
    try:
        return ".".join(
            f"xn--{label.encode('punycode').decode()}"
            if "ß" in label or "ς" in label
            else label.encode("idna").decode()
            for label in labels
        ).lower()
    except UnicodeError:
        return _no_host(host)


def _no_host(host: str) -> str:
    raise Refused(Verdict.DEAD, f"has no host that could exist: {host[:80]!r}")
