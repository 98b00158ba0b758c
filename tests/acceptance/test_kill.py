"""The sender is killed at many moments; a real SMTP server keeps count of what arrived."""

from __future__ import annotations

import csv
import io
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from composer.providers.smtp.provider import BATCH_SIZE
from composer.sending.stride import FIRST
from tests.acceptance.conftest import SiteFolder
from tests.databases import BOTH
from tests.servers.forked import Forked
from tests.servers.mailbag import readers_of
from tests.servers.smtp_sink import SinkProcess, start_sink

READERS = 400
CONNECTIONS = 3
GROUP = BATCH_SIZE  # deliveries of one connection: what may be unknown after a crash

PROVIDER = """
[provider]
kind = "smtp"
[provider.smtp]
port = {port}
security = "none"
connections = 3
"""


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


SEND = ("send", "2026-014", "--segment", "everyone", "--confirm", f"everyone {READERS}")


def arrived(sink: SinkProcess) -> Counter[str]:
    """How often each reader's message is on the server's disk."""
    return readers_of(sink.messages())


def deliveries(site: SiteFolder) -> dict[str, str]:
    """Address → status, of every line of the ledger."""
    rows = csv.DictReader(io.StringIO(site.run("report", "--format", "csv").out))
    return {row["address"]: row["status"] for row in rows}


def kill_after(process: Forked, sink: SinkProcess, more: int) -> bool:
    """Kill the sender when the server has taken `more` messages; False when it ended before."""
    aim = sink.count() + more
    while process.poll() is None:
        if sink.count() >= aim:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return True
        time.sleep(0.005)  # polling another process, not waiting for luck
    process.communicate()
    return False


def interrupted_send(mailing: SiteFolder, sink: SinkProcess) -> int:
    """Send and kill until nothing is left to do; returns how often it was killed."""
    moments = random.Random(20261120)  # noqa: S311 - a repeatable choice of moments
    for kills in range(30):
        if not kill_after(mailing.start(*SEND), sink, moments.choice([0, 1, 7, 20, 40])):
            return kills
        ran = mailing.run("--json", "report")
        if ran.code == 2:
            continue  # killed before anything was frozen
        books = ran.document
        assert books["balanced"]
        assert books["attempting"] == 0
        assert books["unknown"] <= (kills + 1) * CONNECTIONS * GROUP
    raise AssertionError("it never came to an end")


def settle_by_the_servers_log(
    mailing: SiteFolder, name: str, there: Counter[str], told: dict[str, str]
) -> None:
    """What a person does who can see which messages arrived."""
    unknown = [address for address, status in told.items() if status == "unknown"]
    for verdict, is_there in (("accepted", True), ("resend", False)):
        chosen = [address for address in unknown if bool(there[address]) is is_there]
        if chosen:
            only = [word for address in chosen for word in ("--only", address)]
            assert mailing.run("resolve", name, "--as", verdict, *only).code == 0


def test_a_sender_killed_at_many_moments_loses_nobody_and_mails_nobody_twice(
    mailing: SiteFolder, sink: SinkProcess
) -> None:
    assert interrupted_send(mailing, sink) >= 5

    final = mailing.run("--json", "status").document
    assert final["balanced"]
    assert final["planned"] == final["attempting"] == final["deferred"] == 0
    assert final["accepted"] + final["unknown"] == READERS
    there, told = arrived(sink), deliveries(mailing)
    assert set(there.values()) == {1}, "somebody was mailed twice"
    assert set(there) <= set(told)
    lost = [a for a, status in told.items() if status == "accepted" and not there[a]]
    assert lost == [], "somebody was lost silently"
    assert set(told.values()) <= {"accepted", "unknown"}

    settle_by_the_servers_log(mailing, str(final["mailing"]), there, told)
    resumed = mailing.run("--json", "resume")
    assert resumed.code == 0, resumed.err
    assert resumed.document["accepted"] == READERS
    assert arrived(sink) == Counter(dict.fromkeys(told, 1))


