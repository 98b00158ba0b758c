"""Three workers and PostgreSQL: one is killed, one is added, the server restarts in mid-send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from composer.model.settings import SmtpSettings
from composer.providers.smtp import SmtpProvider
from tests.servers.fleet import Hosts, hosts, until
from tests.servers.forked import Nursery
from tests.servers.postgres import Server, own_server

READERS = 4_000
CONNECTIONS = 2
#: A group of each connection of the one that is killed; and as much may be lost sight of when
#: the server falls between an intent and its confirmation.
MOST_UNKNOWN = 2 * CONNECTIONS * SmtpProvider(SmtpSettings()).capabilities.batch_size


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Of this module alone: it is stopped."""
    with own_server() as own:
        yield own


def test_everybody_gets_it_once_or_is_listed_as_unknown(
    tmp_path: Path, server: Server, nursery: Nursery
) -> None:
    # So slow that a worker is seen at work before all is done, on any machine.
    pace = '[limits.providers]\nsmtp = "500/s"\n'
    with hosts(tmp_path, server, READERS, more=pace, nursery=nursery) as fleet:
        for name in ("one", "two", "three"):
            fleet.start_worker(name)
        until("three workers", lambda: fleet.started() == 3)
        sent = fleet.run(
            "desk", "send", "2026-017", "--segment", "everyone", "--confirm", f"everyone {READERS}"
        )
        assert sent.returncode == 0, sent.stderr
        assert "messages wait for workers" in sent.stdout

        killed = _kill_one_at_work(fleet)
        fleet.start_worker("four")
        # Who begins while there is no server is told so, and ends.
        until("a fourth worker", lambda: fleet.knows("four"))
        until("half of it", lambda: fleet.count() >= READERS // 2)
        server.stop()
        server.start()
        until("the end", fleet.is_done)

        lines, taken = fleet.lines(), Counter(fleet.taken())
        assert len(lines) == READERS
        assert set(lines.values()) <= {"accepted", "unknown"}
        assert set(taken.values()) == {1}, "nobody gets it twice"
        assert all(address in taken for address, status in lines.items() if status == "accepted")
        unknown = [address for address, status in lines.items() if status == "unknown"]
        assert len(unknown) <= MOST_UNKNOWN
        assert set(lines) - set(taken) <= set(unknown), "nobody is lost silently"
        report = fleet.status()
        assert report["balanced"] is True
        assert report["state"] == "done"
        fleet.drain()
        assert fleet.started() == (1 if killed else 0)
        for name in ("two", "three", "four"):
            if fleet.workers[name].returncode != -9:
                assert fleet.workers[name].returncode == 0, fleet.log(name)
            assert "Traceback" not in fleet.log(name)


def test_pause_resume_cancel_and_limits_reach_every_worker(tmp_path: Path, server: Server) -> None:
    limit = '[limits.providers]\nsmtp = "50/s"\n'
    with hosts(tmp_path, server, 2_000, database="asked", more=limit) as fleet:
        for name in ("one", "two"):
            fleet.start_worker(name)
        until("two workers", lambda: fleet.started() == 2)
        sent = fleet.run(
            "desk", "send", "2026-017", "--segment", "everyone", "--confirm", "everyone 2000"
        )
        assert sent.returncode == 0, sent.stderr
        assert "2 workers are at work" in sent.stderr
        until("both at work", lambda: len(fleet.busy()) == 2)
        assert len(fleet.status()["workers"]) == 2

        assert fleet.run("desk", "pause").returncode == 0
        until("a pause", lambda: fleet.status()["state"] == "paused")
        held = fleet.count()
        assert held < 2_000

        assert "wait for workers" in fleet.run("desk", "resume", "--rate", "2400/min").stdout
        assert fleet.status()["rate"] == "2400/min"
        assert fleet.count() >= held
        until("more of it", lambda: fleet.count() > held)
        assert fleet.run("desk", "pause").returncode == 0
        until("another pause", lambda: fleet.status()["state"] == "paused")
        left = fleet.statuses()["planned"]
        ended = fleet.run("desk", "cancel", "--confirm", f"everyone {left}")
        assert ended.returncode == 0, ended.stderr
        report = fleet.status()
        assert report["state"] == "cancelled"
        assert report["balanced"] is True
        assert report["excluded"]["cancelled"] == left
        assert report["accepted"] == fleet.count() == len(set(fleet.taken()))
        fleet.drain()
        assert [fleet.workers[name].returncode for name in ("one", "two")] == [0, 0]


def _kill_one_at_work(fleet: Hosts) -> str:
    """Kill a worker that has a share in hand; its host."""
    until("a worker at work", lambda: bool(fleet.busy()))
    pids = {process.pid: name for name, process in fleet.workers.items()}
    pid = next(iter(fleet.busy()))
    fleet.workers[pids[pid]].kill()
    fleet.workers[pids[pid]].wait()
    return pids[pid]
