"""The tables, and the typed columns that a site's declared fields add to its subscribers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

from composer.model.settings import FieldType
from composer.storage.dialect import LONG_TEXT, MAX_NAME_CHARS, NUMBER, WORDS

metadata = MetaData()


def _blank(name: str, kind: TypeEngine[Any]) -> Column[Any]:
    """A column that is empty, or 0, where nothing is said of it."""
    return Column(name, kind, nullable=False, server_default=text("0" if kind is NUMBER else "''"))


#: Facts about this database: its salt among them.
meta = Table(
    "meta",
    metadata,
    Column("name", WORDS, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

#: `hash` is the salted hash of `Address.key`: what identity goes by. `fields` is a JSON object
#: of the texts as they were imported. Ids are never used again.
subscribers = Table(
    "subscribers",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("address", WORDS, nullable=False),
    Column("domain", WORDS, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("locale", WORDS, nullable=False),
    Column("consent_source", WORDS, nullable=False),
    Column("consent_time", WORDS, nullable=False),
    Column("token", WORDS, nullable=False),
    Column("fields", LONG_TEXT, nullable=False),
    Index("subscribers_by_hash", "hash", unique=True),
    Index("subscribers_by_token", "token", unique=True),
    sqlite_autoincrement=True,
)

#: `address` is empty once it was forgotten; the hash alone keeps it from being mailed.
suppressions = Table(
    "suppressions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("address", WORDS, nullable=False),
    Column("reason", WORDS, nullable=False),
    Column("since", WORDS, nullable=False),
)

#: `wish` is what a person, or the breaker, asks of whoever sends it: "", "pause" or "cancel".
#: `due` and `finished` are epoch seconds: not before, and since when nothing is left to attempt
#: (0: at once; not yet), `queued` since when workers deliver it. `schedule` is `due` as it was
#: typed, `trial` an A/B test in JSON. `rate` is as `Rate` reads it; `full_us` (epoch microseconds)
#: is what of it was used, as `Pace` tells it.
mailings = Table(
    "mailings",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("id", WORDS, nullable=False, unique=True),
    Column("issue_id", WORDS, nullable=False),
    Column("segment", WORDS, nullable=False),
    Column("provider", WORDS, nullable=False),
    Column("letterhead", LONG_TEXT, nullable=False),
    Column("edition_digest", WORDS, nullable=False),
    Column("created", WORDS, nullable=False),
    Column("matched", Integer, nullable=False),
    _blank("wish", WORDS),
    _blank("wish_reason", WORDS),
    _blank("due", NUMBER),
    _blank("schedule", WORDS),
    _blank("trial", LONG_TEXT),
    _blank("finished", NUMBER),
    _blank("queued", NUMBER),
    _blank("rate", WORDS),
    _blank("full_us", NUMBER),
    Index("mailings_by_issue", "issue_id"),
    sqlite_autoincrement=True,
)

#: What a walk over all lines of a mailing found, while that is what one would find now.
tallies = Table(
    "tallies",
    metadata,
    Column("mailing", ForeignKey("mailings.number", ondelete="CASCADE"), primary_key=True),
    Column("content", LONG_TEXT, nullable=False),
)

editions = Table(
    "editions",
    metadata,
    Column("mailing", ForeignKey("mailings.number", ondelete="CASCADE"), primary_key=True),
    Column("name", WORDS, primary_key=True),
    Column("digest", WORDS, nullable=False),
    Column("content", LONG_TEXT, nullable=False),
)

#: The counted links of all mailings by their names; never taken out, for letters are kept.
links = Table(
    "links",
    metadata,
    Column("name", WORDS, primary_key=True),
    Column("target", LONG_TEXT, nullable=False),
)

#: One line for everybody who matched; `excluded` ones have their reason and never a token.
#: Nothing is attempted before `due` (epoch seconds, 0: at once); a deferred line that is due at
#: 0 waits for a person. `at` is when its status last changed. `domain` receives, in lower case,
#: and stays when an address is forgotten; `provider` is the kind that it was last handed to.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("mailing", ForeignKey("mailings.number", ondelete="CASCADE"), nullable=False),
    Column("subscriber", NUMBER, nullable=False),
    Column("address", WORDS, nullable=False),
    Column("display_name", WORDS, nullable=False),
    Column("edition", WORDS, nullable=False),
    Column("slots", LONG_TEXT, nullable=False),
    Column("token", WORDS, nullable=False),
    Column("status", WORDS, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", WORDS, nullable=False),
    Column("provider_id", WORDS, nullable=False),
    _blank("due", NUMBER),
    _blank("at", NUMBER),
    _blank("domain", WORDS),
    _blank("provider", WORDS),
    UniqueConstraint("mailing", "subscriber"),
    Index("deliveries_to_do", "mailing", "status", "due", "edition"),
    sqlite_autoincrement=True,
)

#: How much of a limit was used, by the pieces of its window; see `composer.sending.limits`.
spent = Table(
    "spent",
    metadata,
    Column("scope", WORDS, primary_key=True),
    Column("window_s", Integer, primary_key=True, autoincrement=False),
    Column("start_ms", NUMBER, primary_key=True, autoincrement=False),
    Column("used", Integer, nullable=False),
)

#: Receiving domains that get nothing for a while. `times` counts pauses without a success between.
pauses = Table(
    "pauses",
    metadata,
    Column("domain", WORDS, primary_key=True),
    Column("until", NUMBER, nullable=False),
    Column("reason", WORDS, nullable=False),
    Column("since", NUMBER, nullable=False),
    Column("times", Integer, nullable=False),
)

#: Each process of `newsletter worker`, as it last said of itself; `seen` is epoch seconds.
workers = Table(
    "workers",
    metadata,
    Column("id", WORDS, primary_key=True),
    Column("host", WORDS, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("mailing", WORDS, nullable=False),
    Column("share", WORDS, nullable=False),
    Column("per_s", Double, nullable=False),
    Column("seen", NUMBER, nullable=False),
)

#: The columns of typed values; what is not here is text.
SQL_TYPES: Mapping[FieldType, TypeEngine[Any]] = {
    FieldType.NUMBER: Float(),
    FieldType.BOOLEAN: Boolean(),
}


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """The column that holds a declared field's typed value, derived from the raw text.

    Its name carries the type, so that another declaration is another column. Dates are ISO
    text, sets are `;a;b;`.
    """

    field: str
    type: FieldType

    @property
    def name(self) -> str:
        name = f"f_{self.type}_{self.field}"
        if len(name) <= MAX_NAME_CHARS:
            return name
        rest = blake2b(name.encode(), digest_size=8).hexdigest()
        return f"{name[: MAX_NAME_CHARS - len(rest) - 1]}_{rest}"


@dataclass(frozen=True)
class SubscriberTable:
    """`subscribers` with the typed columns of one site."""

    table: Table
    typed: tuple[TypedColumn, ...]

    @classmethod
    def of(cls, fields: Mapping[str, FieldType]) -> SubscriberTable:
        typed = tuple(TypedColumn(name, kind) for name, kind in fields.items())
        own = MetaData()
        table = Table(
            "subscribers",
            own,
            *_columns_of(subscribers),
            *(Column(c.name, SQL_TYPES.get(c.type, WORDS)) for c in typed),
        )
        return cls(table, typed)


def _columns_of(table: Table) -> list[Column[object]]:
    return [Column(c.name, c.type, primary_key=c.primary_key) for c in table.columns]
