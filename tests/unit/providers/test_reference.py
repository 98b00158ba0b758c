"""The page about providers says what the providers say of themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from composer.model.settings import Secret, SendgridSettings, SmtpSettings
from composer.providers.outbox import OutboxProvider
from composer.providers.sendgrid import SendgridProvider
from composer.providers.smtp import SmtpProvider
from composer.sending.provider import Capabilities, Provider

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "providers.md"

PROVIDERS: list[Provider] = [
    OutboxProvider(Path("outbox")),
    SmtpProvider(SmtpSettings()),
    SendgridProvider(SendgridSettings(Secret("SG.none", "SENDGRID_API_KEY"))),
]


def yes(value: object) -> str:
    return "yes" if value else "no"


def connections(able: Capabilities) -> str:
    return "1" if able.connections == 1 else f"`connections`, {able.connections}"


ROWS: dict[str, Callable[[Capabilities], str]] = {
    "reaches real people": lambda able: yes(able.live),
    "deliveries in one call": lambda able: str(able.batch_size),
    "calls at the same time": connections,
    "bytes of each reader's own values in a call": lambda able: (
        f"{able.merge_bytes:,}" if able.merge_bytes else "any"
    ),
    "headers of each reader's own": lambda able: yes(able.per_recipient_headers),
    "recognises a repeated call": lambda able: yes(able.idempotency),
    "sends at a later time by itself": lambda able: yes(able.scheduling),
    "has a sandbox": lambda able: yes(able.sandbox),
}


def feature_table() -> str:
    lines = [["", *(provider.name for provider in PROVIDERS)]]
    lines += [
        [row, *(tell(provider.capabilities) for provider in PROVIDERS)]
        for row, tell in ROWS.items()
    ]
    header, *rows = (f"| {' | '.join(line)} |".replace("|  |", "| |", 1) for line in lines)
    return "\n".join([header, "|---" * (len(PROVIDERS) + 1) + "|", *rows])


def test_the_feature_table_is_what_the_providers_say() -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = page.split("<!-- features")[1].split("-->\n", 1)[1].split("\n<!-- end")[0]

    assert told == feature_table(), f"the table should be\n{feature_table()}"
