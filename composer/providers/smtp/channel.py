"""The operating system's side of a connection: the fewest calls that a message can do with.

Nothing here waits by itself: where there is nothing to read, or no room to write, another
conversation goes on.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Sequence
from typing import Protocol

from composer.providers.smtp.desk import READING, WRITING, Desk

_READ_BYTES = 4096
_VECTORS = 512  # at once; systems allow 1024


class Channel(Protocol):
    """Used by one conversation at a time. Out of it comes nothing but `OSError`."""

    @property
    def counts(self) -> bool:
        """Whether `send` may stop half-way, so that it is known what left before an error."""
        ...

    async def read(self, within_s: float) -> bytes:
        """What has come, at least one byte.

        Raises:
            TimeoutError: nothing came within that time.
        """
        ...

    def has_news(self) -> bool:
        """Whether `read` would give something at once, be it that the other side is gone."""
        ...

    async def send(self, chunks: Sequence[bytes], within_s: float) -> int:
        """Give bytes of `chunks` to the system, in their order; say how many it took."""
        ...


class OpenChannel:
    """In clear text."""

    counts = True

    def __init__(self, sock: socket.socket, desk: Desk) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._desk = desk
        self._incoming = select.poll()
        self._incoming.register(sock, READING)

    async def read(self, within_s: float) -> bytes:
        # An answer takes longer than to ask for it: to try first would be in vain.
        if not await self._desk.may(self._sock, READING, within_s):
            raise TimeoutError("timed out")
        return _something(self._sock.recv(_READ_BYTES))

    def has_news(self) -> bool:
        return bool(self._incoming.poll(0))

    async def send(self, chunks: Sequence[bytes], within_s: float) -> int:
        while True:
            try:
                return self._sock.sendmsg(chunks if len(chunks) <= _VECTORS else chunks[:_VECTORS])
            except BlockingIOError:
                if not await self._desk.may(self._sock, WRITING, within_s):
                    raise TimeoutError("timed out") from None


class SealedChannel:
    """Through TLS, where each side may have to read before it can write, and the other way."""

    counts = False

    def __init__(self, sock: ssl.SSLSocket, desk: Desk) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._desk = desk
        self._read = b""

    async def read(self, within_s: float) -> bytes:
        read, self._read = self._read, b""
        while not read:
            try:
                read = _something(self._sock.recv(_READ_BYTES))
            except ssl.SSLWantReadError:
                await self._may(READING, within_s)
            except ssl.SSLWantWriteError:
                await self._may(WRITING, within_s)
        return read

    def has_news(self) -> bool:
        if not self._read:
            try:
                self._read = self._sock.recv(_READ_BYTES)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return False
        return True

    async def send(self, chunks: Sequence[bytes], within_s: float) -> int:
        """All of them: half a TLS record is nothing."""
        whole = memoryview(b"".join(chunks))
        size = len(whole)
        while whole:
            try:
                whole = whole[self._sock.send(whole) :]
            except ssl.SSLWantReadError:
                await self._may(READING, within_s)
            except ssl.SSLWantWriteError:
                await self._may(WRITING, within_s)
        return size

    async def _may(self, what: int, within_s: float) -> None:
        if not await self._desk.may(self._sock, what, within_s):
            raise TimeoutError("timed out")


def channel_of(sock: socket.socket, desk: Desk) -> Channel:
    """Its waits are spent away from `desk`."""
    return SealedChannel(sock, desk) if isinstance(sock, ssl.SSLSocket) else OpenChannel(sock, desk)


def _something(read: bytes) -> bytes:
    if not read:
        raise ConnectionResetError("closed by the server")
    return read
