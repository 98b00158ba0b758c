"""A site in a folder of its own, and the command as a person runs it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, create_engine

from composer.cli.main import main
from tests.acceptance.installed import install
from tests.databases import Databases
from tests.once import once
from tests.servers.forked import Forked, Nursery, Order

ROOT = Path(__file__).parents[2]

CONFIG = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
postal_address = "12 Quay Street, Port Example"
base_url = "https://news.example.org"

[subscribers.fields]
first_name = "text"
role = "text"

[segments]
board = 'role == "board"'
"""

ISSUE = """\
---
title: Harbour Watch No. 14
number: 14
date: 2026-11-20
authors: [Mira Okafor, Jonas Lind]
subject: "Harbour Watch 14: a quiet strike"
preheader: Nine hours without cranes.
---

Dear {{ subscriber.first_name | default("reader") }},

## Dockers Pause Work {#dockers}

Crane crews stopped loading for nine hours. (*The Quay Gazette*, November 18, 2026)

:::only segment=board
The options paper is on [your portal page](https://portal.example.org/14).
:::
"""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        content = json.loads(self.out)
        assert isinstance(content, dict)
        assert content["schema"] == 1
        return content


@dataclass
class SiteFolder:
    """A site's folder, and `newsletter` run in it."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    nursery: Nursery | None = None  #: for `start`

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "composer", "-C", str(self.folder), *words]

    def environment(self) -> Mapping[str, str]:
        # Without its cache of compiled modules, Python needs seconds to start.
        unwanted = ("NEWSLETTER_", "PYTHONDONTWRITEBYTECODE")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(unwanted)}
        return {**clean, "NO_COLOR": "1", "PYTHONPATH": str(ROOT), **self.environ}

    def run(self, *words: str, stdin: str | None = None) -> Ran:
        """The command in this process: quicker, and measured for coverage."""
        runner = CliRunner(env={"NO_COLOR": "1", **self.environ})
        result = runner.invoke(main, ["-C", str(self.folder), *words], input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def start(self, *words: str, limits: Sequence[tuple[int, int]] = ()) -> Forked:
        """The command in a process of its own, which may get no more of each resource."""
        assert self.nursery is not None
        words = ("-C", str(self.folder), *words)
        return self.nursery.start(Order("composer", words, str(ROOT), self.environment(), limits))

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def configure(self, extra: str) -> None:
        self.write("newsletter.toml", CONFIG + extra)

    def subscribe(self, rows: list[str], header: str = "email,first_name,role") -> Ran:
        path = self.write("list.csv", "\n".join([header, *rows]) + "\n")
        return self.run("subscribers", "import", str(path))

    def change(self, statement: str) -> None:
        """Run SQL of the test's own on the site's database, of whichever kind it is."""
        with self.database() as connection:
            connection.exec_driver_sql(statement)

    @contextmanager
    def database(self) -> Iterator[Connection]:
        """A transaction of the test's own in the site's database."""
        file = f"sqlite:///{self.folder / '.newsletter' / 'newsletter.db'}"
        engine = create_engine(self.environ.get("NEWSLETTER_DATABASE_URL", file))
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    @property
    def mail(self) -> list[Path]:
        return sorted((self.folder / ".newsletter" / "outbox").rglob("*.eml"))


@pytest.fixture
def site_database() -> str:
    """The kind of database of a test's sites; a module that is to hold for both says so."""
    return "sqlite"


#: What is done to a site with an issue and an empty list before a test begins.
Prepare = Callable[[SiteFolder], None]


@dataclass
class Models:
    """One site for each way to prepare one: the others are copied, with their databases."""

    factory: pytest.TempPathFactory
    made: dict[tuple[Prepare, bool], tuple[Path, str]] = field(default_factory=dict)

    def copied(self, prepare: Prepare, folder: Path, databases: Databases | None) -> SiteFolder:
        """Into `folder`, which is not there yet; on a server, if that is where databases are."""
        kind = (prepare, databases is not None)
        if kind not in self.made:
            self.made[kind] = self._make(prepare, databases)
        model, name = self.made[kind]
        site = SiteFolder(shutil.copytree(model, folder))
        if databases:
            site.environ["NEWSLETTER_DATABASE_URL"] = databases.server.url(databases.new(of=name))
        return site

    def _make(self, prepare: Prepare, databases: Databases | None) -> tuple[Path, str]:
        site = SiteFolder(self.factory.mktemp("model") / "site")
        site.configure("")
        site.write("issues/2026-014/issue.md", ISSUE)
        if not databases:
            prepare(site)
            return site.folder, ""

        def fill(url: str) -> None:
            site.environ["NEWSLETTER_DATABASE_URL"] = url
            prepare(site)

        return site.folder, databases.model(fill)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return Models(tmp_path_factory)


@pytest.fixture
def site_as(
    models: Models,
    site_database: str,
    tmp_path: Path,
    nursery: Nursery,
    request: pytest.FixtureRequest,
) -> Callable[[Prepare], SiteFolder]:
    """A site as it was prepared."""
    on_server = site_database != "sqlite"
    databases: Databases | None = request.getfixturevalue("databases") if on_server else None

    def copied(prepare: Prepare) -> SiteFolder:
        return replace(models.copied(prepare, tmp_path / "site", databases), nursery=nursery)

    return copied


@pytest.fixture
def site(site_as: Callable[[Prepare], SiteFolder]) -> SiteFolder:
    """Five readers, two of them on the board."""
    return site_as(_subscribe_five)


def _subscribe_five(site: SiteFolder) -> None:
    ran = site.subscribe(
        [
            "ana@example.org,Ana,board",
            "ben@example.org,,board",
            "cleo@example.org,Cleo,reader",
            "dan@example.org,Dan,reader",
            "eve@example.org,Zoë,",
        ]
    )
    assert ran.code == 0, ran.err


@pytest.fixture(scope="session")
def fresh_install(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package in an environment of its own; see `installed`."""
    return once(tmp_path_factory, "fresh-install", install)
