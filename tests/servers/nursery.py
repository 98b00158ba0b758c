"""Processes that are forked from one which has read its modules already: quicker than new ones.

`python -P nursery.py SOCKET` reads what `newsletter` may need, does once what most commands do, and
then forks itself for each who asks at SOCKET. What is forked goes on as `python -m MODULE WORD…`:
with a folder, an environment and standard streams of its own, and it ends as an interpreter does.
Options of the interpreter, and how its hashes are salted, are those of the first process.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import resource
import runpy
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path

#: What `newsletter` reads when it does one thing or another, and does not do below.
_ROOMS = (
    "composer.web.preview.app",
    "composer.web.public.door",
    "composer.web.public.server",
    "composer.workers.worker",
    "composer.providers.smtp",
    "psycopg",
)
_MOST_BYTES = 200_000  # of an order: a datagram, which is taken whole or not at all


@dataclass(frozen=True)
class Order:
    """`python -m MODULE WORD…`, in a folder, with an environment."""

    module: str
    words: Sequence[str]
    folder: str
    environ: Mapping[str, str]
    limits: Sequence[tuple[int, int]] = ()  #: resource, most of it


def _get_ready() -> None:
    """Read every module that a command may read, and do once what most of them do."""
    from composer.cli.main import COMMANDS, main

    for module, _, _ in COMMANDS.values():
        importlib.import_module(f"composer.cli.{module}")
    for room in _ROOMS:
        with suppress(ModuleNotFoundError):  # of an extra that was not asked for
            importlib.import_module(room)
    with (
        tempfile.TemporaryDirectory() as folder,
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
    ):
        to = ("2026-014", "--segment", "everyone")
        for words in (
            ("init",),
            ("subscribers", "import", "subscribers.example.csv"),
            ("check",),
            ("send", *to, "--dry-run"),
            ("status",),
        ):
            site = f"{folder}/site"
            start = ["init", site] if words == ("init",) else ["-C", site, *words]
            main(start, standalone_mode=False)
    assert threading.active_count() == 1, threading.enumerate()


def _serve(place: str) -> Order | None:
    """Fork for each order until standard input ends. What was forked returns with its order."""
    woken, wake = socket.socketpair()
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno())
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(place)
    listener.listen(64)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    gc.collect()
    gc.freeze()
    living: dict[int, socket.socket] = {}
    while True:
        ready = select.select([sys.stdin, listener, woken], [], [])[0]
        if woken in ready:
            woken.recv(4096)
            _tell_ends(living)
        if listener in ready:
            asker = listener.accept()[0]
            said, streams, _, _ = socket.recv_fds(asker, _MOST_BYTES, 3)
            if not (pid := os.fork()):
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for ours in (woken, wake, listener, asker, *living.values()):
                    ours.close()
                return _become(Order(**json.loads(said)), streams)
            for stream in streams:
                os.close(stream)
            living[pid] = asker
            with suppress(OSError):
                asker.send(str(pid).encode())
        if sys.stdin in ready:
            return None


def _tell_ends(living: dict[int, socket.socket]) -> None:
    while living:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with living.pop(pid) as asker, suppress(OSError):  # perhaps nobody waits any more
            asker.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(order: Order, streams: Sequence[int]) -> Order:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environ)
    own = order.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [place for place in own if place and place not in sys.path]
    for action in filter(None, order.environ.get("PYTHONWARNINGS", "").split(",")):
        warnings.simplefilter(action)  # type: ignore[arg-type]  # a word that Python knows
    time.tzset()
    for kind, most in order.limits:
        resource.setrlimit(kind, (most, most))
    return order


def _run(order: Order) -> None:
    """To its end, as an interpreter would; only that modules are not taken apart one by one."""
    sys.argv[1:] = order.words
    code = 0
    try:
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        code = end.code or 0
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - as multiprocessing does
    atexit._run_exitfuncs()  # noqa: SLF001 - the same
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _get_ready()
    if asked := _serve(sys.argv[1]):
        _run(asked)
    shutil.rmtree(Path(sys.argv[1]).parent)  # whoever started us may be gone
