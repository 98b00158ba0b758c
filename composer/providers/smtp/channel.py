"""The operating system's side of a connection: the fewest calls that a message can do with.

A socket with a timeout asks the system before every read and write whether it may. An open
socket is asked only where there is something to wait for.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Sequence
from typing import Protocol

from composer.providers.smtp.desk import Desk

_READ_BYTES = 4096
_VECTORS = 512  # at once; systems allow 1024


class Channel(Protocol):
    """Used by one thread at a time. Out of it comes nothing but `OSError`."""

    @property
    def counts(self) -> bool:
        """Whether `send` may stop half-way, so that it is known what left before an error."""
        ...

    def read(self, within_s: float) -> bytes:
        """What has come, at least one byte.

        Raises:
            TimeoutError: nothing came within that time.
        """
        ...

    def has_news(self) -> bool:
        """Whether `read` would give something at once, be it that the other side is gone."""
        ...

    def send(self, chunks: Sequence[bytes], within_s: float) -> int:
        """Give bytes of `chunks` to the system, in their order; say how many it took."""
        ...


class OpenChannel:
    """In clear text, where the system has `poll` and vectors."""

    counts = True

    def __init__(self, sock: socket.socket, desk: Desk) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._desk = desk
        self._incoming = select.poll()
        self._incoming.register(sock, select.POLLIN)
        self._outgoing = select.poll()
        self._outgoing.register(sock, select.POLLOUT)

    def read(self, within_s: float) -> bytes:
        if not self._incoming.poll(0):
            with self._desk.left():
                came = self._incoming.poll(within_s * 1000)
            if not came:
                raise TimeoutError("timed out")
        return _something(self._sock.recv(_READ_BYTES))

    def has_news(self) -> bool:
        return bool(self._incoming.poll(0))

    def send(self, chunks: Sequence[bytes], within_s: float) -> int:
        while True:
            try:
                return self._sock.sendmsg(chunks if len(chunks) <= _VECTORS else chunks[:_VECTORS])
            except BlockingIOError:
                with self._desk.left():
                    may = self._outgoing.poll(within_s * 1000)
                if not may:
                    raise TimeoutError("timed out") from None


class PlainChannel:
    """Through TLS, and on systems that know no better."""

    counts = False

    def __init__(self, sock: socket.socket, desk: Desk) -> None:
        self._sock = sock
        self._desk = desk
        self._read = b""

    def read(self, within_s: float) -> bytes:
        if self._read:
            read, self._read = self._read, b""
            return read
        self._sock.settimeout(within_s)
        with self._desk.left():
            return _something(self._sock.recv(_READ_BYTES))

    def has_news(self) -> bool:
        if self._read:
            return True
        self._sock.settimeout(0)
        try:
            self._read = self._sock.recv(_READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        return True

    def send(self, chunks: Sequence[bytes], within_s: float) -> int:
        """All of them: half a TLS record is nothing."""
        self._sock.settimeout(within_s)
        whole = b"".join(chunks)
        with self._desk.left():
            self._sock.sendall(whole)
        return len(whole)


def channel_of(sock: socket.socket, desk: Desk) -> Channel:
    """Its waits are spent away from `desk`."""
    able = hasattr(sock, "sendmsg") and hasattr(select, "poll")
    opens = able and not isinstance(sock, ssl.SSLSocket)
    return OpenChannel(sock, desk) if opens else PlainChannel(sock, desk)


def _something(read: bytes) -> bytes:
    if not read:
        raise ConnectionResetError("closed by the server")
    return read
