"""A DNS server on 127.0.0.1 that knows a few names, as a zone file writes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dnslib import QTYPE, RCODE, RR  # type: ignore[import-untyped]  # has no types
from dnslib.server import (  # type: ignore[import-untyped]  # has no types
    BaseResolver,
    DNSLogger,
    DNSServer,
)


class Zone(BaseResolver):  # type: ignore[misc]  # the library has no types
    """`refusing` names are answered with SERVFAIL."""

    def __init__(self, text: str, refusing: frozenset[str] = frozenset()) -> None:
        self.records = RR.fromZone(text)
        self.refusing = refusing
        self.asked: list[tuple[str, str]] = []

    def resolve(self, request: Any, handler: Any) -> Any:
        del handler
        reply = request.reply()
        name, kind = str(request.q.qname).rstrip(".").lower(), QTYPE[request.q.qtype]
        self.asked.append((name, kind))
        if name in self.refusing:
            reply.header.rcode = RCODE.SERVFAIL
            return reply
        of = [r for r in self.records if str(r.rname).rstrip(".").lower() == name]
        for record in of:
            if QTYPE[record.rtype] == kind:
                reply.add_answer(record)
        if not of:
            reply.header.rcode = RCODE.NXDOMAIN
        return reply


#: All of its words: tests are quiet.
_QUIET = ",".join(f"-{word}" for word in ("request", "reply", "truncated", "error", "recv", "send"))


@contextmanager
def serving(zone: Zone) -> Iterator[str]:
    """`127.0.0.1:PORT`, as `--dns` takes it."""
    server = DNSServer(zone, address="127.0.0.1", port=0, logger=DNSLogger(log=_QUIET))
    tcp = None
    port = server.server.server_address[1]
    try:
        tcp = DNSServer(
            zone, address="127.0.0.1", port=port, tcp=True, logger=DNSLogger(log=_QUIET)
        )
        tcp.start_thread()
        server.start_thread()
        yield f"127.0.0.1:{port}"
    finally:
        for each in (server, tcp):
            if each is not None:
                each.stop()
                each.server.server_close()
