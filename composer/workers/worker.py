"""One worker: it takes shares from the queue until it is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable

from composer.site import Site
from composer.workers.chores import Chores
from composer.workers.station import Station


def prepare(site: Site) -> None:
    """Make what workers share, so that what is wrong with it is told before any begins.

    Raises:
        GuardError: another program's queue stands in the database.
    """
    from composer.workers.queue import Queue

    Queue.open(site.database)


def work(site: Site, stop: threading.Event, tell: Callable[[str], None]) -> None:
    """Work until `stop` is set; what is in flight is finished then, and the rest put back.

    On a database that hosts share, deliver what was handed to workers. On one in a file, deliver
    what was scheduled, when it is due.

    Raises:
        GuardError: another program's queue stands in the database.
        StorageError: the database cannot be reached at the start.
    """
    station = Station(site, stop, tell)
    if not site.database.is_shared:
        Chores(station, None).keep_on(stop)
        return
    from composer.workers.queue import Queue

    queue = Queue.open(site.database)
    ended = threading.Event()
    chores = threading.Thread(target=Chores(station, queue).keep_on, args=(ended,), name="chores")
    chores.start()
    try:
        queue.serve(station.deliver, stop, tell)
    finally:
        ended.set()
        chores.join()
