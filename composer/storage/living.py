"""Which process holds something, and whether it is surely gone: asked by others on its machine."""

from __future__ import annotations

import os
import re
from functools import cache
from hashlib import blake2b
from pathlib import Path

_PROC = Path("/proc")
_NAME = re.compile(r"newsletter sender ([0-9a-f]{8}) (\d+) (\d+)")


def own_name() -> str:
    """What names this process, in less than the 64 bytes that PostgreSQL keeps of a name."""
    pid = os.getpid()
    machine, started = _machine(), _started(pid)
    return f"newsletter sender {machine} {pid} {started}" if machine else "newsletter sender"


def surely_gone(name: str) -> bool:
    """Whether the process that `own_name` named was on this machine, and is there no more.

    False wherever that cannot be known: on another machine, in another container, without /proc.
    """
    said = _NAME.fullmatch(name)
    if said is None or said[1] != _machine():
        return False
    return _started(int(said[2])) != int(said[3])


@cache
def _machine() -> str:
    """What stands for this start of the machine and this space of process numbers, if known."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text()
        space = (_PROC / "self/ns/pid").readlink()
    except OSError:
        return ""
    return blake2b(f"{boot} {space}".encode(), digest_size=4).hexdigest()


def _started(pid: int) -> int:
    """When a living process started, in ticks since the machine did; 0 when it is not one."""
    try:
        # The name before the last bracket may hold anything, brackets too.
        words = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if words[0] in {"Z", "X"} else int(words[19])
