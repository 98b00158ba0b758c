"""`newsletter serve` as people run it: a process, its port, its end."""

from __future__ import annotations

import importlib
import json
import re
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from composer.cli.main import main
from composer.site import Site
from composer.web.public import create_app
from composer.web.public.front import Front
from tests.databases import Databases
from tests.servers.forked import Nursery
from tests.servers.public import serving
from tests.unit.public.sites import PUBLIC, TOML, House, Reader, with_issues


@pytest.fixture
def folder_of_site(tmp_path: Path) -> Path:
    return House.at(with_issues(tmp_path / "site"), TOML + PUBLIC).front.site.folder


def wait_for(folder: Path, pattern: str) -> Path:
    """The first file of that pattern, as soon as it is there."""
    there = threading.Event()
    for _ in range(600):
        if found := sorted(folder.glob(pattern)):
            return found[0]
        there.wait(0.1)
    raise AssertionError(f"nothing like {pattern} came")


def test_a_reader_joins_leaves_and_the_server_ends_when_it_is_told(folder_of_site: Path) -> None:
    with serving(folder_of_site) as server, httpx.Client(base_url=server.address) as http:
        assert "<form" in http.get("/subscribe").text
        # Nobody fills in a form within two seconds: this one was shown a while ago.
        stamp = Front(Site.find(folder_of_site, {})).stamps.made(int(time.time()) - 10)
        answer = http.post("/subscribe", data={"stamp": stamp, "address": "ana@example.net"})
        assert answer.status_code == 200
        mail = wait_for(folder_of_site / ".newsletter" / "outbox", "ana*.eml")
        body = message_from_bytes(mail.read_bytes(), policy=default).get_body(("plain",))
        assert body is not None
        link = re.findall(r"https://news\.example\.org(/confirm/\S+)", body.get_content())[0]
        joined = http.post(link)
        token = re.findall(r'/preferences/([^"]+)"', joined.text)[0]
        gone = http.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
        assert gone.status_code == 200
        assert not gone.headers.get_list("set-cookie")
        wait_for(folder_of_site / ".newsletter" / "archive", "feed.xml")
        assert http.get("/archive/2026-014/").status_code == 200
        assert http.get("/archive/2026-015/").status_code == 404
        assert http.get("/feed.xml").headers["content-type"].startswith("application/atom+xml")

        code, said = server.stop(signal.SIGTERM)

    assert code == 0
    assert "leave: one-click" in said
    for secret in ("ana@example.net", token, stamp, "127.0.0.1"):
        assert secret not in said.replace(server.address, "")
    assert "Traceback" not in said


def test_what_was_written_down_before_a_crash_is_mailed_after_it(
    folder_of_site: Path, nursery: Nursery
) -> None:
    house = House.at(folder_of_site)
    house.clock.at = datetime.now(UTC) - timedelta(minutes=1)
    house.ask("ana@example.net")

    with serving(folder_of_site, nursery=nursery) as server:
        wait_for(folder_of_site / ".newsletter" / "outbox", "ana*.eml")
        assert server.stop(signal.SIGINT)[0] == 0


