"""Many files are shared out among processes: in order, whatever happens to one of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing import parent_process
from pathlib import Path

import pytest

from composer import in_processes as room
from composer.in_processes import MANY, in_processes

PATHS = [Path(str(number)) for number in range(3 * MANY)]
HERE = os.getpid()

Made = tuple[int, list[str]]


def names(paths: Sequence[Path]) -> Made:
    return os.getpid(), [path.name for path in paths]


def begin(order: str) -> Callable[[Sequence[Path]], Made]:
    def work(paths: Sequence[Path]) -> Made:
        if order == "die" and parent_process():
            os.kill(os.getpid(), signal.SIGKILL)
        if order == "fail":
            raise ValueError(order)
        pid, made = names(paths)
        return pid, [f"{order} {name}" for name in made]

    return work


class Own:
    """Does a share here, once another process has done one."""

    def __init__(self, folder: Path | None = None) -> None:
        self.shares = 0
        self.folder = folder

    def __call__(self, paths: Sequence[Path]) -> Made:
        self.shares += 1
        pid, made = names(paths)
        return pid, [f"there {name}" for name in made]


@pytest.fixture(autouse=True)
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "processors", lambda: 2)


def flat(done: Sequence[Made]) -> list[str]:
    return [name for _, made in done for name in made]


def test_what_is_made_is_in_the_order_of_the_files() -> None:
    own = Own()

    done = in_processes(own, begin, "there", PATHS)

    assert flat(done) == [f"there {path.name}" for path in PATHS]
    assert {pid for pid, _ in done} - {HERE}, "another process took nothing"


def test_few_files_are_done_here_and_at_once() -> None:
    own = Own()

    assert in_processes(own, begin, "there", PATHS[: MANY - 1])[0][0] == HERE
    assert own.shares == 1


def test_a_process_that_is_killed_loses_nothing() -> None:
    done = in_processes(Own(), begin, "die", PATHS)

    assert flat(done) == [f"there {path.name}" for path in PATHS]
    assert {pid for pid, _ in done} == {HERE}


def test_what_goes_wrong_in_another_process_goes_wrong_here() -> None:
    with pytest.raises(ValueError, match="fail"):
        in_processes(Own(), begin, "fail", PATHS)


def test_beside_other_threads_a_process_begins_anew() -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        assert room._way() == "spawn"  # noqa: SLF001 - what the platform is asked for
        done = in_processes(Own(), begin, "there", PATHS)
    finally:
        release.set()
        thread.join()

    assert flat(done) == [f"there {path.name}" for path in PATHS]


INTERRUPTED = """
import os, signal, sys, time
from pathlib import Path
from composer import in_processes as room

room.processors = lambda: 2
PARENT = os.getpid()

def begin(order):
    def work(paths):
        os.write(1, b"begun\\n")  # in one piece: two processes write here
        time.sleep(600)
    return work

def own(paths):
    os.write(1, b"here\\n")
    time.sleep(600)

room.in_processes(own, begin, "", [Path(str(n)) for n in range(100)])
"""


def test_ctrl_c_ends_all_of_them_and_each_without_a_word() -> None:
    process = subprocess.Popen(  # noqa: S603 - our own Python
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert {process.stdout.readline(), process.stdout.readline()} == {"begun\n", "here\n"}

    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, said = process.communicate(timeout=60)

    assert process.returncode == -signal.SIGINT
    assert said.count("Traceback") == 1  # this script's own: the command line has a sentence
    assert "Process" not in said
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
