"""What others are to be told of, until they know it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_LONG_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("channel", _WORDS, nullable=False),
        sa.Column("kind", _WORDS, nullable=False),
        sa.Column("at", _NUMBER, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("mailing", _WORDS, nullable=False),
        sa.Column("detail", _LONG_TEXT, nullable=False),
        sa.Column("state", _WORDS, nullable=False),
        sa.Column("tries", _NUMBER, nullable=False),
        sa.Column("due", _NUMBER, nullable=False),
        sa.Column("trouble", _WORDS, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("notices_to_tell", "notices", ["state", "due"])
    op.create_index("notices_by_hash", "notices", ["hash"])


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back: it would drop what it stores")
