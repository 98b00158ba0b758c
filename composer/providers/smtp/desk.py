"""Where a few threads work at a time, and the others wait without being in the way.

Python lets one thread run, and the operating system's calls let go of it several times for each
message: to hash, to sign, to send, to wait. Threads that all want it back wake each other for
nothing, which costs as much as a signature. So a thread takes a place at the desk to work, and
leaves it whenever it waits for a server or for something that takes long.
"""

from __future__ import annotations

import os
import threading

#: Cores for each place: what one thread does without Python's lock keeps another core busy.
CORES_FOR_A_PLACE = 2


class Desk:
    """`with desk:` is to work there, `with desk.left():` inside it is to wait elsewhere.

    Who is not at the desk need not leave it: then `left` does nothing.
    """

    def __init__(self, places: int) -> None:
        one = places < 2
        self._places = threading.Lock() if one else threading.Semaphore(places)
        self._present: set[int] = set()

    def __enter__(self) -> None:
        self._places.acquire()
        self._present.add(threading.get_ident())

    def __exit__(self, *_: object) -> None:
        self._present.discard(threading.get_ident())
        self._places.release()

    def left(self) -> Absence:
        return Absence(self)

    @property
    def is_mine(self) -> bool:
        """Whether the asking thread is at the desk."""
        return threading.get_ident() in self._present


class Absence:
    """Of one thread, for once."""

    __slots__ = ("_desk", "_was_there")

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._was_there = False

    def __enter__(self) -> None:
        self._was_there = self._desk.is_mine
        if self._was_there:
            self._desk.__exit__()

    def __exit__(self, *_: object) -> None:
        if self._was_there:
            self._desk.__enter__()


def desk_of_this_machine() -> Desk:
    """With as many places as its cores can serve."""
    able = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if able else os.cpu_count() or 1
    return Desk(max(1, cores // CORES_FOR_A_PLACE))
