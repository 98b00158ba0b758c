"""Bytes to and from a server: replies line by line, a message without copying it.

Only `OSError` comes out of here: `TimeoutError` when an answer takes too long, another when the
connection is gone.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Sequence
from functools import lru_cache

from composer.providers.smtp.channel import channel_of
from composer.providers.smtp.desk import Desk
from composer.providers.smtp.reply import Reply

END = b".\r\n"

#: RFC 5321 section 4.5.3.1.5 allows 512; real servers write longer ones.
MAX_LINE_BYTES = 8192
MAX_REPLY_BYTES = 65_536  # more than any explanation, and an end of one that never ends

_LINE = re.compile(rb"([0-9]{3})(?:([ -])(.*))?", re.DOTALL)


class Cut(OSError):
    """A message did not leave whole. `perhaps_taken`: its final dot may have, or a part of it."""

    def __init__(self, error: OSError, *, perhaps_taken: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.perhaps_taken = perhaps_taken


class Wire:
    """One connection's two directions; `timeout_s` is for writing."""

    def __init__(self, sock: socket.socket, timeout_s: float, desk: Desk) -> None:
        self._channel = channel_of(sock, desk)
        self._timeout_s = timeout_s
        self._unread = b""

    async def write(self, wire: bytes) -> None:
        await self._send([wire], len(wire), harmless=len(wire))

    async def write_message(self, chunks: Sequence[bytes], size: int, tail: bytes) -> None:
        """A whole message of `size` bytes, and `tail`, which begins with `END`.

        Raises:
            Cut: it did not all leave.
        """
        if self._channel.counts:
            await self._send([*chunks, tail], size + len(tail), harmless=size)
        else:
            await self._send(chunks, size, harmless=size)
            await self._send([tail], len(tail), harmless=-1)

    async def _send(self, chunks: Sequence[bytes], size: int, *, harmless: int) -> None:
        """`harmless` is how much may leave without the server taking a message for whole."""
        given = 0  # what the operating system has taken over
        while given < size:
            try:
                sent = await self._channel.send(chunks, self._timeout_s)
            except OSError as error:
                raise Cut(error, perhaps_taken=given > harmless) from None
            given += sent
            if given < size:
                chunks = _rest(chunks, sent)

    async def reply(self, timeout_s: float) -> Reply:
        """The next reply; its code is -1 when what came is none."""
        end_s = time.monotonic() + timeout_s
        line = await self._line(end_s)
        return _one_line(line) or await self._long_reply(line, end_s)

    async def _long_reply(self, line: bytes, end_s: float) -> Reply:
        code, texts, size = 0, list[bytes](), 0
        while size < MAX_REPLY_BYTES:
            match = _LINE.fullmatch(line)
            if match is None or (texts and int(match[1]) != code):
                return Reply.parse(-1, line)
            code = int(match[1])
            texts.append(match[3] or b"")
            if match[2] != b"-":
                return Reply.parse(code, b"\n".join(texts))
            size += len(line)
            line = await self._line(end_s)
        return Reply.parse(-1, b"an answer without an end")

    async def _line(self, end_s: float) -> bytes:
        """One line without its end, cut off where it is too long."""
        while True:
            line, found, rest = self._unread.partition(b"\n")
            if found:
                self._unread = rest
                return line.removesuffix(b"\r")
            if len(line) > MAX_LINE_BYTES:
                return b"a line that is too long: " + line[:80]
            left_s = end_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("timed out")
            self._unread += await self._channel.read(left_s)

    async def is_quiet(self) -> bool:
        """Whether the server has said nothing that it was not asked for; does not wait."""
        if not self._unread and self._channel.has_news():
            self._unread = await self._channel.read(self._timeout_s)
        return not self._unread

    @property
    def unread(self) -> bytes:
        """What has come beyond the last reply."""
        return self._unread

    def took(self, read: bytes) -> None:
        """The first of it was understood as a whole."""
        self._unread = self._unread[len(read) :]


@lru_cache(maxsize=256)  # a server has few words: `250 2.1.5 Ok` to every recipient
def _one_line(line: bytes) -> Reply | None:
    """A reply that is whole with this line; None when it is another, or none."""
    match = _LINE.fullmatch(line)
    if match is None or match[2] == b"-":
        return None
    return Reply.parse(int(match[1]), match[3] or b"")


def _rest(chunks: Sequence[bytes], sent: int) -> Sequence[bytes]:
    """What is left of `chunks` when so many bytes have gone."""
    for position, chunk in enumerate(chunks):
        if sent < len(chunk):
            return [chunk[sent:], *chunks[position + 1 :]]
        sent -= len(chunk)
    return ()


class Dots:
    """Letters as they travel, one after the other: most of one stands in the next one too."""

    def __init__(self) -> None:
        self._sound: set[bytes] = set()  #: what the last one was made of: no dots needed

    def stuffed(self, chunks: Sequence[bytes]) -> Sequence[bytes]:
        """The message as it travels (RFC 5321 section 4.5.2), ending in CRLF.

        Our messages have no line that begins with a dot; to look is cheap, and being wrong
        would cut a message in two.
        """
        distinct = set(chunks)
        for chunk in distinct.difference(self._sound):
            if b"\n." in chunk or chunk.startswith(b"."):
                return _stuffed(chunks)
        self._sound = distinct
        return chunks if chunks and chunks[-1].endswith(b"\r\n") else _stuffed(chunks)


def _stuffed(chunks: Sequence[bytes]) -> Sequence[bytes]:
    content = b"".join(chunks)
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    return [(b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]]
