"""One mailing by several processes: the same books, whatever becomes of one of them."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from composer.storage.shares import LEAST
from tests.acceptance.conftest import SiteFolder
from tests.servers.forked import Forked
from tests.servers.mailbag import readers_of
from tests.servers.smtp_sink import SinkProcess, start_sink

READERS = 2 * LEAST
GENEROUS_S = 60.0

PROVIDER = """
[sending]
processes = 2
[provider]
kind = "smtp"
[provider.smtp]
port = {port}
security = "none"
connections = 2
"""
SEND = ("send", "2026-014", "--segment", "everyone", "--confirm", f"everyone {READERS}")


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkProcess]:
    with start_sink(tmp_path / "sink", delay_s=0.001) as running:
        yield running


@pytest.fixture
def mailing(site: SiteFolder, sink: SinkProcess) -> SiteFolder:
    site.configure(PROVIDER.format(port=sink.port))
    ran = site.subscribe([f"reader{n}@example.net,Reader {n},reader" for n in range(READERS - 5)])
    assert ran.code == 0, ran.err
    return site


def arrived(sink: SinkProcess) -> Counter[str]:
    """How often each reader's message is on the server's disk."""
    return readers_of(sink.messages())


def hands_of(process: Forked) -> list[int]:
    """The other processes that `process` has deliver."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            parent = next(
                line.split()[1] for line in status.read_text().splitlines() if "PPid" in line
            )
            words = (status.parent / "cmdline").read_bytes().split(b"\0")
        except (OSError, StopIteration):
            continue
        if parent == str(process.pid) and b"composer.workers.hand" in words:
            found.append(int(status.parent.name))
    return found


def underway(process: Forked, sink: SinkProcess, at_least: int) -> list[int]:
    """The hands of `process`, once there are some and so many messages have arrived."""
    end_s = time.monotonic() + GENEROUS_S
    hands: list[int] = []
    while process.poll() is None and time.monotonic() < end_s:
        hands = hands or hands_of(process)
        if hands and sink.count() >= at_least:
            return hands
        time.sleep(0.01)  # polling another process, not waiting for luck
    pytest.fail("it ended before anything could be done to it")


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # A child of nobody is a zombie until somebody looks.
    return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()


def test_a_hand_that_is_killed_leaves_what_it_had_to_the_others(
    mailing: SiteFolder, sink: SinkProcess
) -> None:
    sender = mailing.start("--json", *SEND)
    (hand,) = underway(sender, sink, 60)
    os.kill(hand, signal.SIGKILL)
    out, err = sender.communicate(timeout=GENEROUS_S)

    books = mailing.run("--json", "report").document
    assert books["balanced"], (out, err)
    assert books["planned"] == books["attempting"] == 0
    assert books["accepted"] + books["unknown"] == READERS
    assert sender.returncode == (1 if books["unknown"] else 0), (out, err)
    there = arrived(sink)
    assert set(there.values()) == {1}
    assert len(there) >= books["accepted"]


def test_all_of_them_finish_what_they_have_when_asked_to_stop(
    mailing: SiteFolder, sink: SinkProcess
) -> None:
    sender = mailing.start("--json", *SEND)
    hands = underway(sender, sink, 40)
    sender.send_signal(signal.SIGTERM)
    out, err = sender.communicate(timeout=GENEROUS_S)

    assert sender.returncode == 6, (out, err)
    assert all(map(gone, hands))
    books = mailing.run("--json", "report").document
    assert books["attempting"] == books["unknown"] == 0
    assert books["accepted"] == sink.count() < READERS
    resumed = mailing.run("--json", "resume")
    assert resumed.code == 0, resumed.err
    there = arrived(sink)
    assert set(there.values()) == {1}
    assert len(there) == READERS


def test_without_the_one_that_hands_out_the_others_end_by_themselves(
    mailing: SiteFolder, sink: SinkProcess
) -> None:
    sender = mailing.start(*SEND)
    hands = underway(sender, sink, 40)
    sender.kill()
    sender.communicate()
    end_s = time.monotonic() + GENEROUS_S
    while not all(map(gone, hands)) and time.monotonic() < end_s:
        time.sleep(0.01)  # polling another process, not waiting for luck

    assert all(map(gone, hands))
    ran = mailing.run("--json", "resume", "--processes", "1")
    assert ran.document["accepted"] + ran.document["unknown"] == READERS
    assert ran.document["balanced"]
    assert set(arrived(sink).values()) == {1}


def test_a_mailing_that_is_paused_meanwhile_stops_in_all_of_them(
    mailing: SiteFolder, sink: SinkProcess
) -> None:
    sender = mailing.start(*SEND)
    hands = underway(sender, sink, 20)
    assert mailing.run("pause").code == 0
    sender.communicate(timeout=GENEROUS_S)

    assert all(map(gone, hands))
    books = mailing.run("--json", "report").document
    assert books["balanced"]
    assert books["attempting"] == 0
    resumed = mailing.run("--json", "resume")
    assert resumed.document["accepted"] == READERS
    assert set(arrived(sink).values()) == {1}


def test_what_stops_one_of_them_is_told_as_if_there_were_one(
    mailing: SiteFolder, sink: SinkProcess
) -> None:
    mailing.configure(PROVIDER.format(port=1))

    ran = mailing.run("--json", *SEND)

    assert ran.code == 5, (ran.out, ran.err)
    assert mailing.run("status").code != 0 or "planned" not in mailing.run("status").out
