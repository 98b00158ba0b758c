"""Bytes to and from a server: replies line by line, a message without copying it.

Only `OSError` comes out of here: `TimeoutError` when an answer takes too long, another when the
connection is gone.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Sequence
from functools import lru_cache

from composer.providers.smtp.reply import Reply

END = b".\r\n"

#: RFC 5321 section 4.5.3.1.5 allows 512; real servers write longer ones.
MAX_LINE_BYTES = 8192
MAX_REPLY_BYTES = 65_536  # more than any explanation, and an end of one that never ends

_READ_BYTES = 4096
_VECTORS = 512  # at once; systems allow 1024
_LINE = re.compile(rb"([0-9]{3})(?:([ -])(.*))?", re.DOTALL)


class Cut(OSError):
    """A message did not leave whole. `perhaps_taken`: its final dot may have, or a part of it."""

    def __init__(self, error: OSError, *, perhaps_taken: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.perhaps_taken = perhaps_taken


class Wire:
    """One connection's two directions; `timeout_s` is for writing."""

    def __init__(self, sock: socket.socket, timeout_s: float) -> None:
        self._sock = sock
        self._timeout_s = timeout_s
        self._unread = b""
        self._vectors = hasattr(sock, "sendmsg") and not isinstance(sock, ssl.SSLSocket)

    def write(self, wire: bytes) -> None:
        self._sock.settimeout(self._timeout_s)
        self._sock.sendall(wire)

    def write_message(self, chunks: Sequence[bytes], tail: bytes) -> None:
        """A whole message, and `tail`, which begins with `END`.

        Raises:
            Cut: it did not all leave.
        """
        self._sock.settimeout(self._timeout_s)
        if self._vectors:
            self._write_vectors([*chunks, tail], sum(map(len, chunks)))
            return
        try:
            self._sock.sendall(b"".join(chunks))
        except OSError as error:
            raise Cut(error, perhaps_taken=False) from None
        try:
            self._sock.sendall(tail)
        except OSError as error:
            raise Cut(error, perhaps_taken=True) from None

    def _write_vectors(self, chunks: list[bytes], message_bytes: int) -> None:
        given = 0  # what the operating system has taken over
        while chunks:
            try:
                sent = self._sock.sendmsg(chunks[:_VECTORS])
            except OSError as error:
                raise Cut(error, perhaps_taken=given > message_bytes) from None
            given += sent
            whole = 0
            while whole < len(chunks) and sent >= len(chunks[whole]):
                sent -= len(chunks[whole])
                whole += 1
            del chunks[:whole]
            if sent:
                chunks[0] = chunks[0][sent:]

    def reply(self, timeout_s: float) -> Reply:
        """The next reply; its code is -1 when what came is none."""
        end_s = time.monotonic() + timeout_s
        code, texts, size = 0, list[bytes](), 0
        while size < MAX_REPLY_BYTES:
            line = self._line(end_s)
            match = _LINE.fullmatch(line)
            if match is None or (texts and int(match[1]) != code):
                return Reply.parse(-1, line)
            code = int(match[1])
            texts.append(match[3] or b"")
            if match[2] != b"-":
                return Reply.parse(code, b"\n".join(texts))
            size += len(line)
        return Reply.parse(-1, b"an answer without an end")

    def _line(self, end_s: float) -> bytes:
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
            self._sock.settimeout(left_s)
            self._unread += self._read()

    def _read(self) -> bytes:
        read = self._sock.recv(_READ_BYTES)
        if not read:
            raise ConnectionResetError("closed by the server")
        return read

    def is_quiet(self) -> bool:
        """Whether the server has said nothing that it was not asked for; does not wait."""
        if self._unread:
            return False
        self._sock.settimeout(0)
        try:
            self._unread = self._read()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        return False

    @property
    def unread(self) -> bytes:
        """What has come beyond the last reply."""
        return self._unread


def dot_stuffed(chunks: Sequence[bytes]) -> Sequence[bytes]:
    """The message as it travels (RFC 5321 section 4.5.2), ending in CRLF.

    Our messages have no line that begins with a dot; to look is cheap, and being wrong
    would cut a message in two.
    """
    if not any(map(_may_need_dots, chunks)) and chunks and chunks[-1].endswith(b"\r\n"):
        return chunks
    content = b"".join(chunks)
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    return [(b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]]


@lru_cache(maxsize=1024)  # most pieces of a message are the same objects in the next one
def _may_need_dots(chunk: bytes) -> bool:
    return chunk.startswith(b".") or b"\n." in chunk