def accepted_on_disk(site: SiteFolder) -> int:
    """What the ledger knows at this moment, read beside the sender."""
    query = "SELECT count(*) FROM deliveries WHERE status = 'accepted'"
    with site.database() as ledger:
        return int(ledger.exec_driver_sql(query).scalar_one())


@pytest.mark.parametrize("site_database", BOTH)
def test_what_was_answered_is_known_before_its_group_is_whole(
    site: SiteFolder, tmp_path: Path
) -> None:
    with start_sink(tmp_path / "slow", delay_s=0.2) as sink:
        site.configure(PROVIDER.format(port=sink.port))
        readers = [f"reader{n}@example.net,Reader {n},reader" for n in range(READERS - 5)]
        assert site.subscribe(readers).code == 0
        sender = site.start(*SEND)
        while not (known := accepted_on_disk(site)) and sender.poll() is None:
            time.sleep(0.005)  # polling another process, not waiting for luck
        sender.send_signal(signal.SIGKILL)
        sender.communicate()

        assert 0 < known <= sink.count() < FIRST
        books = site.run("--json", "report").document
        assert books["accepted"] >= known
        assert books["accepted"] + books["unknown"] == CONNECTIONS * FIRST
        assert books["balanced"]


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_polite_stop_finishes_what_is_in_flight_and_says_how_to_go_on(
    mailing: SiteFolder, sink: SinkProcess, kind: signal.Signals
) -> None:
    sender = mailing.start("--json", *SEND)
    while sink.count() < 50 and sender.poll() is None:
        time.sleep(0.005)
    sender.send_signal(kind)
    out, err = sender.communicate(timeout=60)

    assert sender.returncode == 6, (out, err)
    assert "newsletter resume" in err
    books = mailing.run("--json", "report").document
    assert books["attempting"] == books["unknown"] == 0
    assert 0 < books["accepted"] < READERS
    assert books["accepted"] == sink.count()
    resumed = mailing.run("--json", *SEND)
    assert resumed.code == 0, resumed.err
    assert resumed.document["accepted"] == READERS
    assert set(arrived(sink).values()) == {1}


def test_a_stop_lets_a_slow_server_finish_what_it_has_and_begins_nothing_more(
    site: SiteFolder, tmp_path: Path
) -> None:
    with start_sink(tmp_path / "slow", delay_s=0.5) as sink:
        site.configure(PROVIDER.format(port=sink.port))
        readers = [f"reader{n}@example.net,Reader {n},reader" for n in range(READERS - 5)]
        assert site.subscribe(readers).code == 0
        sender = site.start(*SEND)
        while not sink.count() and sender.poll() is None:
            time.sleep(0.005)  # polling another process, not waiting for luck
        sender.send_signal(signal.SIGINT)
        _, err = sender.communicate(timeout=60)

        assert sender.returncode == 6, err
        books = site.run("--json", "report").document
        assert books["accepted"] == sink.count() < CONNECTIONS * FIRST
        assert books["planned"] == READERS - books["accepted"]
        assert set(arrived(sink).values()) == {1}


def test_a_second_sender_of_the_same_mailing_is_refused(
    mailing: SiteFolder, sink: SinkProcess
) -> None:
    first = mailing.start(*SEND)
    while sink.count() < 20 and first.poll() is None:
        time.sleep(0.005)

    second = mailing.run(*SEND)

    first.communicate(timeout=120)
    assert second.code == 3, second.err
    assert first.returncode == 0
    there = arrived(sink)
    assert set(there.values()) == {1}
    assert len(there) == READERS


def test_the_text_that_was_confirmed_goes_on_after_the_file_was_edited(
    mailing: SiteFolder, sink: SinkProcess
) -> None:
    assert kill_after(mailing.start(*SEND), sink, 100)
    path = mailing.folder / "issues" / "2026-014" / "issue.md"
    path.write_text(path.read_text().replace("nine hours", "TEN HOURS"))

    ran = mailing.run("resume")

    assert ran.code in {0, 1}, ran.err
    assert all(b"TEN HOURS" not in message for message in sink.messages())
