"""One sender of a mailing at a time: a lock that dies with the process that holds it."""

from __future__ import annotations

import fcntl
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from composer.errors import GuardError, Place, StorageError

#: `status` and `report` hold the lock for a moment; a sender holds it to the end.
_PAUSES_S = (0.05, 0.1, 0.2, 0.3)


@contextmanager
def only_sender(database: Path, mailing_id: str, share: str = "") -> Iterator[None]:
    """Hold the lock of `mailing_id`, or of a share of it; the kernel frees it on kill -9 too.

    Whoever sends a share holds the mailing's lock too, together with the senders of others.

    Raises:
        GuardError: another process holds it.
        StorageError: the lock cannot be made.
    """
    path = _path_of(database, mailing_id)
    with _made(path) as whole:
        _take(whole, fcntl.LOCK_SH if share else fcntl.LOCK_EX, mailing_id)
        if share:
            with _made(_path_of_share(path, share)) as own:
                _take(own, fcntl.LOCK_EX, mailing_id)
                yield
            return
        for left in _shares_at(path):
            left.unlink(missing_ok=True)  # nobody holds it, and nobody can take it now
        yield


def _made(path: Path) -> IO[Any]:
    try:
        path.parent.mkdir(exist_ok=True)
        return path.open("a")
    except OSError as error:
        problem = f"no lock can be made: {error.strerror}"
        raise StorageError(problem, place=Place(path.parent)) from error


def _take(file: IO[Any], how: int, mailing_id: str) -> None:
    for pause_s in _PAUSES_S:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except OSError:
            time.sleep(pause_s)
        else:
            return
    raise GuardError(
        f"{mailing_id} is being sent by another process; this one sent nothing",
        hint=f"newsletter status {mailing_id}",
    )


def is_held(database: Path, mailing_id: str) -> bool:
    """Whether a living process sends `mailing_id` or a share; makes nothing to find out."""
    path = _path_of(database, mailing_id)
    return any(map(_is_held, [path, *_shares_at(path)]))


def _is_held(path: Path) -> bool:
    try:
        file = path.open("rb")
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


def _path_of_share(path: Path, share: str) -> Path:
    return path.with_name(f"{path.name}.{share}")


def _shares_at(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.*"))
