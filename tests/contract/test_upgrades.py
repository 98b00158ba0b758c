"""A database of an older version goes on where it was, on each kind of database."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

import composer.storage
from composer.model.delivery import Status
from composer.model.rate import Rate
from composer.sending.provider import Answer, Outcome
from composer.storage.dialect import marked
from composer.storage.keeping import Keeping
from composer.storage.postgres import PostgresServer
from composer.storage.sqlite import SqliteFile
from tests.contract.ledgers import Desk
from tests.databases import BOTH, URL_FILE
from tests.unit.storage.lists import open_list

#: As the first version wrote them: two that wait, one that was taken, one that was forgotten.
_LINES = (
    ("Ana@Example.net", "planned", 0),
    ("bo@example.org", "deferred", 2),
    ("cy@news.example.org", "accepted", 1),
    ("", "excluded", 0),
)


@pytest.fixture(params=BOTH)
def old_site(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A site whose database was made by the first version, with a mailing under way."""
    keeping: Keeping
    if request.param == "sqlite":
        keeping = SqliteFile.open("sqlite:///.newsletter/newsletter.db", tmp_path)
    else:
        databases = request.getfixturevalue("server_databases")
        databases.place(tmp_path, databases.empty())
        keeping = PostgresServer.open((tmp_path / URL_FILE).read_text())
    with keeping.writing() as connection:
        config = Config()
        scripts = Path(composer.storage.__file__).parent / "migrations"
        config.set_main_option("script_location", str(scripts))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        _fill(connection)
    keeping.engine.dispose()
    return tmp_path


def _fill(connection: Connection) -> None:
    def write(statement: str, *values: object) -> None:
        connection.exec_driver_sql(marked(connection, statement), values)

    write("INSERT INTO meta (name, content) VALUES ('salt', ?)", b"s" * 32)
    write(
        "INSERT INTO mailings (id, issue_id, segment, provider, letterhead, edition_digest,"
        " created, matched) VALUES ('m-1', '2026-014', 'everyone', 'smtp', ?, 'sha256:1',"
        " '2026-11-20T09:00:00Z', 4)",
        _LETTERHEAD,
    )
    for number, (address, status, attempts) in enumerate(_LINES, 1):
        token = f"t{number}"
        write(
            "INSERT INTO subscribers (hash, address, domain, confirmed, locale, consent_source,"
            " consent_time, token, fields) VALUES (?, ?, 'example.org', ?, '', '', '', ?, '{}')",
            *(bytes([number]) * 16, address, True, token),
        )
        write(
            "INSERT INTO deliveries (mailing, subscriber, address, display_name, edition, slots,"
            " token, status, attempts, reason, provider_id)"
            " VALUES (1, ?, ?, '', 'en', '{}', ?, ?, ?, '', '')",
            *(number, address, token, status, attempts),
        )


_LETTERHEAD = (
    '{"newsletter": "Harbour Watch", "sender": ["Harbour Watch", "desk@news.example.org"],'
    ' "reply_to": null, "list_id": "hw.example.org", "base_url": "https://news.example.org",'
    ' "bounces": "desk@news.example.org", "unsubscribe_mailto": null}'
)


def test_a_mailing_of_the_first_version_goes_on(old_site: Path) -> None:
    desk = Desk(open_list(old_site))
    ledger = desk.ledger
    store = desk.database.store
    with store.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT domain, due, at, provider FROM deliveries ORDER BY id"
        ).all()
        mailing = connection.exec_driver_sql(
            "SELECT wish, wish_reason, due, schedule, trial, finished, rate, full_us FROM mailings"
        ).one()
    assert [tuple(row) for row in rows] == [
        ("example.net", 0, 0, ""),
        ("example.org", 0, 0, ""),
        ("news.example.org", 0, 0, ""),
        ("", 0, 0, ""),
    ]
    assert tuple(mailing) == ("", "", 0, "", "", 0, "", 0)
    assert ledger.orders.paced("m-1") is None

    (first,) = ledger.begin("m-1", 10, provider="smtp")
    assert str(first.recipient.address) == "Ana@Example.net"
    ledger.finish([Outcome(first.id, Answer.ACCEPTED)])
    assert ledger.next_due("m-1") is None  # what was deferred then waits for a person
    assert ledger.retry_deferred("m-1") == 1
    ledger.orders.keep_to("m-1", Rate.parse("1/h"))
    kept = ledger.mailing("m-1")
    assert kept is not None
    assert kept.rate == Rate(1, "h")
    assert ledger.next_due("m-1") == 0
    books = ledger.books("m-1")
    assert books.balanced
    assert books.counts == {Status.ACCEPTED: 2, Status.PLANNED: 1}
    store.engine.dispose()
