"""`newsletter worker` and `send --queue`, where they cannot work and where they can."""

from __future__ import annotations

import signal

from tests.acceptance.conftest import SiteFolder

SEND = ("send", "2026-014", "--segment", "everyone", "--confirm", "everyone 5")


def test_a_file_has_no_queue_and_nothing_is_frozen_for_one(site: SiteFolder) -> None:
    ran = site.run(*SEND, "--queue")
    assert ran.code == 4
    assert "workers need a database on PostgreSQL" in ran.err
    assert "postgresql+psycopg://" in ran.err
    assert site.run("status").code != 0
    assert site.run("worker", "--processes", "2").code == 4
    assert site.run(*SEND, "--no-queue").code == 0
    assert site.run("--json", "status").document["workers"] == []


def test_a_worker_on_a_file_waits_for_what_is_due_and_ends_when_told(site: SiteFolder) -> None:
    process = site.start("worker")
    assert process.stderr is not None
    assert "Waiting for what is due" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in rest
