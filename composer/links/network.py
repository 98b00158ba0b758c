"""The network as a port: names are looked up here, and connections made, by nobody else."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Protocol

from composer.links.networks import IPAddress


class Resolver(Protocol):
    """Names to addresses."""

    def resolve(self, host: str, port: int) -> Sequence[IPAddress]:
        """Every address of `host`, the one to try first first.

        Raises:
            OSError: there is none; `socket.gaierror` tells why.
        """
        ...


class Dialer(Protocol):
    """Addresses to connections; never looks up a name."""

    def dial(self, address: IPAddress, port: int, timeout_s: float) -> socket.socket:
        """A connection to that very address.

        Raises:
            OSError: nobody answers, or not in time.
        """
        ...


class SystemResolver:
    """Asks as every program of this machine does; also reads `0x7f.1` and `2130706433`."""

    def resolve(self, host: str, port: int) -> Sequence[IPAddress]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0])) for entry in found))


class SystemDialer:
    """TCP, directly: proxies of the environment are not used.

    A proxy would look the name up by itself, and what was judged here would not be what is
    asked there.
    """

    def dial(self, address: IPAddress, port: int, timeout_s: float) -> socket.socket:
        family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout_s)
            connection.connect((str(address), port))
        except BaseException:
            connection.close()
            raise
        return connection


@dataclass(frozen=True, slots=True)
class Network:
    """`trust` verifies certificates."""

    resolver: Resolver = field(default_factory=SystemResolver)
    dialer: Dialer = field(default_factory=SystemDialer)
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)
