"""One thread at which all conversations with a server are held, each going on when it can.

Python lets one thread run, and the operating system's calls let go of it several times for each
message: to hash, to send, to wait. A thread for each connection would pay for that with as much
as a signature costs: they wake each other for nothing, and find their data far away. So all
connections are served by one thread, as coroutines: what a server said is dealt with first, and
letters are written while none has said anything. What takes long and needs no Python, or waits
inside a library, is sent aside: to the thread whose batch it is, which has nothing else to do.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from math import inf
from queue import SimpleQueue
from types import coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")

READING, WRITING = select.POLLIN, select.POLLOUT


class Desk:
    """`run` and `close` are for any thread, the rest for the coroutines that are run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._broken: BaseException | None = None
        self._present: set[_Talk[Any]] = set()  #: conversations that have not ended
        self._arrived: deque[_Talk[Any]] = deque()  #: new ones, and those back from an errand
        self._ready: deque[_Talk[Any]] = deque()
        self._patient: deque[_Talk[Any]] = deque()  #: who lets others go first
        self._waiting: dict[int, tuple[_Talk[Any], float]] = {}  #: by socket; until when
        self._late_at = inf  #: nobody has waited for too long before
        self._poll = select.poll()
        self._doorbell: socket.socket
        self._door: socket.socket
        self._asleep = False
        self._talking: _Talk[Any]

    def run(self, work: Coroutine[None, Any, T]) -> T:
        """What `work` comes to; the calling thread waits for it, and runs its errands."""
        talk = _Talk(work)
        with self._lock:
            if self._broken is not None:
                work.close()
                raise self._broken
            self._present.add(talk)
            if self._thread is None:
                self._open()
        self._come(talk)
        while (errand := talk.errands.get()) is not None:
            errand.run()
            self._come(talk)
        return talk.result()

    def close(self) -> None:
        """Let the thread go home when the last conversation has ended. Safe to call twice."""
        with self._lock:
            self._closed = True
            if self._thread is not None:
                self._ring()

    async def aside(self, work: Callable[[], T]) -> T:
        """What `work` comes to, done by the thread that waits for this conversation."""
        errand = _Errand(work)
        self._talking.errands.put(errand)
        await _elsewhere()
        return errand.result()

    async def breath(self) -> None:
        """Let all go first whose server has said something."""
        self._patient.append(self._talking)
        await _elsewhere()

    async def may(self, sock: socket.socket, what: int, within_s: float) -> bool:
        """Wait until one can read from or write to `sock`, or it is gone; False: not in time."""
        number, until = sock.fileno(), time.monotonic() + within_s
        if number < 0:
            return True
        self._waiting[number] = self._talking, until
        self._late_at = min(self._late_at, until)
        self._poll.register(number, what)
        came: bool = await _elsewhere()
        return came

    # --- the thread -------------------------------------------------------------------

    def _open(self) -> None:
        self._doorbell, self._door = socket.socketpair()
        self._doorbell.setblocking(False)
        self._poll.register(self._door, READING)
        self._thread = threading.Thread(target=self._attend, name="smtp", daemon=True)
        self._thread.start()

    def _attend(self) -> None:
        try:
            self._hold_all()
        except BaseException as error:  # noqa: BLE001 - ours; and nobody may wait for ever
            with self._lock:
                self._broken = error
                self._leave()
            for talk in self._present:
                talk.fail(error)

    def _hold_all(self) -> None:
        while not self._is_over():
            self._look()
            if self._patient and not self._ready:
                self._ready.append(self._patient.popleft())
            while self._ready:
                self._go_on(self._ready.popleft())

    def _is_over(self) -> bool:
        with self._lock:
            if self._present or not self._closed:
                return False
            self._leave()
            return True

    def _leave(self) -> None:
        self._thread = None
        self._poll.unregister(self._door)
        self._doorbell.close()
        self._door.close()

    def _look(self) -> None:
        """Find out who can go on; wait for it where nobody has anything to do."""
        self._asleep = True
        busy = self._patient or self._arrived
        wait_s = 0.0 if busy else self._late_at - time.monotonic()
        for number, _ in self._poll.poll(None if wait_s == inf else max(0.0, wait_s) * 1000):
            if number == self._door.fileno():
                self._door.recv(4096)
            else:
                self._wake(number, in_time=True)
        self._asleep = False
        while self._arrived:
            self._ready.append(self._arrived.popleft())
        if time.monotonic() >= self._late_at:
            self._wake_the_late()

    def _wake(self, number: int, *, in_time: bool) -> None:
        self._poll.unregister(number)
        talk, _ = self._waiting.pop(number)
        talk.given = in_time
        self._ready.append(talk)

    def _wake_the_late(self) -> None:
        now_s = time.monotonic()
        for number in [number for number, (_, until) in self._waiting.items() if until <= now_s]:
            self._wake(number, in_time=False)
        self._late_at = min((until for _, until in self._waiting.values()), default=inf)

    def _go_on(self, talk: _Talk[Any]) -> None:
        self._talking = talk
        if talk.goes_on():
            return
        with self._lock:
            self._present.remove(talk)
        talk.errands.put(None)

    def _come(self, talk: _Talk[Any]) -> None:
        self._arrived.append(talk)
        if self._asleep:
            self._ring()

    def _ring(self) -> None:
        with suppress(OSError):  # it rings already, or nobody is there any more
            self._doorbell.send(b"!")


class _Errand(Generic[T]):
    """Something to be done once by another thread, and what it came to."""

    __slots__ = ("_error", "_result", "_work")

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: T
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever asked
            self._error = error

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._result


class _Talk(Generic[T]):
    """A conversation under way."""

    __slots__ = ("_error", "_result", "_work", "errands", "given")

    def __init__(self, work: Coroutine[None, Any, T]) -> None:
        self._work = work
        self._result: T
        self._error: BaseException | None = None
        self.errands: SimpleQueue[_Errand[Any] | None] = SimpleQueue()
        self.given: bool | None = None  #: the answer to what it waited for

    def goes_on(self) -> bool:
        """Let it go on until it waits for something; False: it has ended."""
        try:
            self._work.send(self.given)
        except StopIteration as end:
            self._result = end.value
        except BaseException as error:  # noqa: BLE001 - it belongs to the thread that waits
            self._error = error
        else:
            return True
        return False

    def fail(self, error: BaseException) -> None:
        """Let the thread that waits wait no more."""
        self._error = error
        self.errands.put(None)

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._result


@coroutine
def _elsewhere() -> Generator[None, bool, bool]:
    """Until the desk lets it go on."""
    return (yield)