def test_any_server_finds_the_app(folder_of_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SITE", str(folder_of_site))
    assert Reader(create_app()).get("/subscribe").status == 200
    package = importlib.import_module("composer.web.public")
    assert Reader(package.app).get("/healthz").status == 200
    monkeypatch.delattr(package, "app")


def test_a_form_and_the_interface_are_printed(folder_of_site: Path) -> None:
    run = CliRunner().invoke(main, ["-C", str(folder_of_site), "serve", "--form", "--locale", "de"])
    assert run.exit_code == 0
    assert 'action="https://news.example.org/subscribe"' in run.stdout
    assert "Abonnieren" in run.stdout
    assert "<script" not in run.stdout
    run = CliRunner().invoke(main, ["-C", str(folder_of_site), "serve", "--openapi"])
    assert json.loads(run.stdout)["openapi"] == "3.1.0"


def test_a_form_in_a_language_that_nobody_wrote_is_refused(folder_of_site: Path) -> None:
    own = folder_of_site / "newsletter.toml"
    own.write_text(own.read_text("utf-8") + '\n[strings.frr]\nunsubscribe = "Ufmelde"\n', "utf-8")
    words = ["-C", str(folder_of_site), "serve", "--locale"]

    assert CliRunner().invoke(main, [*words, "de-AT", "--form"]).exit_code == 0
    unknown = CliRunner().invoke(main, [*words, "xx", "--form"])
    mistyped = CliRunner().invoke(main, [*words, "frrr", "--form"])
    without_form = CliRunner().invoke(main, [*words, "de"])

    assert [run.exit_code for run in (unknown, mistyped, without_form)] == [2, 2, 2]
    assert "the pages have no locale 'xx'\n  hint: there are: ar, " in unknown.stderr
    assert "did you mean 'frr'? there are: " in mistyped.stderr
    assert "--locale goes with --form" in without_form.stderr


def test_a_port_that_is_taken_is_said_in_one_line(folder_of_site: Path, nursery: Nursery) -> None:
    with serving(folder_of_site, nursery=nursery) as server:
        port = server.address.rpartition(":")[2]
        run = CliRunner().invoke(main, ["-C", str(folder_of_site), "serve", "--port", port])
    assert run.exit_code == 1
    assert "hint: newsletter serve --port N" in run.stderr


def test_a_folder_that_cannot_be_written_is_said_at_once(folder_of_site: Path) -> None:
    state = folder_of_site / ".newsletter"
    if state.exists():
        state.rename(folder_of_site / "elsewhere")
    state.write_text("a file is in its place, as on a disk that takes nothing")
    run = CliRunner().invoke(main, ["-C", str(folder_of_site), "serve", "--port", "0"])
    assert run.exit_code == 4
    assert "nothing can be written here" in run.stderr
    assert "The pages are at" not in run.output


def test_with_a_database_on_a_server_the_pages_need_no_folder(
    folder_of_site: Path, databases: Databases, nursery: Nursery
) -> None:
    """Readers join, leave and read the archive; what goes without is said at once."""
    (folder_of_site / ".newsletter").rename(folder_of_site / "elsewhere")
    (folder_of_site / ".newsletter").write_text("as on a disk that takes nothing")
    url = databases.server.url(databases.new())

    refused = CliRunner(env={"NEWSLETTER_DATABASE_URL": url}).invoke(
        main, ["-C", str(folder_of_site), "serve", "--port", "0"]
    )
    assert refused.exit_code == 4, "the outbox is written there"
    assert "nothing can be written here" in refused.stderr

    environ = {"NEWSLETTER_DATABASE_URL": url, "NEWSLETTER_PROVIDER_KIND": "smtp"}
    with (
        serving(folder_of_site, environ, nursery=nursery) as server,
        httpx.Client(base_url=server.address) as http,
    ):
        assert "<form" in http.get("/subscribe").text
        assert http.get("/healthz").status_code == 200
        there = threading.Event()
        for _ in range(600):
            if http.get("/archive/2026-014/").status_code == 200:
                break
            there.wait(0.1)
        assert http.get("/archive/2026-014/").status_code == 200
        code, said = server.stop(signal.SIGTERM)

    assert code == 0
    assert "the archive is kept in a temporary folder, and clicks are not counted" in said
    assert "Traceback" not in said


def test_nothing_is_promised_before_the_settings_are_known_to_do(folder_of_site: Path) -> None:
    settings = folder_of_site / "newsletter.toml"
    table = '\n[webhooks.resend]\nkey = { env = "NO_SUCH_KEY" }\n'
    settings.write_text(settings.read_text("utf-8") + table, "utf-8")

    run = CliRunner().invoke(main, ["-C", str(folder_of_site), "serve", "--port", "0"])

    assert run.exit_code == 4
    assert run.stdout == ""
    assert "NO_SUCH_KEY is not set" in run.stderr


def test_an_address_of_another_machine_is_not_blamed_on_the_port(folder_of_site: Path) -> None:
    words = ["-C", str(folder_of_site), "serve", "--host", "192.0.2.1", "--port", "0"]
    run = CliRunner().invoke(main, words)
    assert run.exit_code == 1
    assert "hint: --host names an address of this machine" in run.stderr
