"""A site with a declared field of every type, and databases with invented people in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from composer.audience.csv_file import RowError, SubscriberFile
from composer.audience.parse import compile_rules
from composer.errors import Place
from composer.model.address import Address
from composer.model.settings import (
    FieldType,
    Mailbox,
    NewsletterSettings,
    ProviderSettings,
    SegmentRule,
    Settings,
)
from composer.storage.database import Database, open_database
from composer.storage.importing import Imported
from tests.databases import URL_FILE

URL = "sqlite:///.newsletter/newsletter.db"
FIELDS: Mapping[str, FieldType] = {
    "role": FieldType.TEXT,
    "seats": FieldType.NUMBER,
    "joined": FieldType.DATE,
    "press": FieldType.BOOLEAN,
    "topics": FieldType.SET,
}
RULES = {"board": 'role == "board"', "policy": '"policy" in topics'}
NEWSLETTER = NewsletterSettings(
    name="Harbour Watch",
    sender=Mailbox("Harbour Watch", Address("desk", "news.example.org")),
    base_url="https://news.example.org",
    list_id="harbour-watch.news.example.org",
    postal_address="12 Quay Street, Port Example",
)


def url_of(folder: Path) -> str:
    """Of the site's database: what `tests.databases` wrote down, or the usual file."""
    noted = folder / URL_FILE
    return noted.read_text() if noted.exists() else URL


def settings(
    rules: Mapping[str, str] = RULES, fields: Mapping[str, FieldType] = FIELDS
) -> Settings:
    file = Path("newsletter.toml")
    return Settings(
        newsletter=NEWSLETTER,
        provider=ProviderSettings(),
        database_url=URL,
        fields=fields,
        segments={
            name: SegmentRule(name, rule, Place(file, line, 9))
            for line, (name, rule) in enumerate(rules.items(), 20)
        },
    )


def open_list(
    folder: Path,
    rules: Mapping[str, str] = RULES,
    fields: Mapping[str, FieldType] = FIELDS,
) -> Database:
    site = settings(rules, fields)
    return open_database(url_of(folder), folder, site, compile_rules(site))


def bring_in(database: Database, path: Path) -> tuple[Imported, list[RowError]]:
    refused: list[RowError] = []
    with closing(SubscriberFile(path, database.store.fields)) as file:
        done = database.subscribers.import_file(file, refused.append, lambda _: None)
    return done, refused


def bring_in_text(database: Database, text: str) -> tuple[Imported, list[RowError]]:
    path = database.store.folder / "list.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return bring_in(database, path)


def addresses(found: Iterable[object]) -> list[str]:
    """Of entries or candidates, in their order."""
    return [str(getattr(one, "subscriber").address) for one in found]  # noqa: B009 - two types
