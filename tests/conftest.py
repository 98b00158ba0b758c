"""What every test runs under."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.databases import Databases, NewSite

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


@pytest.fixture(params=["sqlite", "postgresql"])
def new_site(request: pytest.FixtureRequest, tmp_path: Path) -> NewSite:
    """Makes folders of sites, on either kind of database."""
    if request.param == "sqlite":
        return lambda name: tmp_path / name
    databases: Databases = request.getfixturevalue("databases")
    return lambda name: databases.place(tmp_path / name)


@pytest.fixture
def folder(new_site: NewSite) -> Path:
    """A site's folder, on either kind of database."""
    return new_site("site")
