"""The tables, and the typed columns that a site's declared fields add to its subscribers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from composer.model.settings import FieldType

metadata = MetaData()

#: Facts about this database: its salt among them.
meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

#: `hash` is the salted hash of `Address.key`: what identity goes by. `fields` is a JSON object
#: of the texts as they were imported. Ids are never used again.
subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("address", String, nullable=False),
    Column("domain", String, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("locale", String, nullable=False),
    Column("consent_source", String, nullable=False),
    Column("consent_time", String, nullable=False),
    Column("token", String, nullable=False),
    Column("fields", Text, nullable=False),
    Index("subscribers_by_hash", "hash", unique=True),
    Index("subscribers_by_token", "token", unique=True),
    sqlite_autoincrement=True,
)

#: `address` is empty once it was forgotten; the hash alone keeps it from being mailed.
suppressions = Table(
    "suppressions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("address", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("since", String, nullable=False),
)

mailings = Table(
    "mailings",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("issue_id", String, nullable=False),
    Column("segment", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("letterhead", Text, nullable=False),
    Column("edition_digest", String, nullable=False),
    Column("created", String, nullable=False),
    Column("matched", Integer, nullable=False),
    Index("mailings_by_issue", "issue_id"),
    sqlite_autoincrement=True,
)

editions = Table(
    "editions",
    metadata,
    Column("mailing", ForeignKey("mailings.number", ondelete="CASCADE"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("content", Text, nullable=False),
)

#: One line for everybody who matched; `excluded` ones have their reason and never a token.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailing", ForeignKey("mailings.number", ondelete="CASCADE"), nullable=False),
    Column("subscriber", Integer, nullable=False),
    Column("address", String, nullable=False),
    Column("display_name", String, nullable=False),
    Column("edition", String, nullable=False),
    Column("slots", Text, nullable=False),
    Column("token", String, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", String, nullable=False),
    Column("provider_id", String, nullable=False),
    UniqueConstraint("mailing", "subscriber"),
    Index("deliveries_to_do", "mailing", "status", "edition"),
    sqlite_autoincrement=True,
)

_SQL_TYPES = {FieldType.NUMBER: Float, FieldType.BOOLEAN: Boolean}


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
        return f"f_{self.type}_{self.field}"


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
            *(Column(c.name, _SQL_TYPES.get(c.type, String)) for c in typed),
        )
        return cls(table, typed)


def _columns_of(table: Table) -> list[Column[object]]:
    return [Column(c.name, c.type, primary_key=c.primary_key) for c in table.columns]
