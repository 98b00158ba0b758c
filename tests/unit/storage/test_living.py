"""Who is surely gone, and of whom nobody can say so."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from composer.storage.living import own_name, surely_gone

SAY = "from composer.storage.living import own_name; print(own_name(), flush=True); input()"


def test_who_lives_is_not_gone_and_who_was_killed_is_even_if_nobody_buried_them() -> None:
    assert len(own_name().encode()) < 64
    assert not surely_gone(own_name())
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", SAY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert name.split()[-2] == str(process.pid)
        assert not surely_gone(name)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert surely_gone(name)
    assert surely_gone(name)


def test_a_number_that_another_process_got_since_is_not_the_one_that_had_it() -> None:
    words = own_name().split()
    assert surely_gone(" ".join([*words[:-1], str(int(words[-1]) + 1)]))


@pytest.mark.parametrize(
    "name", ["", "newsletter", "newsletter sender", "newsletter sender 01234567 999999999 5"]
)
def test_of_other_machines_and_programs_nobody_knows(name: str) -> None:
    assert not surely_gone(name)
