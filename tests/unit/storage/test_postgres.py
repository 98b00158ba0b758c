"""PostgreSQL: opened, made and refused; and every trouble told in a sentence without secrets."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import inspect

from composer.audience.parse import compile_rules
from composer.errors import ComposerError, ConfigError, StorageError
from composer.model.address import Address
from composer.model.settings import FieldType
from composer.storage import opening
from composer.storage.database import Database, open_database
from composer.storage.keeping import LostConnection
from composer.storage.postgres_trouble import trouble_of
from composer.storage.tables import metadata
from tests.databases import Databases
from tests.forking import forked, has_opened
from tests.servers.postgres import PASSWORD, USER, closed_port
from tests.unit.storage.lists import FIELDS, bring_in_text, open_list, settings

NOW = "2026-11-20T09:00:00Z"


def opened(folder: Path, url: str) -> Database:
    return open_database(url, folder, settings(), {})


def suppress(database: Database) -> bool:
    return database.subscribers.suppress(Address("bo", "example.org"), "manual", since=NOW)


def told(folder: Path, url: str) -> ComposerError:
    """The one line of an error, with a hint, and without a secret."""
    with pytest.raises(ComposerError) as caught:
        suppress(opened(folder, url))
    error = caught.value
    assert error.hint
    assert "\n" not in error.problem
    for secret in (PASSWORD, quote(PASSWORD, safe=""), "hunter2", USER):
        assert secret not in str(error)
    return error


@pytest.fixture
def place(databases: Databases, tmp_path: Path) -> Path:
    return databases.place(tmp_path, databases.empty())


def test_a_new_database_gets_its_tables_and_waits_for_its_disk(
    databases: Databases, place: Path
) -> None:
    name = databases.empty()
    databases.server.run(f"ALTER DATABASE {name} SET synchronous_commit = off")
    database = open_list(databases.place(place, name))
    with database.store.writing() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    with database.store.reading() as connection:
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == (
            "repeatable read"
        )
    assert list(database.subscribers.matching()) == []
    assert bring_in_text(database, "email\nana@example.org\n")[0].added == 1
    assert len(list(open_list(place).subscribers.matching())) == 1


def test_the_migrations_end_at_the_tables_of_the_code(place: Path) -> None:
    database = open_list(place)
    with database.store.reading() as connection:
        there = inspect(connection)
        for name, table in metadata.tables.items():
            found = {str(c["name"]): c for c in there.get_columns(name)}
            for column in table.columns:
                kind = column.type.compile(connection.dialect)
                said = found[column.name]["type"].compile(connection.dialect)
                assert (said, found[column.name]["nullable"]) == (kind, column.nullable)
            names = {str(i["name"]) for i in there.get_indexes(name)}
            assert {str(i.name) for i in table.indexes} <= names
        assert (
            connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            == opening.REVISION
        )


def test_several_processes_may_open_a_new_database_at_once(place: Path) -> None:
    with ExitStack() as running:
        children = [running.enter_context(forked(has_opened, place)) for _ in range(4)]
        salts = {child.heard() for child in children}
        assert [child.end() for child in children] == [0] * 4
    assert all(salts)
    assert len(salts) == 1


def test_a_large_import_is_whole_and_in_order_and_comes_again_unchanged(place: Path) -> None:
    database = open_list(place)
    text = "email,first_name,seats,note\n" + "".join(
        f'r{n}@example.org,"Zo\\ë\t{n}",{n}.5,"a\nb\\N"\n' for n in range(12_000)
    )
    assert bring_in_text(database, text)[0].added == 12_000
    people = list(database.subscribers.matching())
    assert [str(e.subscriber.address) for e in people] == [
        f"r{n}@example.org" for n in range(12_000)
    ]
    assert people[7].raw == {"first_name": "Zo\\ë\t7", "seats": "7.5", "note": "a\nb\\N"}
    assert people[7].subscriber.fields["seats"] == 7.5
    again, _ = bring_in_text(database, text)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 12_000)
    assert list(database.subscribers.matching()) == people


def test_fields_with_long_names_have_columns_of_their_own(place: Path) -> None:
    long = "a" * 63
    fields = {f"{long}b": FieldType.NUMBER, f"{long}c": FieldType.NUMBER}
    rules = {"many": f"{long}b > 1 and {long}c < 1"}
    database = open_list(place, rules, fields)
    bring_in_text(database, f"email,{long}b,{long}c\nana@example.org,2,0\nbo@example.org,0,2\n")
    rule = compile_rules(settings(rules, fields))["many"]
    assert [str(e.subscriber.address) for e in database.subscribers.matching(rule)] == [
        "ana@example.org"
    ]


# --- trouble --------------------------------------------------------------------------------


def test_a_database_of_a_newer_version_is_left_alone(databases: Databases, place: Path) -> None:
    name = databases.new()
    databases.server.run("UPDATE alembic_version SET version_num = '9999'", name)
    error = told(place, databases.server.url(name))
    assert isinstance(error, StorageError)
    assert "newer version of newsletter (revision 9999)" in error.problem


TROUBLES: dict[str, tuple[Callable[[Databases], str], str]] = {
    "nobody there": (
        lambda d: f"postgresql+psycopg://desk:hunter2@127.0.0.1:{closed_port()}/x",
        "nobody answers there",
    ),
    "no socket": (
        lambda d: "postgresql+psycopg://desk:hunter2@/x?host=/nowhere",
        "nobody answers there",
    ),
    "no such host": (
        lambda d: "postgresql+psycopg://desk:hunter2@db.invalid/x",
        "there is no host of that name",
    ),
    "wrong password": (
        lambda d: d.server.url(d.empty(), tcp=True, password="hunter2"),  # noqa: S106 - it is wrong
        "the user or the password is wrong",
    ),
    "no password": (
        lambda d: f"postgresql+psycopg://desk@127.0.0.1:{d.server.port}/postgres",
        "the server asks for a password",
    ),
    "no such database": (
        lambda d: d.server.url("nowhere", tcp=True),
        "there is no such database",
    ),
    "no encryption": (
        lambda d: d.server.url("postgres", tcp=True) + "?sslmode=require",
        "the server does not encrypt, and sslmode asks for it",
    ),
    "no schema": (
        lambda d: d.server.url(d.empty()) + "&options=-csearch_path%3Dnowhere",
        "it has no schema to make tables in",
    ),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_a_server_that_cannot_be_used_is_told_in_a_line(
    databases: Databases, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    url, problem = TROUBLES[name]
    error = told(tmp_path, url(databases))
    assert isinstance(error, StorageError)
    assert error.problem.endswith(f": {problem}")


def test_a_right_password_lets_in(databases: Databases, tmp_path: Path) -> None:
    database = opened(tmp_path, databases.server.url(databases.new(), tcp=True))
    assert list(database.subscribers.matching()) == []
    assert PASSWORD not in repr(database)


@pytest.mark.parametrize("url", ["postgresql+psycopg://", "postgresql+psycopg://h:port/x"])
def test_a_url_that_cannot_be_read_is_told_without_repeating_it(tmp_path: Path, url: str) -> None:
    assert isinstance(told(tmp_path, url), ConfigError)


def test_without_the_driver_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    error = told(tmp_path, "postgresql+psycopg://desk:hunter2@localhost/x")
    assert isinstance(error, ConfigError)
    assert error.hint == 'pip install "newsletter-composer[postgres]"'


def test_a_database_in_another_encoding_is_refused(databases: Databases, tmp_path: Path) -> None:
    name = databases.of("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    assert "encoded in LATIN1" in told(tmp_path, databases.server.url(name)).problem


def test_a_user_who_may_not_make_tables_is_told_whom_to_ask(
    databases: Databases, tmp_path: Path
) -> None:
    name = databases.empty()
    server = databases.server
    server.run("REVOKE ALL ON SCHEMA public FROM PUBLIC", name)
    server.run(f"CREATE ROLE guest_{name} LOGIN")
    try:
        url = server.url(name).replace(f"//{USER}@", f"//guest_{name}@")
        told(tmp_path, url)
        server.run(f"GRANT USAGE ON SCHEMA public TO guest_{name}", name)
        assert told(tmp_path, url).problem.endswith("the user may not do that")
    finally:
        server.run(f"DROP OWNED BY guest_{name}", name)
        server.run(f"DROP ROLE guest_{name}")


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"),
        psycopg.errors.FeatureNotSupported("cannot set read-write mode during recovery"),
    ],
)
def test_a_server_that_is_a_copy_of_another_is_told(error: psycopg.Error) -> None:
    assert trouble_of(error).problem == "it may not be written: this server is a copy"


def test_a_full_disk_keeps_what_was_there(databases: Databases, place: Path) -> None:
    """The server's own answer, raised where it would run out of room."""
    name = databases.new()
    database = open_list(databases.place(place, name))
    bring_in_text(database, "email,name\nana@example.org,Ana\n")
    databases.server.run(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
        " 'could not extend file: ana@example.org' USING ERRCODE = 'disk_full'; END $$",
        name,
    )
    databases.server.run(
        "CREATE TRIGGER full_disk BEFORE INSERT ON subscribers FOR EACH ROW"
        " WHEN (NEW.address = 'r499@example.org') EXECUTE FUNCTION full_disk()",
        name,
    )
    rows = "".join(f"r{n}@example.org,x\n" for n in range(500))
    with pytest.raises(StorageError) as caught:
        bring_in_text(database, f"email,name\n{rows}")
    assert caught.value.problem.endswith("the server's disk is full: nothing was written")
    assert "ana@" not in str(caught.value)
    assert len(list(database.subscribers.matching())) == 1
    databases.server.run("DROP TRIGGER full_disk ON subscribers", name)
    assert bring_in_text(database, f"email,name\n{rows}")[0].added == 500


