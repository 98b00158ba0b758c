"""What every test runs under."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.databases import Databases, NewSite
    from tests.servers.forked import Nursery

# A busy machine is slow, not wrong: time belongs in benchmarks. A gate gives the same answer
# twice; on people's machines, properties go on looking for new examples.
settings.register_profile("patient", deadline=None)
settings.register_profile("gate", deadline=None, derandomize=True)
settings.load_profile("gate" if os.environ.get("CI") else "patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--approve", action="store_true", help="Write what tests compare.")


@pytest.fixture(scope="session")
def server_databases(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Databases]:
    """New databases on the one PostgreSQL server of this run."""
    from tests.databases import Databases
    from tests.servers.postgres import shared_server

    common = tmp_path_factory.getbasetemp()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    with shared_server(common.parent if worker else common) as server:
        yield Databases(server, worker or "main")


@pytest.fixture
def databases(server_databases: Databases) -> Iterator[Databases]:
    """As `server_databases`; what a test makes is gone after it."""
    with server_databases.thrown_away() as own:
        yield own


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where commands are forked to be processes of their own; nothing is started before one is."""
    from tests.servers.forked import forking

    with forking() as made:
        yield made


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in a file, with the tables in it: to copy it is quicker than to migrate."""
    from composer.storage.opening import migrate
    from composer.storage.sqlite import SqliteFile

    opened = SqliteFile.open("sqlite:///empty.db", tmp_path_factory.mktemp("databases"))
    migrate(opened)
    opened.engine.dispose()
    return opened.path


@pytest.fixture(params=["sqlite", "postgresql"])
def new_site(request: pytest.FixtureRequest, tmp_path: Path) -> NewSite:
    """Makes folders of sites, on either kind of database, with the tables in it."""
    if request.param == "postgresql":
        databases: Databases = request.getfixturevalue("databases")
        return lambda name: databases.place(tmp_path / name)
    empty: Path = request.getfixturevalue("empty_file")

    def make(name: str) -> Path:
        place = tmp_path / name / ".newsletter"
        place.mkdir(mode=0o700, parents=True)
        shutil.copy(empty, place / "newsletter.db")
        return tmp_path / name

    return make


@pytest.fixture
def folder(new_site: NewSite) -> Path:
    """A site's folder, on either kind of database."""
    return new_site("site")
