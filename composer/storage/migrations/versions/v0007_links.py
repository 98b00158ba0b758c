"""The links that are counted, where a site wants that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_LONG_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("name", _WORDS, primary_key=True),
        sa.Column("target", _LONG_TEXT, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back: it would drop what it stores")
