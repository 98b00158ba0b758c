"""One request over one connection, to an address that was judged, within one deadline."""

from __future__ import annotations

import errno
import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from composer.links.answer import Verdict
from composer.links.network import Network
from composer.links.networks import IPAddress, why_not_public
from composer.links.target import Refused, Target

CONNECT_S = 5.0
MAX_ADDRESSES = 4
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EHOSTUNREACH})
_UNKNOWN_NAME = frozenset(
    {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME), socket.EAI_FAIL}
)


class Trouble(Exception):
    """No response; `reason` continues the sentence "the link …".

    `again` tells that another try, at once, may well succeed.
    """

    def __init__(self, verdict: Verdict, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason
        self.again = again


class Deadline:
    """A moment of the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._end_s = time.monotonic() + seconds

    def left_s(self) -> float:
        """Raises TimeoutError when nothing is left."""
        left_s = self._end_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s

    def within(self, seconds: float) -> Deadline:
        """`seconds` from now, or this moment if that comes first."""
        return Deadline(min(seconds, self.left_s()))


@dataclass(frozen=True, slots=True)
class Response:
    """`whole` tells whether `body` is all there was; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """`body_bytes` is the most that is read of the body."""

    method: str
    agent: str
    accept: str = "*/*"
    body_bytes: int = 0


def request(network: Network, target: Target, demand: Demand, deadline: Deadline) -> Response:
    """Ask `target` once.

    Raises:
        Refused: one of its addresses is not public.
        Trouble: there is no response.
    """
    addresses = _addresses(network, target)
    try:
        with _connection(network, target, addresses, deadline) as connection:
            return _exchange(connection, target, demand, deadline)
    except ssl.SSLCertVerificationError as error:
        raise Trouble(Verdict.TLS, f"has a bad certificate: {error.verify_message}") from None
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        raise _dropped() from None
    except ssl.SSLError as error:
        what = (error.reason or "no TLS").replace("_", " ").lower()
        raise Trouble(Verdict.TLS, f"does not speak TLS as it should: {what}") from None
    except TimeoutError:
        raise Trouble(Verdict.TIMEOUT, "did not answer in time") from None
    except (OSError, http.client.HTTPException, ValueError):
        raise _dropped() from None


def _dropped() -> Trouble:
    return Trouble(Verdict.UNCLEAR, "dropped the connection", again=True)


def _addresses(network: Network, target: Target) -> Sequence[IPAddress]:
    """Every address of the host, all of them public.

    One private address among public ones is refused too: which of them a reader, or a second
    look-up, would get is a matter of luck.
    """
    try:
        addresses = network.resolver.resolve(target.host, target.port)
    except socket.gaierror as error:
        if error.errno in _UNKNOWN_NAME:
            raise Trouble(
                Verdict.NAMELESS, f"leads to a host that does not exist: {target.name}"
            ) from None
        raise Trouble(
            Verdict.OFFLINE, f"leads to {target.name}, which cannot be looked up just now"
        ) from None
    except (OSError, UnicodeError):
        raise Trouble(
            Verdict.NAMELESS, f"leads to a host that does not exist: {target.name}"
        ) from None
    for address in addresses:
        if why := why_not_public(address):
            shown = f"{target.name} is {address}" if target.name != str(address) else str(address)
            raise Refused(Verdict.PRIVATE, f"leads to {why} ({shown})")
    if not addresses:
        raise Trouble(Verdict.NAMELESS, f"leads to a host that does not exist: {target.name}")
    return addresses


def _connection(
    network: Network, target: Target, addresses: Sequence[IPAddress], deadline: Deadline
) -> socket.socket:
    """To the first address that answers; the name is for TLS alone."""
    connection = _dial(network, target, addresses, deadline)
    if target.scheme == "http":
        return connection
    try:
        connection.settimeout(deadline.left_s())
        return network.trust.wrap_socket(connection, server_hostname=target.name)
    except BaseException:
        connection.close()
        raise


def _dial(
    network: Network, target: Target, addresses: Sequence[IPAddress], deadline: Deadline
) -> socket.socket:
    troubles: list[OSError] = []
    for address in addresses[:MAX_ADDRESSES]:
        try:
            return network.dialer.dial(address, target.port, deadline.within(CONNECT_S).left_s())
        except OSError as error:
            troubles.append(error)
    if all(error.errno in _NO_ROUTE for error in troubles):
        raise Trouble(Verdict.OFFLINE, f"leads to {target.name}, which cannot be reached from here")
    if any(isinstance(error, TimeoutError) for error in troubles):
        raise TimeoutError
    raise Trouble(Verdict.DEAD, f"leads to {target.name}, where nobody answers")


def _exchange(
    connection: socket.socket, target: Target, demand: Demand, deadline: Deadline
) -> Response:
    head = (
        f"{demand.method} {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        f"User-Agent: {demand.agent}",
        f"Accept: {demand.accept}",
        "Accept-Encoding: identity",
        "Connection: close",
        "",
        "",
    )
    connection.settimeout(deadline.left_s())
    connection.sendall("\r\n".join(head).encode("ascii"))
    stream = _Stream(connection, deadline)
    response = http.client.HTTPResponse(stream, method=demand.method)  # type: ignore[arg-type]  # it asks for makefile() alone
    try:
        response.begin()
        headers = {name.lower(): value for name, value in response.headers.items()}
        wanted = demand.body_bytes if response.status == 200 else 0
        body = response.read(wanted + 1) if wanted and demand.method == "GET" else b""
    finally:
        response.close()
    return Response(
        response.status, headers, body[:wanted], whole=bool(wanted) and len(body) <= wanted
    )


class _Stream(io.RawIOBase):
    """A socket's bytes; all reads together have one deadline, however few bytes each brings."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._connection = connection
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
        self._connection.settimeout(self._deadline.left_s())
        return self._connection.recv_into(buffer)
