from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from composer.doctor import machine, news
from composer.doctor.diagnosis import Health
from composer.doctor.examine import examine
from composer.sending.fleet import Worker
from composer.site import Site
from tests.contract.ledgers import Desk
from tests.servers.sendgrid_like import SendgridServer
from tests.servers.smtp_sink import Rule, SmtpServer
from tests.unit.doctor.patients import Book, healths, patient, site_in


def test_a_new_site_is_told_what_to_change(tmp_path: Path) -> None:
    site = site_in(tmp_path, kind="outbox")
    path = tmp_path / "newsletter.toml"
    text = path.read_text().replace("harbour.dev", "example.org")
    path.write_text(text.replace('postal_address = "12 Quay Street, Port Example"', ""))
    found = machine.settings(patient(Site.find(tmp_path, {})))
    assert healths(list(found)) == {
        "site/postal-address": Health.ERROR,
        "site/example": Health.ERROR,
        "site/outbox": Health.WARNING,
    }
    assert list(machine.settings(patient(site_in(tmp_path / "own")))) == []
    assert site.settings.provider.kind == "outbox"


def test_a_mail_server_is_greeted_and_given_nothing(tmp_path: Path) -> None:
    with SmtpServer() as server:
        (found,) = machine.providers(patient(site_in(tmp_path, port=server.port)))
        assert (found.health, server.taken) == (Health.GOOD, [])
        assert "MAIL" not in server.verbs()
        server.rules.append(Rule("EHLO", "554 5.7.1 not you"))
        (found,) = machine.providers(patient(site_in(tmp_path, port=server.port)))
    assert (found.code, found.health) == ("provider/smtp", Health.ERROR)
    assert "not you" in found.message


def test_sendgrid_is_asked_for_the_rights_of_the_key(tmp_path: Path) -> None:
    with SendgridServer() as server:
        server.scopes = ["mail.send", "stats.read"]
        site = site_in(tmp_path, kind="sendgrid", port=server.port)
        (found,) = machine.providers(patient(site))
        assert (found.health, server.requests) == (Health.GOOD, [])
        server.scopes = ["stats.read"]
        (found,) = machine.providers(patient(site))
        assert "may not send" in found.message
        wrong = Site.find(tmp_path, {"SENDGRID_API_KEY": "SG.wrong"})
        (found,) = machine.providers(patient(wrong))
        assert found.message == "SendGrid refuses the API key"
    (found,) = machine.providers(patient(site))
    assert found.health is Health.ERROR


def test_an_outbox_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    site = site_in(tmp_path, kind="outbox")
    (found,) = machine.providers(patient(site))
    assert found.health is Health.GOOD
    assert list((site.state / "outbox").iterdir()) == []
    (site.state / "outbox").rmdir()
    (site.state / "outbox").write_text("in the way")
    (found,) = machine.providers(patient(site))
    assert found.health is Health.ERROR


def test_a_database_is_opened_and_looked_through(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    (found,) = machine.database(patient(site))
    assert (found.code, site.database_exists) == ("database/none", False)
    site.database.probe()
    (found,) = machine.database(patient(site))
    assert found.health is Health.GOOD
    site.database.store.engine.dispose()
    path = site.state / "newsletter.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    (found,) = machine.database(patient(Site.find(tmp_path, {})))
    assert (found.code, found.health) == ("database/broken", Health.ERROR)


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(
    ("free", "health"),
    [(10**10, Health.GOOD), (5 * 10**8, Health.WARNING), (10**6, Health.ERROR)],
)
def test_a_disk_may_be_too_full_for_a_mailing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, health: Health
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(10**11, 10**11 - free, free))
    (found,) = machine.disk(patient(site_in(tmp_path)))
    assert found.health is health


def test_workers_are_missed_when_mailings_wait_for_them(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    assert list(machine.queue(patient(site))) == []
    desk = Desk(site.database)
    assert list(machine.queue(patient(site))) == []
    site.database.fleet.beat(Worker("w1", "mail-1", 4711))
    (found,) = machine.queue(patient(site))
    assert (found.code, found.health) == ("queue/good", Health.GOOD)
    site.database.fleet.leave("w1")
    with desk.database.store.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO mailings (id, issue_id, segment, provider, letterhead, edition_digest,"
            " created, matched, queued) VALUES ('m', 'i', 's', 'smtp', '{}', '', '', 0, 1)"
        )
    (found,) = machine.queue(patient(site))
    assert (found.code, found.health) == ("queue/nobody", Health.ERROR)


@pytest.mark.parametrize(
    ("kind", "more", "code", "health"),
    [
        ("sendgrid", "", "news/webhook", Health.WARNING),
        ("smtp", "", "news/bounces", Health.WARNING),
        ("smtp", '[bounces]\nsource = "maildir:bounces"\n', "news/bounces", Health.GOOD),
        (
            "smtp",
            '[webhooks.sendgrid]\nkey = { env = "NO_KEY" }\n',
            "news/key",
            Health.ERROR,
        ),
        ("smtp", '[outgoing]\nhook = "no_such_module:hear"\n', "news/outgoing", Health.ERROR),
    ],
)
def test_what_can_become_known_of_the_mail(
    tmp_path: Path, kind: str, more: str, code: str, health: Health
) -> None:
    found = list(news.news(patient(site_in(tmp_path, kind=kind, more=more))))
    assert (code, health) in {(one.code, one.health) for one in found}


def test_a_provider_that_stands_in_is_examined_too(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    path = tmp_path / "newsletter.toml"
    path.write_text(
        path.read_text().replace('kind = "smtp"', 'kind = "smtp"\nfallback = ["sendgrid"]')
    )
    site = Site.find(tmp_path, {"SENDGRID_API_KEY": "SG.a-key-for-tests"})
    assert patient(site).kinds == ("smtp", "sendgrid")


def test_examinations_end_by_themselves_and_do_not_stop_each_other(tmp_path: Path) -> None:
    more = '[dkim]\nselector = "2026a"\nkey = { file = "keys/lost.pem" }\n'
    silent = Book(silent=frozenset({"news.harbour.dev", "_dmarc.news.harbour.dev"}))
    found = healths(examine(patient(site_in(tmp_path, more=more), silent)))
    assert found["spf/silent"] is found["dmarc/silent"] is found["mx/silent"] is Health.UNKNOWN
    assert found["dkim/settings"] is Health.ERROR
    assert found["web/health"] is Health.GOOD
