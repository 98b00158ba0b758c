"""Many files at once: each processor of the machine takes its share of them."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from composer.garbage import ALLOCATIONS, rarely_collecting

Order = TypeVar("Order")
Done = TypeVar("Done")
Work: TypeAlias = Callable[[Sequence[Path]], Done]

#: Fewer files are done before a second process has started.
MANY = 24
#: Files that wait for each other process; at the end, none is waited for long.
_AHEAD = 3
#: More processes wait for the disk and for each other.
MOST_PROCESSES = 8


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(
    own: Work[Done], begin: Callable[[Order], Work[Done]], order: Order, paths: Sequence[Path]
) -> list[Done]:
    """What is made of `paths`, in their order: of few at once, of many one by one.

    `own` does some in this process, and what `begin` makes of `order` does others elsewhere:
    `begin` is a function of a module, and `order` and what is done can be pickled.
    """
    workers = min(processors(), MOST_PROCESSES, 2 * len(paths) // MANY)
    if len(paths) < MANY or workers < 2:
        return [own(paths)]
    # Few files, few processes: who has one issue does not pay for these.
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415
    from multiprocessing import get_context  # noqa: PLC0415

    pool = ProcessPoolExecutor(workers - 1, get_context(_way()), _started, initargs=(begin, order))
    with pool, rarely_collecting():
        try:
            return _shared_out(own, paths, pool, most_ahead=(workers - 1) * (1 + _AHEAD))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _way() -> str:
    """How a process begins: where that is safe, with all that this one has loaded and parsed.

    A fork would also take the locks that another thread holds, and never give them back.
    """
    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"


def _shared_out(
    own: Work[Done], paths: Sequence[Path], pool: Executor, *, most_ahead: int
) -> list[Done]:
    """The others take the files from the front, this process those at the end."""
    # A future that was cancelled makes a pool that breaks complain: none is made too early.
    futures: list[Future[Done]] = []
    here: list[Done] = []
    while len(futures) + len(here) < len(paths):
        # Where there is no room for more processes, one can do it as well.
        with suppress(BrokenExecutor, OSError), _uninterrupted():
            while sum(not f.done() for f in futures[-most_ahead:]) < most_ahead:
                if len(futures) + len(here) == len(paths):
                    break
                futures.append(pool.submit(_done, paths[len(futures)]))
        if len(futures) + len(here) < len(paths):
            here.append(own([paths[-1 - len(here)]]))
    done = []
    for path, future in zip(paths, futures, strict=False):
        try:
            done.append(future.result())
        except BrokenExecutor:  # it was killed, perhaps for want of memory
            done.append(own([path]))
    return [*done, *reversed(here)]


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """What starts in here hears of Ctrl-C when it has settled, and then ends without a word."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


#: In a process that was started here: what began it, and then what it does.
_BEGIN: ContextVar[tuple[Callable[[Any], Work[Any]], Any]] = ContextVar("_BEGIN")
_WORK: ContextVar[Work[Any]] = ContextVar("_WORK")


def _started(begin: Callable[[Order], Work[Done]], order: Order) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    gc.set_threshold(ALLOCATIONS)
    _BEGIN.set((begin, order))


def _done(path: Path) -> Any:
    work = _WORK.get(None)
    if work is None:
        begin, order = _BEGIN.get()
        work = begin(order)
        _WORK.set(work)
    return work([path])
