"""The first schema: subscribers, suppressions, mailings and their deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_LONG_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "meta",
        sa.Column("name", _WORDS, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("address", _WORDS, nullable=False),
        sa.Column("domain", _WORDS, nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.Column("locale", _WORDS, nullable=False),
        sa.Column("consent_source", _WORDS, nullable=False),
        sa.Column("consent_time", _WORDS, nullable=False),
        sa.Column("token", _WORDS, nullable=False),
        sa.Column("fields", _LONG_TEXT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("subscribers_by_hash", "subscribers", ["hash"], unique=True)
    op.create_index("subscribers_by_token", "subscribers", ["token"], unique=True)
    op.create_table(
        "suppressions",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("address", _WORDS, nullable=False),
        sa.Column("reason", _WORDS, nullable=False),
        sa.Column("since", _WORDS, nullable=False),
    )
    op.create_table(
        "mailings",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("id", _WORDS, nullable=False, unique=True),
        sa.Column("issue_id", _WORDS, nullable=False),
        sa.Column("segment", _WORDS, nullable=False),
        sa.Column("provider", _WORDS, nullable=False),
        sa.Column("letterhead", _LONG_TEXT, nullable=False),
        sa.Column("edition_digest", _WORDS, nullable=False),
        sa.Column("created", _WORDS, nullable=False),
        sa.Column("matched", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("mailings_by_issue", "mailings", ["issue_id"])
    _create_editions_and_deliveries()


def _create_editions_and_deliveries() -> None:
    op.create_table(
        "editions",
        sa.Column(
            "mailing",
            _NUMBER,
            sa.ForeignKey("mailings.number", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("name", _WORDS, primary_key=True),
        sa.Column("digest", _WORDS, nullable=False),
        sa.Column("content", _LONG_TEXT, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column(
            "mailing",
            _NUMBER,
            sa.ForeignKey("mailings.number", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("subscriber", _NUMBER, nullable=False),
        sa.Column("address", _WORDS, nullable=False),
        sa.Column("display_name", _WORDS, nullable=False),
        sa.Column("edition", _WORDS, nullable=False),
        sa.Column("slots", _LONG_TEXT, nullable=False),
        sa.Column("token", _WORDS, nullable=False),
        sa.Column("status", _WORDS, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reason", _WORDS, nullable=False),
        sa.Column("provider_id", _WORDS, nullable=False),
        sa.UniqueConstraint("mailing", "subscriber"),
        sqlite_autoincrement=True,
    )
    # SQLite ends every entry of an index with the row's number by itself.
    ends = ["id"] if op.get_bind().dialect.name == "postgresql" else []
    op.create_index("deliveries_to_do", "deliveries", ["mailing", "status", "edition", *ends])


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back: it would drop what it stores")
