"""One sender of a mailing at a time: a lock that dies with the process that holds it."""

from __future__ import annotations

import fcntl
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from composer.errors import GuardError, Place, StorageError

#: `status` and `report` hold the lock for a moment; a sender holds it to the end.
_PAUSES_S = (0.05, 0.1, 0.2, 0.3)


@contextmanager
def only_sender(database: Path, mailing_id: str) -> Iterator[None]:
    """Hold the lock of `mailing_id` beside `database`; the kernel frees it on kill -9 too.

    Raises:
        GuardError: another process holds it.
        StorageError: the lock cannot be made.
    """
    path = _path_of(database, mailing_id)
    try:
        path.parent.mkdir(exist_ok=True)
        file = path.open("a")
    except OSError as error:
        problem = f"no lock can be made: {error.strerror}"
        raise StorageError(problem, place=Place(path.parent)) from error
    with file:
        for pause_s in _PAUSES_S:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                time.sleep(pause_s)
        else:
            raise GuardError(
                f"{mailing_id} is being sent by another process; this one sent nothing",
                hint=f"newsletter status {mailing_id}",
            )
        yield


def is_held(database: Path, mailing_id: str) -> bool:
    """Whether a living process holds the lock of `mailing_id`; makes nothing to find out."""
    try:
        file = _path_of(database, mailing_id).open("rb")
    except OSError:
        return False  # nobody ever took it
    with file:
        try:
            # Shared: two who look are not in each other's way, and a sender tries again.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _path_of(database: Path, mailing_id: str) -> Path:
    name = hashlib.sha256(mailing_id.encode()).hexdigest()[:16]
    return database.with_name(f"{database.name}.locks") / name
