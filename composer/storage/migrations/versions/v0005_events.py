"""What providers and mailboxes tell later; envelope senders get a mark of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_LONG_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "arrivals",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("provider", _WORDS, nullable=False),
        sa.Column("nonce", _WORDS, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("received", _WORDS, nullable=False),
        sa.Column("state", _WORDS, nullable=False),
        sa.Column("trouble", _WORDS, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("provider", "nonce"),
        sqlite_autoincrement=True,
    )
    op.create_index("arrivals_by_state", "arrivals", ["state", "id"])
    op.create_table(
        "events",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("mailing", _NUMBER),
        sa.Column("delivery", _NUMBER),
        sa.Column("provider", _WORDS, nullable=False),
        sa.Column("kind", _WORDS, nullable=False),
        sa.Column("verdict", _WORDS, nullable=False),
        sa.Column("at", _WORDS, nullable=False),
        sa.Column("permanent", sa.Boolean),
        sa.Column("code", _WORDS, nullable=False),
        sa.Column("reason", _WORDS, nullable=False),
        sa.Column("detail", _LONG_TEXT, nullable=False),
        sa.Column("link", _LONG_TEXT, nullable=False),
        sa.Column("machine", sa.Boolean, nullable=False),
    )
    op.create_index("events_by_mailing", "events", ["mailing", "kind", "machine", "delivery"])
    op.create_index("events_by_delivery", "events", ["delivery", "kind"])
    _note_older_envelopes()


def _note_older_envelopes() -> None:
    """Deliveries up to this one came back under their plain ids, and may still."""
    last = op.get_bind().exec_driver_sql("SELECT max(id) FROM deliveries").scalar() or 0
    meta = sa.table("meta", sa.column("name", sa.String), sa.column("content", sa.LargeBinary))
    op.bulk_insert(meta, [{"name": "plain_returns", "content": str(last).encode()}])


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back: it would drop what it stores")
