"""What the engine's rules remember: when a delivery is due, wishes, limits and pauses."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_LONG_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    for name, kind in (
        ("due", _NUMBER),
        ("at", _NUMBER),
        ("domain", _WORDS),
        ("provider", _WORDS),
    ):
        op.add_column("deliveries", _column(name, kind))
    for name, kind in (
        ("wish", _WORDS),
        ("wish_reason", _WORDS),
        ("due", _NUMBER),
        ("schedule", _WORDS),
        ("trial", _LONG_TEXT),
        ("finished", _NUMBER),
    ):
        op.add_column("mailings", _column(name, kind))
    on_postgres = op.get_bind().dialect.name == "postgresql"
    domain = (
        "substring(address from '[^@]*$')"
        if on_postgres
        else "replace(address, rtrim(address, replace(address, '@', '')), '')"
    )
    op.execute(f"UPDATE deliveries SET domain = lower({domain}) WHERE address <> ''")  # noqa: S608
    op.drop_index("deliveries_to_do", "deliveries")
    # SQLite ends every entry of an index with the row's number by itself.
    ends = ["id"] if on_postgres else []
    op.create_index(
        "deliveries_to_do", "deliveries", ["mailing", "status", "due", "edition", *ends]
    )
    _create_limits()


def _create_limits() -> None:
    op.create_table(
        "spent",
        sa.Column("scope", _WORDS, primary_key=True),
        sa.Column("window_s", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("start_ms", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("used", sa.Integer, nullable=False),
    )
    op.create_table(
        "pauses",
        sa.Column("domain", _WORDS, primary_key=True),
        sa.Column("until", _NUMBER, nullable=False),
        sa.Column("reason", _WORDS, nullable=False),
        sa.Column("since", _NUMBER, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
    )


def _column(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    blank = "0" if kind is _NUMBER else "''"
    return sa.Column(name, kind, nullable=False, server_default=sa.text(blank))


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back: it would drop what it stores")
