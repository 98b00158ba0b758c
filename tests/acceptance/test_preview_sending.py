"""The preview that may send, as a process of its own: Ctrl-C while a mailing is on its way."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.acceptance.conftest import SiteFolder
from tests.acceptance.previewing import Owner, previewing
from tests.servers.smtp_sink import start_sink


def test_ctrl_c_leaves_an_interrupted_mailing_that_the_command_line_finishes(
    site: SiteFolder,
) -> None:
    with previewing(site, "--allow-send") as (process, owner):
        # So slow that after the first message the end is a minute away.
        status, where = owner.send(
            "/issues/2026-014/plan?segment=everyone&rate=4/min", "everyone 5"
        )
        assert status == 303
        while '"percent": 0' in progress(owner, where):
            pass
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)

    assert process.returncode == 6
    name = where.removeprefix("/mailings/")
    assert f"{name}: Interrupted: " in told
    assert f"newsletter resume {name}" in told
    assert "Traceback" not in told
    assert set(statuses(site)) == {"accepted", "planned"}
    assert site.run("--json", "status").document["rate"] == "4/min"
    ran = site.run("--json", "resume", "--rate", "off")
    assert ran.code == 0, ran.err
    assert ran.document["accepted"] == 5
    assert len(site.mail) == 5


def test_what_is_in_flight_when_ctrl_c_comes_is_answered_first(
    site: SiteFolder, tmp_path: Path
) -> None:
    with start_sink(tmp_path / "sink", delay_s=3.0) as sink:
        site.configure(
            f'[provider.smtp]\nhost = "127.0.0.1"\nport = {sink.port}\n'
            'security = "none"\nconnections = 1\n'
        )
        with previewing(site, "--allow-send") as (process, owner):
            plan = "/issues/2026-014/plan?segment=everyone&provider=smtp&rate=4/min"
            assert owner.send(plan, "everyone 5")[0] == 303
            while not sink.count():  # the server has the first, and has not answered yet
                time.sleep(0.005)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=60)

    assert process.returncode == 6, told
    assert "Finishing what is in flight" in told
    assert set(statuses(site)) == {"accepted", "planned"}


def statuses(site: SiteFolder) -> dict[str, int]:
    file = site.folder / ".newsletter" / "newsletter.db"
    with closing(sqlite3.connect(file, timeout=60)) as database:
        return dict(database.execute("SELECT status, count(*) FROM deliveries GROUP BY status"))


def progress(owner: Owner, where: str) -> str:
    status, text = owner.ask("GET", f"{where}/progress.json")
    assert status == 200
    return text.replace('":', '": ')


def test_a_preview_that_sends_nothing_ends_as_before(site: SiteFolder) -> None:
    with previewing(site, "--allow-send") as (process, owner):
        assert owner.ask("GET", "/audience")[0] == 200
        assert owner.send("/issues/2026-014/plan?segment=board", "board 3")[0] == 409
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)

    assert process.returncode == 0
    assert told == "The preview is at\nCtrl-C ends it.\n"
    assert site.mail == []
