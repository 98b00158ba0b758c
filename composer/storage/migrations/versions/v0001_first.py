"""The first schema: subscribers, suppressions, mailings and their deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("domain", sa.String, nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.Column("locale", sa.String, nullable=False),
        sa.Column("consent_source", sa.String, nullable=False),
        sa.Column("consent_time", sa.String, nullable=False),
        sa.Column("token", sa.String, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("subscribers_by_hash", "subscribers", ["hash"], unique=True)
    op.create_index("subscribers_by_token", "subscribers", ["token"], unique=True)
    op.create_table(
        "suppressions",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("since", sa.String, nullable=False),
    )
    op.create_table(
        "mailings",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("issue_id", sa.String, nullable=False),
        sa.Column("segment", sa.String, nullable=False),
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("letterhead", sa.Text, nullable=False),
        sa.Column("edition_digest", sa.String, nullable=False),
        sa.Column("created", sa.String, nullable=False),
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
            sa.Integer,
            sa.ForeignKey("mailings.number", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "mailing",
            sa.Integer,
            sa.ForeignKey("mailings.number", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("subscriber", sa.Integer, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("display_name", sa.String, nullable=False),
        sa.Column("edition", sa.String, nullable=False),
        sa.Column("slots", sa.Text, nullable=False),
        sa.Column("token", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("provider_id", sa.String, nullable=False),
        sa.UniqueConstraint("mailing", "subscriber"),
        sqlite_autoincrement=True,
    )
    op.create_index("deliveries_to_do", "deliveries", ["mailing", "status", "edition"])


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back: it would drop what it stores")
