"""Who works, and which mailings are the workers'."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column(
        "mailings", sa.Column("queued", _NUMBER, nullable=False, server_default=sa.text("0"))
    )
    op.create_table(
        "workers",
        sa.Column("id", _WORDS, primary_key=True),
        sa.Column("host", _WORDS, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("mailing", _WORDS, nullable=False),
        sa.Column("share", _WORDS, nullable=False),
        sa.Column("per_s", sa.Float, nullable=False),
        sa.Column("seen", _NUMBER, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back: it would drop what it stores")
