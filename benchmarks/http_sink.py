"""An HTTP server that reads a request, says 202 and forgets: for measuring who sends to it.

As a process: python -m benchmarks.http_sink FOLDER
"""

from __future__ import annotations

import asyncio
import sys

_HEAD_END = b"\r\n\r\n"
_ANSWER = (
    b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nX-Message-Id: sink\r\nConnection: close\r\n\r\n"
)


class _Request(asyncio.Protocol):
    """One for each connection, as the SDK opens one for each request."""

    def __init__(self) -> None:
        self._head = b""
        self._left = -1  #: bytes of the body; -1 until the head is whole

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            self._head += data
            head, found, data = self._head.partition(_HEAD_END)
            if not found:
                return
            lengths = [
                int(line.partition(b":")[2])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ]
            self._left = lengths[0] if lengths else 0
        self._left -= len(data)
        if self._left <= 0:
            self._transport.write(_ANSWER)
            self._transport.close()


async def _run() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Request, "127.0.0.1", 0, backlog=256)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_run())
