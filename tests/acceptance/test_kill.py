"""The sender is killed at many moments; a real SMTP server keeps count of what arrived."""

from __future__ import annotations

import csv
import io
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path

import pytest
from tests.servers.smtp_sink import SinkProcess, start_sink

from tests.acceptance.conftest import SiteFolder

READERS = 900
CONNECTIONS = 3
GROUP = 32  # deliveries of one connection: what may be unknown after a crash

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
    with start_sink(tmp_path / "sink", delay_s=0.002) as running:
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
    parser = BytesHeaderParser(policy=default)
    headers = (parser.parsebytes(message) for message in sink.messages())
    return Counter(str(h["To"].addresses[0].addr_spec) for h in headers)


def deliveries(site: SiteFolder) -> dict[str, str]:
    """Address → status, of every line of the ledger."""
    rows = csv.DictReader(io.StringIO(site.run("report", "--format", "csv").out))
    return {row["address"]: row["status"] for row in rows}


def kill_after(process: subprocess.Popen[str], sink: SinkProcess, more: int) -> bool:
    """Kill the sender when the server has taken `more` messages; False when it ended before."""
    aim = sink.count() + more
    while process.poll() is None:
        if sink.count() >= aim:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return True
        time.sleep(0.001)  # polling another process, not waiting for luck
    process.communicate()
    return False


def test_a_sender_killed_at_many_moments_loses_nobody_and_mails_nobody_twice(
    mailing: SiteFolder, sink: SinkProcess
) -> None:
    moments = random.Random(20261120)  # noqa: S311 - a repeatable choice of moments
    kills = 0
    for _ in range(40):
        sender = mailing.start(*SEND)
        if not kill_after(sender, sink, moments.choice([0, 1, 7, 40, 90, 130])):
            break
        kills += 1
        ran = mailing.run("--json", "report")
        if ran.code == 2:
            continue  # killed before anything was frozen
        books = ran.document
        assert books["balanced"]
        assert books["attempting"] <= CONNECTIONS * GROUP
        assert books["unknown"] <= (kills - 1) * CONNECTIONS * GROUP

    assert kills >= 6
    final = mailing.run("--json", "status").document
    assert final["balanced"]
    assert final["planned"] == final["attempting"] == final["deferred"] == 0
    assert final["accepted"] + final["unknown"] == READERS
    there, told = arrived(sink), deliveries(mailing)
    assert set(there.values()) == {1}, "somebody was mailed twice"
    for address, status in told.items():
        if status == "accepted":
            assert there[address] == 1, f"{address} was lost silently"
        else:
            assert status == "unknown"
    assert set(there) <= set(told)

    # A person looks into the server's log and settles the rest.
    for address in [a for a, status in told.items() if status == "unknown"]:
        verdict = "accepted" if there[address] else "resend"
        name = str(final["mailing"])
        assert mailing.run("resolve", name, "--as", verdict, "--only", address).code == 0
    resumed = mailing.run("--json", "resume")
    assert resumed.code == 0, resumed.err
    assert resumed.document["accepted"] == READERS
    assert arrived(sink) == Counter(dict.fromkeys(told, 1))


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_polite_stop_finishes_what_is_in_flight_and_says_how_to_go_on(
    mailing: SiteFolder, sink: SinkProcess, kind: signal.Signals
) -> None:
    sender = mailing.start("--json", *SEND)
    while sink.count() < 50 and sender.poll() is None:
        time.sleep(0.001)
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


def test_a_second_sender_of_the_same_mailing_is_refused(
    mailing: SiteFolder, sink: SinkProcess
) -> None:
    first = mailing.start(*SEND)
    while sink.count() < 20 and first.poll() is None:
        time.sleep(0.001)

    second = mailing.run(*SEND)

    first.communicate(timeout=120)
    assert second.code == 3, second.err
    assert first.returncode == 0
    assert set(arrived(sink).values()) == {1}
    assert len(arrived(sink)) == READERS


def test_the_text_that_was_confirmed_goes_on_after_the_file_was_edited(
    mailing: SiteFolder, sink: SinkProcess
) -> None:
    assert kill_after(mailing.start(*SEND), sink, 100)
    path = mailing.folder / "issues" / "2026-014" / "issue.md"
    path.write_text(path.read_text().replace("nine hours", "TEN HOURS"))

    ran = mailing.run("resume")

    assert ran.code in {0, 1}, ran.err
    assert all(b"TEN HOURS" not in message for message in sink.messages())
