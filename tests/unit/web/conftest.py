"""The site that most screens about people are asked of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.unit.web.people_site import PeopleSite


@pytest.fixture(scope="session")
def people_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With its list in it: to copy it is quicker than to make it."""
    return PeopleSite.make(tmp_path_factory.mktemp("people") / "site").folder


@pytest.fixture
def people(people_folder: Path, tmp_path: Path) -> PeopleSite:
    return PeopleSite(shutil.copytree(people_folder, tmp_path / "site"))


@pytest.fixture
def sending_people(people_folder: Path, tmp_path: Path) -> PeopleSite:
    """Its preview may send."""
    return PeopleSite(shutil.copytree(people_folder, tmp_path / "site"), allow_send=True)
