"""An SMTP server that reads as fast as it can, counts and forgets: for measuring a sender.

As a process: python -m tests.servers.counting_sink FOLDER [--names]. With `--names`, the address
of each message's reader stands in FOLDER/taken.txt before the message is answered for.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

_HELLO = b"250-sink\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250 ENHANCEDSTATUSCODES\r\n"
_REPLIES = {b"EHLO": _HELLO, b"DATA": b"354 go on\r\n", b"QUIT": b"221 2.0.0 bye\r\n"}
_END = b"\r\n.\r\n"


class _Conversation(asyncio.Protocol):
    """What has come and is not read yet is in `_held`; of a message only its last bytes."""

    def __init__(self, taken: BinaryIO | None) -> None:
        self._held = b""
        self._in_message = False
        self._taken = taken
        self._to = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink.example.org ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._held += data
        replies: list[bytes] = []
        while self._read(replies):
            pass
        if self._taken:
            self._taken.flush()
        self._transport.write(b"".join(replies))

    def _read(self, replies: list[bytes]) -> bool:
        """Take one command or one message, if it is whole."""
        end = _END if self._in_message else b"\r\n"
        head, found, rest = self._held.partition(end)
        if not found:
            if self._in_message:
                self._held = self._held[-len(_END) :]
            return False
        self._held = rest
        if self._in_message:
            self._in_message = False
            if self._taken:
                self._taken.write(self._to + b"\n")
            replies.append(b"250 2.0.0 queued\r\n")
        else:
            verb = head[:4].upper()
            if verb == b"RCPT":
                self._to = head[head.index(b"<") + 1 : head.rindex(b">")]
            self._in_message = verb == b"DATA"
            replies.append(_REPLIES.get(verb, b"250 2.0.0 ok\r\n"))
        return True


async def _run(names: Path | None) -> None:
    loop = asyncio.get_running_loop()
    with names.open("ab") if names else nullcontext() as taken:
        server = await loop.create_server(lambda: _Conversation(taken), "127.0.0.1", 0, backlog=256)
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="An SMTP server that forgets what it is sent.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--names", action="store_true")
    said = parser.parse_args()
    asyncio.run(_run(said.folder / "taken.txt" if said.names else None))


if __name__ == "__main__":
    main()
