"""A long way to a server: every byte in both directions arrives later than it left.

As a process: python -m tests.servers.delaying_proxy FOLDER --to PORT --round-trip SECONDS
(FOLDER is not used; it is what the starter of all servers passes.)
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import suppress
from pathlib import Path

_READ_BYTES = 262_144


class DelayingProxy:
    """Order and size are kept; only time passes. Bandwidth is not limited."""

    def __init__(self, to_port: int, round_trip_s: float) -> None:
        self._to_port = to_port
        self._one_way_s = round_trip_s / 2

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_server(
            self._connected, "127.0.0.1", 0, limit=_READ_BYTES, backlog=256
        )

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to_port, limit=_READ_BYTES)
        with suppress(asyncio.CancelledError):  # we end while somebody is connected
            await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Bytes wait in a queue with the time at which they may arrive; `b""` closes."""
        loop = asyncio.get_running_loop()
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def arrive() -> None:
            data = b"-"
            while data:
                due_s, data = await on_the_way.get()
                await asyncio.sleep(due_s - loop.time())
                writer.write(data)
            writer.close()

        arriving = asyncio.create_task(arrive())
        data = b"-"
        while data:
            try:
                data = await reader.read(_READ_BYTES)
            except ConnectionError:
                data = b""
            on_the_way.put_nowait((loop.time() + self._one_way_s, data))
        await arriving


async def _run(options: argparse.Namespace) -> None:
    server = await DelayingProxy(options.to, options.round_trip).serve()
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A long way to a server on this machine.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", type=int, required=True, help="the server's port")
    parser.add_argument("--round-trip", type=float, default=0.05, help="seconds")
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
