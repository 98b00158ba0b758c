"""How urgent a thread is to the system's scheduler, beside the other threads of its process.

While the ledger takes up the next group it computes for some milliseconds. A thread that has an
answer from a server then waits for its turn on the core, and the server waits for it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from composer.errors import ConfigError

#: The nice value that this process was started with.
OURS = os.getpriority(os.PRIO_PROCESS, 0) if sys.platform == "linux" else 0
#: What is added to it for the ledger: a third of a share where all are busy.
STEP = 5


def ready(threads: ThreadPoolExecutor, count: int) -> None:
    """Begin all of its `count` threads: a thread is as urgent as the one that begins it.

    Raises:
        ConfigError: the system allows no more threads.
    """
    met = threading.Barrier(count)
    try:
        for waiting in [threads.submit(met.wait) for _ in range(count)]:
            waiting.result()
    except RuntimeError as error:
        met.abort()  # or those that are there wait for ever
        raise ConfigError(
            f"the system allows no more threads, and each of {count} connections needs one",
            hint="set fewer connections in newsletter.toml, or raise the limit (ulimit -u)",
        ) from error
    except BaseException:
        met.abort()
        raise


@contextmanager
def less_urgent() -> Iterator[None]:
    """Let this thread stand back behind those that were begun before.

    Linux alone knows a nice value for each thread (setpriority(2), "C library/kernel
    differences"); elsewhere nothing changes. Who lacks the right to become more urgent again stays
    so, and becomes no less urgent the next time.
    """
    if sys.platform != "linux":
        yield
        return
    me = threading.get_native_id()
    was = os.getpriority(os.PRIO_PROCESS, me)
    with suppress(OSError):  # forbidden, in some sandbox: it is a matter of speed alone
        os.setpriority(os.PRIO_PROCESS, me, max(was, OURS + STEP))
    try:
        yield
    finally:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, me, was)
