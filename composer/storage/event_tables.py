"""The tables of what became of mail: what was told, as it came in, and what was made of it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table, UniqueConstraint

from composer.storage.dialect import LONG_TEXT, NUMBER, WORDS
from composer.storage.tables import metadata

#: Webhooks' bodies: written before they are looked into, emptied when they were applied. The
#: rows stay for a while, so that a call that is told again is known.
arrivals = Table(
    "arrivals",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("provider", WORDS, nullable=False),
    Column("nonce", WORDS, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("received", WORDS, nullable=False),
    Column("state", WORDS, nullable=False),
    Column("trouble", WORDS, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("provider", "nonce"),
    Index("arrivals_by_state", "state", "id"),
    sqlite_autoincrement=True,
)

#: `delivery` and `mailing` are empty for news of mail that is not ours. Nobody is named here.
events = Table(
    "events",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("key", LargeBinary, nullable=False, unique=True),
    Column("mailing", NUMBER),
    Column("delivery", NUMBER),
    Column("provider", WORDS, nullable=False),
    Column("kind", WORDS, nullable=False),
    Column("verdict", WORDS, nullable=False),
    Column("at", WORDS, nullable=False),
    Column("permanent", Boolean),
    Column("code", WORDS, nullable=False),
    Column("reason", WORDS, nullable=False),
    Column("detail", LONG_TEXT, nullable=False),
    Column("link", LONG_TEXT, nullable=False),
    Column("machine", Boolean, nullable=False),
    Index("events_by_mailing", "mailing", "kind", "machine", "delivery"),
    Index("events_by_delivery", "delivery", "kind"),
)
