"""Many files at once: each processor of the machine takes its share of them."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TypeVar

Order = TypeVar("Order")
Done = TypeVar("Done")

#: Fewer files are done before a second process has started.
MANY = 24
#: Before garbage is looked for: thousands of small objects are made for each file, and few stay.
_ALLOCATIONS = 50_000
#: More processes wait for the disk and for each other.
MOST_PROCESSES = 8


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _settle() -> None:
    """A process that works through many files looks for rings of garbage less often."""
    gc.set_threshold(_ALLOCATIONS)


def in_processes(
    work: Callable[[Order, Sequence[Path]], Sequence[Done]], order: Order, paths: Sequence[Path]
) -> Iterator[Done] | None:
    """What `work` makes of each path, in their order; None where more processes do not help.

    `work` is a function of a module, and `order` can be pickled; each process calls it for
    several shares.
    """
    workers = min(processors(), MOST_PROCESSES, 2 * len(paths) // MANY)
    if len(paths) < MANY or workers < 2:
        return None
    # Few files, few processes: who has one issue does not pay for these.
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415
    from multiprocessing import get_context  # noqa: PLC0415

    share = max(1, len(paths) // (workers * 4))
    shares = [paths[at : at + share] for at in range(0, len(paths), share)]
    try:
        # A fresh interpreter: a fork would share open databases and threads.
        with ProcessPoolExecutor(workers, get_context("spawn"), _settle) as pool:
            return chain.from_iterable(list(pool.map(work, [order] * len(shares), shares)))
    except (OSError, BrokenProcessPool):
        return None  # no room for more processes: one can do it as well
