"""Lists of invented people, as large as one likes, and a site to bring them into."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

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

FIELDS = {
    "first_name": FieldType.TEXT,
    "role": FieldType.TEXT,
    "country": FieldType.TEXT,
    "joined": FieldType.DATE,
    "topics": FieldType.SET,
}
RULE = 'country in ("US", "CA") and "policy" in topics and joined >= "2024-01-01"'
SETTINGS = Settings(
    newsletter=NewsletterSettings(
        name="Harbour Watch",
        sender=Mailbox("Harbour Watch", Address("desk", "news.example.org")),
        base_url="https://news.example.org",
        list_id="harbour-watch.news.example.org",
        postal_address="12 Quay Street, Port Example",
    ),
    provider=ProviderSettings(),
    database_url="sqlite:///.newsletter/newsletter.db",
    fields=FIELDS,
    segments={"na-policy": SegmentRule("na-policy", RULE, Place(Path("newsletter.toml"), 1, 1))},
)


def write_list(path: Path, rows: int) -> None:
    """`rows` different people, the same for the same number."""
    chance = random.Random(rows)  # noqa: S311 - repeatable, not secret
    countries = ["US", "CA", "DE", "FR", "NG", "IN", "BR", "PL"]
    topics = ["policy", "energy", "ports", "labour", "trade"]
    names = ["Ana", "Ben", "Chloë", "Dmytro", "Efua", "Farid", "Gülşen", "Hana"]
    with path.open("w", encoding="utf-8") as out:
        out.write("email,first_name,role,country,joined,topics\n")
        for n in range(rows):
            name = chance.choice(names)
            chosen = ";".join(chance.sample(topics, chance.randrange(3)))
            day = date(2015, 1, 1) + timedelta(days=chance.randrange(4_300))
            domain = f"mail{chance.randrange(400)}.example.org"
            out.write(
                f"reader{n}@{domain},{name},{'board' if n % 90 == 0 else 'reader'},"
                f"{chance.choice(countries)},{day},{chosen}\n"
            )
