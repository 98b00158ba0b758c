"""Server-sent events: every open page learns that files have changed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

#: A page that has not heard for so long asks again; proxies and sleeping machines cut silence.
BEAT_S = 15.0
#: More open pages than these: the oldest is let go, and asks again if it is still there.
MAX_LISTENERS = 32
#: A page that does not read keeps this many; it only needs the last.
MAX_WAITING = 8


class Stream:
    """One place that tells, many pages that listen; ends all of them at once when told to."""

    def __init__(self) -> None:
        self._queues: dict[asyncio.Queue[str | None], None] = {}  # in the order of their coming
        self.ended = False

    def tell(self, event: str, content: object) -> None:
        """Send `content` to every page that listens."""
        for queue in self._queues:
            _put(queue, f"event: {event}\ndata: {json.dumps(content)}\n\n")

    def end(self) -> None:
        """Let every listener go: a server with open streams would not stop."""
        self.ended = True
        for queue in self._queues:
            _put(queue, None)

    async def listen(self, first: Callable[[], object]) -> AsyncIterator[str]:
        """What is told from now on; what `first` gives is said at once.

        `first` is asked once we listen: a change between the two would be told to nobody.
        """
        queue: asyncio.Queue[str | None] = asyncio.Queue(MAX_WAITING)
        if len(self._queues) >= MAX_LISTENERS:
            oldest = next(iter(self._queues))
            del self._queues[oldest]
            _put(oldest, None)
        self._queues[queue] = None
        try:
            yield f"retry: 500\nevent: hello\ndata: {json.dumps(first())}\n\n"
            while not self.ended:
                try:
                    told = await asyncio.wait_for(queue.get(), BEAT_S)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if told is None:
                    return
                yield told
        finally:
            self._queues.pop(queue, None)


def _put(queue: asyncio.Queue[str | None], told: str | None) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(told)
