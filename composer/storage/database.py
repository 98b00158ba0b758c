"""One opened database, and the rooms that work on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from composer.audience.rule import Rule
from composer.model.settings import Settings
from composer.storage.agenda import SqlAgenda
from composer.storage.arrivals import Arrivals
from composer.storage.audience import SqlAudience
from composer.storage.clicks import Clicks
from composer.storage.dialect import POSTGRESQL
from composer.storage.events import EventBook
from composer.storage.facts import FIELDS, names_of
from composer.storage.figures import SqlFigures
from composer.storage.fleet import Fleet
from composer.storage.leaving import Leaving
from composer.storage.ledger import SqlLedger
from composer.storage.measured import SqlMeasured
from composer.storage.notices import Notices
from composer.storage.opening import open_store
from composer.storage.preferences import Preferences
from composer.storage.signups import SignUps
from composer.storage.standings import Standings
from composer.storage.store import Store
from composer.storage.subscribers import Subscribers


@dataclass
class Database:
    """Hands out the list, the audience and the ledger."""

    store: Store
    rules: Mapping[str, Rule]

    @cached_property
    def subscribers(self) -> Subscribers:
        return Subscribers(self.store)

    @cached_property
    def audience(self) -> SqlAudience:
        return SqlAudience(self.store, self.rules)

    @cached_property
    def ledger(self) -> SqlLedger:
        return SqlLedger(self.store)

    @cached_property
    def signups(self) -> SignUps:
        return SignUps(self.store)

    @cached_property
    def leaving(self) -> Leaving:
        return Leaving(self.store)

    @cached_property
    def preferences(self) -> Preferences:
        return Preferences(self.store)

    @cached_property
    def agenda(self) -> SqlAgenda:
        return SqlAgenda(self.store)

    @cached_property
    def fleet(self) -> Fleet:
        return Fleet(self.store)

    @property
    def is_shared(self) -> bool:
        """Whether processes on several hosts can work on it."""
        return self.store.engine.dialect.name == POSTGRESQL

    @cached_property
    def arrivals(self) -> Arrivals:
        return Arrivals(self.store)

    @cached_property
    def clicks(self) -> Clicks:
        return Clicks(self.store)

    @cached_property
    def events(self) -> EventBook:
        return EventBook(self.store)

    @cached_property
    def notices(self) -> Notices:
        return Notices(self.store)

    @cached_property
    def figures(self) -> SqlFigures:
        return SqlFigures(self.store)

    @cached_property
    def measured(self) -> SqlMeasured:
        return SqlMeasured(self.store)

    @cached_property
    def standings(self) -> Standings:
        return Standings(self.store)

    def probe(self) -> None:
        """Ask the database for nothing; raises StorageError when it is away."""
        with self.store.reading() as connection:
            connection.exec_driver_sql("SELECT 1")

    def trouble(self) -> str:
        """What is wrong with it, in a few words; `""` when it is whole and can be written.

        Raises:
            StorageError: it cannot even be asked.
        """
        with self.store.writing() as connection:
            if self.is_shared:
                return ""  # a server looks after its own files
            found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
        return "" if found == "ok" else f"the database is damaged: {found}"

    def seen_fields(self) -> frozenset[str]:
        """The names of all fields that the list has brought, declared or not."""
        with self.store.reading() as connection:
            return names_of(connection, FIELDS)


def open_database(
    url: str, folder: Path, settings: Settings, rules: Mapping[str, Rule]
) -> Database:
    """Open or create the site's database.

    Raises:
        ConfigError: the URL is not of a kind that is supported.
        StorageError: it cannot be opened.
    """
    return Database(open_store(url, folder, settings), rules)
