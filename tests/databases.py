"""Sites on SQLite and sites on PostgreSQL, for the tests that hold for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from composer.storage.opening import migrate
from composer.storage.postgres import PostgresServer
from tests.servers.postgres import Server

#: In a site's folder: the URL of its database, where it is not the usual file.
URL_FILE = "database.url"
BOTH = ("sqlite", "postgresql")

#: A new folder of that name, for a site with a database of its own.
NewSite = Callable[[str], Path]


@dataclass
class Databases:
    """New databases on one server, each thrown away after its test."""

    server: Server
    worker: str
    _numbers: Iterator[int] = field(default_factory=count)
    _made: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A model with the tables in it: to copy it is quicker than to migrate."""
        self._model = f"{self.worker}_model"
        self.server.run(f"CREATE DATABASE {self._model}")
        opened = PostgresServer.open(self.server.url(self._model))
        migrate(opened)
        opened.engine.dispose()

    def new(self, *, of: str = "") -> str:
        """The name of a new database, like `of` or with empty tables."""
        return self.of(f"TEMPLATE {of or self._model}")

    def model(self, fill: Callable[[str], None]) -> str:
        """The name of one that `fill` has filled, and that lasts: for `new` to copy."""
        name = self.new()
        fill(self.server.url(name))
        self.throw_out(name)  # or nobody could copy it
        self._made.remove(name)
        return name

    def of(self, terms: str) -> str:
        """The name of one that is created in these terms."""
        name = f"{self.worker}_{next(self._numbers)}"
        self.server.run(f"CREATE DATABASE {name} {terms}")
        self._made.append(name)
        return name

    def empty(self) -> str:
        """The name of one without tables."""
        return self.new(of="template1")

    def place(self, folder: Path, name: str = "") -> Path:
        """Make `folder` the folder of a site with a database on the server."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / URL_FILE).write_text(self.server.url(name or self.new()))
        return folder

    def throw_out(self, name: str) -> None:
        """End every session of a database, as an administrator may."""
        self.server.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"  # noqa: S608 - our own name
            f" WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        )

    @contextmanager
    def thrown_away(self) -> Iterator[Databases]:
        """What is made within is gone afterwards."""
        before = len(self._made)
        try:
            yield self
        finally:
            for name in self._made[before:]:
                self.server.run(f"DROP DATABASE {name} WITH (FORCE)")
            del self._made[before:]
