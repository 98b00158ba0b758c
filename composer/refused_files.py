"""Files that the system refuses: what to try, and paths that lead in a circle."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_HINTS = {
    errno.ENOSPC: "the disk is full: make room, and run it again",
    errno.EDQUOT: "your share of the disk is used up: make room, and run it again",
    errno.EROFS: "nothing can be written there: work in another folder, or mount it for writing",
    errno.EACCES: "look at its owner and permissions",
    errno.EPERM: "look at its owner and permissions",
    errno.ENOENT: "look at how it is spelled; a folder must be there before what is in it",
    errno.ENOTDIR: "a part of its path is a file and no folder",
    errno.EISDIR: "a folder stands there: name a file",
    errno.EEXIST: "something stands in its place already: move that away, or choose another name",
    errno.ENAMETOOLONG: "no file has such a long name: choose a shorter one",
    errno.ELOOP: "links lead in a circle: ls -l shows where each leads",
    errno.EIO: "the disk does not answer: look into the system's log",
    errno.EMFILE: "too many files are open: ulimit -n says how many may be",
}


def hint_of(error: OSError) -> str:
    """The next thing to try, `""` when nobody knows."""
    return _HINTS.get(error.errno or 0, "")


def real_path(path: Path) -> Path:
    """As `Path.resolve`, which fails in its own way where links lead in a circle.

    Whoever opens the path is refused it, and says why.
    """
    return Path(os.path.realpath(path))


def is_there(path: Path) -> bool:
    """Whether there is something, a link to nowhere too: the reader says what is wrong with it.

    Raises:
        OSError: nobody may look.
    """
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True