def test_a_database_that_is_locked_is_told_after_waiting(databases: Databases, place: Path) -> None:
    name = databases.new()
    database = open_list(databases.place(place, name))
    impatient = databases.server.url(name) + "&options=-clock_timeout%3D20"
    with database.store.writing() as connection:
        connection.exec_driver_sql("LOCK TABLE suppressions")
        with pytest.raises(StorageError) as caught:
            suppress(opened(place, impatient))
    assert caught.value.problem.endswith("it is locked by another process")


def test_an_unknown_failure_tells_its_code_and_nothing_of_its_rows() -> None:
    error = psycopg.errors.CheckViolation("Failing row contains (ana@example.org)")
    found = trouble_of(error)
    assert found.problem == "the server failed (23514)"
    assert found.hint


def test_what_was_lost_before_it_was_committed_can_be_tried_again(
    databases: Databases, place: Path
) -> None:
    name = databases.new()
    database = open_list(databases.place(place, name))

    def write_and_be_thrown_out() -> None:
        with database.store.writing() as connection:
            connection.exec_driver_sql("DELETE FROM suppressions")
            databases.throw_out(name)
            connection.exec_driver_sql("DELETE FROM suppressions")

    with pytest.raises(LostConnection):
        write_and_be_thrown_out()
    assert suppress(database)


def test_every_declared_type_has_its_column(place: Path) -> None:
    database = open_list(place)
    with database.store.reading() as connection:
        columns = inspect(connection).get_columns("subscribers")
    found = {str(c["name"]): str(c["type"]).split()[0] for c in columns}
    assert {n: found[f"f_{kind}_{n}"] for n, kind in FIELDS.items()} == {
        "role": "VARCHAR", "seats": "DOUBLE", "joined": "VARCHAR", "press": "BOOLEAN",
        "topics": "VARCHAR",
    }  # fmt: skip
