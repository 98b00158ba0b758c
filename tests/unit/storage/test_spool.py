"""Clicks on their way: none is lost and none is told twice, whoever dies in between."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.storage.spool import Click, Spool

LINK = "0123456789abcd"


def click(number: int, *, machine: bool = False) -> Click:
    return Click.new(number, LINK, 1_764_000_000 + number, machine=machine)


def all_of(spool: Spool) -> list[Click]:
    found: list[Click] = []
    assert spool.take(found.extend) == 0
    return found


@given(st.integers(1, 2**60), st.integers(0, 2**40), st.booleans())
def test_a_line_reads_back(delivery: int, at: int, machine: bool) -> None:
    made = Click.new(delivery, LINK, at, machine=machine)
    assert Click.read(made.line.strip("\n")) == made


@given(st.text(max_size=80))
def test_no_line_of_others_is_a_click_or_an_error(text: str) -> None:
    found = Click.read(text)
    assert found is None or found.line.strip("\n") == text or found.key in text


def test_what_was_added_is_taken_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "clicks")
    assert all_of(spool) == []
    added = [click(n) for n in range(3)]
    for one in added:
        spool.add(one)

    assert all_of(spool) == added
    assert all_of(spool) == []
    assert spool.is_empty
    assert (spool.folder.stat().st_mode & 0o777) == 0o700


def test_what_the_books_refuse_is_told_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "clicks")
    first, second = click(1), click(2)
    spool.add(first)

    def refuse(_: Sequence[Click]) -> None:
        spool.add(second)
        raise RuntimeError("the database is away")

    with pytest.raises(RuntimeError):
        spool.take(refuse)
    assert sorted(c.delivery for c in all_of(spool)) == [1, 2]


def test_a_line_that_was_cut_off_costs_no_other(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "clicks")
    before, after = click(1), click(2)
    spool.add(before)
    with (spool.folder / "clicks").open("a") as file:
        file.write(click(3).line[:20])
    spool.add(after)

    found: list[Click] = []
    assert spool.take(found.extend) == 1
    assert found == [before, after]


def test_a_full_disk_is_an_error_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path / "clicks")
    spool.add(click(1))
    whole = os.write
    monkeypatch.setattr("composer.storage.spool.os.write", lambda file, line: whole(file, line[:9]))
    with pytest.raises(OSError, match="only 9 bytes"):
        spool.add(click(2))
    monkeypatch.undo()
    spool.add(click(3))
    found: list[Click] = []
    assert spool.take(found.extend) == 1
    assert [c.delivery for c in found] == [1, 3]


def test_a_writer_that_meets_a_file_being_read_takes_the_next(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "clicks")
    spool.add(click(1))
    late = click(2)
    seen: list[Click] = []

    def book(found: Sequence[Click]) -> None:
        seen.extend(found)
        if late not in seen and len(seen) == 1:
            spool.add(late)  # while the lock is held: it must neither wait nor be lost

    spool.take(book)
    spool.take(book)
    assert [c.delivery for c in seen] == [1, 2]


def _write(folder: Path, first: int, count: int, ready: threading.Barrier) -> None:
    ready.wait()
    spool = Spool(folder)
    for number in range(first, first + count):
        spool.add(click(number))


def _take_and_die(folder: Path, told: Path) -> None:
    def book(found: Sequence[Click]) -> None:
        with told.open("a") as file:
            file.writelines(f"{c.key}\n" for c in found)
        os.kill(os.getpid(), signal.SIGKILL)

    Spool(folder).take(book)


def test_writers_and_readers_that_are_killed_lose_nothing_between_them(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    folder, told = tmp_path / "clicks", tmp_path / "told"
    ready = context.Barrier(4)
    writers = [
        context.Process(target=_write, args=(folder, 1 + n * 400, 400, ready)) for n in range(3)
    ]
    for one in writers:
        one.start()
    ready.wait()
    kills = 0
    while any(one.is_alive() for one in writers) or kills < 3:
        dying = context.Process(target=_take_and_die, args=(folder, told))
        dying.start()
        dying.join()
        kills += dying.exitcode == -signal.SIGKILL
        if not any(one.is_alive() for one in writers) and kills == 0:
            break
    for one in writers:
        one.join()

    rest = all_of(Spool(folder))

    # Whoever died had not told the file that it is done: all of it is told again.
    assert sorted(c.delivery for c in rest) == list(range(1, 1201))
    assert len({c.key for c in rest}) == 1200
    assert set(told.read_text().split()) <= {c.key for c in rest}
