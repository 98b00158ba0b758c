"""Opening a database: made, migrated, refused; and every trouble told in a sentence."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, event

import composer.storage
from composer.errors import ComposerError, ConfigError, StorageError
from composer.model.address import Address
from composer.storage import keeping, opening
from composer.storage.database import open_database
from composer.storage.sqlite import sqlite_engine
from composer.storage.tables import metadata
from composer.storage.trouble import translated
from tests.forking import forked, has_opened
from tests.unit.storage.lists import URL, bring_in_text, open_list, settings

NOW = "2026-11-20T09:00:00Z"
ROOT = Path(__file__).parents[3]


def made(folder: Path) -> Path:
    database = open_list(folder)
    bring_in_text(database, "email\nana@example.org\n")
    database.store.engine.dispose()
    return database.store.folder / "newsletter.db"


def told(folder: Path, url: str = URL) -> ComposerError:
    with pytest.raises(ComposerError) as caught:
        open_database(url, folder, settings(), {}).subscribers.suppress(
            Address("bo", "example.org"), "manual", since=NOW
        )
    assert caught.value.hint
    return caught.value


def test_a_new_database_is_made_with_its_folder_and_is_durable(tmp_path: Path) -> None:
    database = open_list(tmp_path / "a" / "b%c é")
    with database.store.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": keeping.BUSY_TIMEOUT_MS,
    }


def test_opening_again_keeps_everything_and_needs_no_alembic(tmp_path: Path) -> None:
    made(tmp_path)
    script = (
        "import sys; from pathlib import Path; from tests.unit.storage.lists import open_list;"
        f"print(len(list(open_list(Path({str(tmp_path)!r})).subscribers.matching())),"
        " 'alembic' in sys.modules)"
    )
    ran = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert ran.stdout == "1 False\n"


def test_the_migrations_end_at_the_revision_and_the_tables_of_the_code(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option(
        "script_location", str(Path(composer.storage.__file__).parent / "migrations")
    )
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == opening.REVISION
    assert {r.revision for r in scripts.walk_revisions()} | {""} == opening.KNOWN_REVISIONS

    there = MetaData()
    engine = create_engine(f"sqlite:///{made(tmp_path)}")
    there.reflect(engine)
    engine.dispose()
    for name, table in metadata.tables.items():
        columns = {(c.name, c.nullable, c.primary_key) for c in table.columns}
        found = {(c.name, c.nullable, c.primary_key) for c in there.tables[name].columns}
        assert columns <= found
        indexes = {(i.name, tuple(c.name for c in i.columns)) for i in table.indexes}
        assert indexes == {
            (i.name, tuple(c.name for c in i.columns)) for i in there.tables[name].indexes
        }


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = made(tmp_path)
    plain = sqlite3.connect(path)
    plain.execute("UPDATE alembic_version SET version_num = '9999'")
    plain.commit()
    plain.close()
    before = path.read_bytes()
    error = told(tmp_path)
    assert isinstance(error, StorageError)
    assert "newer version of newsletter (revision 9999)" in error.problem
    assert path.read_bytes() == before


def test_several_processes_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    with ExitStack() as running:
        children = [running.enter_context(forked(has_opened, tmp_path)) for _ in range(4)]
        salts = {child.heard() for child in children}
        assert [child.end() for child in children] == [0] * 4
    assert all(salts)
    assert len(salts) == 1


def test_who_comes_while_another_process_makes_the_database_waits(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE made (by TEXT)")
    other.execute("BEGIN IMMEDIATE")
    modes = list[str]()

    def come() -> None:
        engine = sqlite_engine(path)
        with engine.connect() as connection:
            modes.append(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one())
        engine.dispose()

    comer = threading.Thread(target=come)
    comer.start()
    comer.join(0.3)
    assert comer.is_alive()
    other.execute("COMMIT")
    other.close()
    comer.join(60)
    assert modes == ["wal"]


# --- trouble --------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["postgres://localhost/x", "sqlite://", "sqlite:///", "x"])
def test_another_kind_of_database_is_refused(tmp_path: Path, url: str) -> None:
    assert isinstance(told(tmp_path, url), ConfigError)


@pytest.mark.parametrize(
    "content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"x" * 900]
)
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ".newsletter" / "newsletter.db"
    path.parent.mkdir()
    path.write_bytes(content)
    error = told(tmp_path)
    assert error.problem == "this file is not a database"
    assert path.read_bytes() == content


def test_a_folder_in_the_place_of_the_database(tmp_path: Path) -> None:
    (tmp_path / ".newsletter" / "newsletter.db").mkdir(parents=True)
    assert told(tmp_path).problem == "the database cannot be opened"


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / ".newsletter").write_text("")
    assert "the folder cannot be made" in told(tmp_path).problem


def test_a_locked_database_is_told_after_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path)
    monkeypatch.setattr(keeping, "BUSY_TIMEOUT_MS", 20)
    plain = sqlite3.connect(path, isolation_level=None)
    plain.execute("BEGIN IMMEDIATE")
    error = told(tmp_path)
    plain.close()
    assert error.problem == "the database is locked by another process"


def test_whoever_waits_to_write_has_the_turn_when_it_is_free(tmp_path: Path) -> None:
    path = made(tmp_path)
    database = open_list(tmp_path)
    plain = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    plain.execute("BEGIN IMMEDIATE")
    looked, written = threading.Event(), threading.Event()

    def write() -> None:
        looked.set()
        with database.store.writing() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == (
                keeping.BUSY_TIMEOUT_MS
            )
            written.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert looked.wait(60)
    assert not written.is_set()
    plain.execute("COMMIT")
    writer.join(60)
    plain.close()
    assert written.is_set()


def test_a_full_disk_keeps_what_was_there(tmp_path: Path) -> None:
    database = open_list(tmp_path)
    bring_in_text(database, "email,name\nana@example.org,Ana\n")
    with database.store.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def fill_the_disk(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + room}")

    room = 4
    event.listen(database.store.engine, "checkout", fill_the_disk)
    with pytest.raises(StorageError) as caught:
        bring_in_text(
            database,
            "email,name\n" + "".join(f"r{n}@example.org,{'x' * 900}\n" for n in range(500)),
        )
    assert caught.value.problem == "the disk is full: nothing was written"
    assert len(list(database.subscribers.matching())) == 1
    room = 4_000
    bring_in_text(database, "email,name\nbo@example.org,Bo\n")
    assert len(list(database.subscribers.matching())) == 2


@pytest.mark.parametrize(
    ("free", "told"),
    [
        (0, "the disk is full: nothing was written"),
        (1 << 30, "the disk failed: nothing was written"),
    ],
)
def test_a_disk_without_room_for_a_log_is_full_and_not_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, told: str
) -> None:
    """SQLite says 'disk I/O error' of both."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    error = sqlite3.OperationalError("disk I/O error")
    assert translated(error, tmp_path / "newsletter.db").problem == told


def test_a_database_that_may_only_be_read(tmp_path: Path) -> None:
    """As root, nothing is unwritable but what is opened so: the driver's answer is the same."""
    path = made(tmp_path)
    plain = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as caught:
        plain.execute("DELETE FROM meta")
    plain.close()
    assert translated(caught.value, path).problem == "the database may not be written"


def test_a_disk_that_fills_up_while_a_file_is_read_is_told_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_list(tmp_path)
    full = Path("/dev/full")
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: full.open("w+b", buffering=0))
    with pytest.raises(StorageError) as caught:
        bring_in_text(database, "email\nana@example.org\n")
    assert "No space left on device" in caught.value.problem
    assert list(database.subscribers.matching()) == []


def test_a_damaged_database_is_told_plainly(tmp_path: Path) -> None:
    path = made(tmp_path)
    shutil.rmtree(path.parent / "newsletter.db-wal", ignore_errors=True)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    assert told(tmp_path).problem == "the database is damaged"
