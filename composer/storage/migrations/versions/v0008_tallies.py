"""What a walk over the lines of a mailing found, kept while it is true."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LONG_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column(
            "mailing",
            _NUMBER,
            sa.ForeignKey("mailings.number", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("content", _LONG_TEXT, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back: it would drop what it stores")
