"""How fast a mailing may go, whoever delivers it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    for name, kind, nothing in (("rate", _WORDS, "''"), ("full_us", _NUMBER, "0")):
        op.add_column(
            "mailings", sa.Column(name, kind, nullable=False, server_default=sa.text(nothing))
        )


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back: it would drop what it stores")
