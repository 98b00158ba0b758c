"""A mailing that is paused, cancelled, put off or limited: what a person sees at the terminal."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import SiteFolder
from tests.databases import BOTH
from tests.servers.forked import Forked
from tests.servers.sendgrid_like import API_KEY, SendgridServer
from tests.servers.smtp_sink import Rule, SinkProcess, SmtpServer, start_sink

PROVIDER = """
[provider]
kind = "smtp"
[provider.smtp]
port = {port}
security = "none"
connections = 2
"""


@pytest.fixture(params=BOTH)
def site_database(request: pytest.FixtureRequest) -> str:
    """All of it holds on both kinds of database."""
    return str(request.param)


def mailing_to(site: SiteFolder, readers: int, port: int, more: str = "") -> tuple[str, ...]:
    """A site with so many readers; the command that sends to them."""
    site.configure(PROVIDER.format(port=port) + more)
    ran = site.subscribe([f"reader{n}@example.net,Reader {n},reader" for n in range(readers)])
    assert ran.code == 0, ran.err
    segment = ("--segment", "everyone", "--confirm", f"everyone {readers + 5}")
    return ("send", "2026-014", *segment)


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkProcess]:
    with start_sink(tmp_path / "sink", delay_s=0.02) as running:
        yield running


def wait_for_mail(sink: SinkProcess, sender: Forked) -> None:
    while sink.count() < 5:
        assert sender.poll() is None, sender.communicate()
        time.sleep(0.01)  # polling another process, not waiting for luck


def test_a_pause_from_another_terminal_holds_until_somebody_resumes(
    site: SiteFolder, sink: SinkProcess
) -> None:
    send = mailing_to(site, 195, sink.port)
    sender = site.start(*send)
    wait_for_mail(sink, sender)

    with sink.held():
        paused = site.run("--json", "pause")
    out, err = sender.communicate(timeout=60)

    assert paused.code == 0
    assert paused.document["sending"] is True
    assert sender.returncode == 6, out + err
    assert "Paused, until: newsletter resume" in err
    status = site.run("--json", "status").document
    assert (status["state"], status["wish"], status["balanced"]) == ("paused", "pause", True)
    assert 0 < status["accepted"] < 200
    assert status["unknown"] == status["attempting"] == 0
    assert status["accepted"] == sink.count()
    assert "Paused: " in site.run("report").out

    again = site.run(*send)
    assert again.code == 3
    assert "is paused; nothing was sent" in again.err
    assert status["accepted"] == sink.count()
    assert site.run("resume").code == 0
    assert sink.count() == 200
    over = site.run("pause")
    assert over.code == 3
    assert "nothing is left to send" in over.err


def test_a_cancel_is_confirmed_and_leaves_balanced_books(
    site: SiteFolder, sink: SinkProcess
) -> None:
    sender = site.start(*mailing_to(site, 195, sink.port))
    wait_for_mail(sink, sender)

    with sink.held():
        unsure = site.run("cancel")
        assert unsure.code == 3
        assert "not confirmed: nothing was cancelled" in unsure.err
        assert site.run("cancel", "--confirm", "board 200").code == 3
        done = site.run("--json", "cancel", "--confirm", "everyone 200")
    sender.communicate(timeout=60)

    assert done.code == 0, done.err
    assert sender.returncode == 6
    report = site.run("--json", "report").document
    assert report["balanced"]
    assert report["state"] == "cancelled"
    assert report["accepted"] == sink.count() < 200
    assert report["excluded"]["cancelled"] == 200 - sink.count()
    assert report["planned"] == report["deferred"] == report["unknown"] == 0
    assert "get it no more." in site.run("report").out
    again = site.run("resume")
    assert again.code == 3
    assert "was cancelled; nothing was sent" in again.err
    plan = site.run("--json", "plan", "2026-014", "--segment", "everyone").document
    assert plan["recipients"] == 200 - sink.count()


def test_what_is_put_off_is_due_later_or_tried_at_once(site: SiteFolder) -> None:
    with SmtpServer([Rule("RCPT", "450 4.2.0 greylisted", times=5)]) as server:
        send = mailing_to(site, 5, server.port)
        ran = site.run(*send, "--wait", "0")

        assert ran.code == 1
        assert "5 are left; the next may go at " in ran.err
        assert site.run("resume", "--wait", "0").code == 1
        assert len(server.taken) == 5
        status = site.run("--json", "status").document
        assert status["waiting"]["for"] == "later"
        assert "The next is due at " in site.run("status").out

        assert site.run("resume", "--now").code == 0
        assert len(server.taken) == 10


def test_a_limit_holds_over_runs_and_status_says_until_when(site: SiteFolder) -> None:
    with SmtpServer() as server:
        limits = '\n[limits.providers]\nsmtp = "7/h"\n[limits.domains]\n"example.net" = "3/day"\n'
        ran = site.run(*mailing_to(site, 9, server.port, limits), "--wait", "0")

        assert ran.code == 6
        assert "; the limits allow 7 now, the others later" in ran.err
        assert len(server.taken) == 7
        to_net = [t for t in server.taken if t.recipient.endswith("@example.net")]
        assert len(to_net) <= 3
        assert site.run("resume", "--wait", "0").code == 6
        assert len(server.taken) == 7
        status = site.run("--json", "status").document
        assert (status["state"], status["waiting"]["for"]) == ("waiting", "limits")
        assert "The limits allow more at " in site.run("status").out


def test_another_provider_takes_over_while_the_first_is_out_of_reach(site: SiteFolder) -> None:
    with SmtpServer() as gone:
        port = gone.port
    with SendgridServer() as api:
        site.environ["SENDGRID_API_KEY"] = API_KEY
        send = mailing_to(site, 5, port)
        both = PROVIDER.format(port=port).replace('"smtp"', '"smtp"\nfallback = ["sendgrid"]', 1)
        key = 'api_key = { env = "SENDGRID_API_KEY" }'
        site.configure(f'{both}\n[provider.sendgrid]\nhost = "{api.url}"\n{key}\n')

        ran = site.run(*send)

        assert ran.code == 0, ran.err
        assert "Through sendgrid now." in ran.err
        assert len(api.arrived) == 10
        rows = csv.DictReader(io.StringIO(site.run("report", "--format", "csv").out))
        taken = [row for row in rows if row["status"] == "accepted"]
        assert {row["provider"] for row in taken} == {"sendgrid"}


def test_a_wrong_wait_is_a_usage_error(site: SiteFolder) -> None:
    ran = site.run("resume", "--wait", "soon")
    assert ran.code == 2
    assert "'soon' is not a length of time; write 30m, 4h or 2d" in ran.err
