"""The DNS as the doctor asks it: a port, and what goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from composer.http_client import Silent

__all__ = ["Names", "Silent"]


class Names(Protocol):
    """Each method returns nothing for a name that is not there.

    Raises:
        Silent: no server could be asked, or none had an answer.
    """

    def texts(self, name: str) -> Sequence[str]:
        """TXT records, the strings of each put together (RFC 7208 section 3.3)."""
        ...

    def mail_hosts(self, domain: str) -> Sequence[str]:
        """MX records, the preferred first; `"."` says that the domain takes no mail (RFC 7505)."""
        ...

    def addresses(self, host: str) -> Sequence[str]:
        """A and AAAA records."""
        ...

    def alias(self, name: str) -> str:
        """The target of a CNAME record, without its last dot; `""` when there is none."""
        ...

    def pointers(self, address: str) -> Sequence[str]:
        """PTR records of an IP address."""
        ...
