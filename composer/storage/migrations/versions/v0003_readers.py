"""What readers say on our pages: sign-ups, consents, choices, pauses, old tokens, limits."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_LONG_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "signups",
        sa.Column("id", _NUMBER, primary_key=True),
        _column("purpose", _WORDS),
        _column("hash", sa.LargeBinary()),
        *(_column(name, _WORDS) for name in ("token", "address", "locale")),
        _column("choices", _LONG_TEXT),
        *(_column(name, _WORDS) for name in ("wording", "source")),
        *(_column(name, _NUMBER) for name in ("subscriber", "asked", "expires")),
        _column("mail", _WORDS),
        *(_column(name, _NUMBER) for name in ("tries", "due", "done")),
        sqlite_autoincrement=True,
    )
    op.create_index("signups_by_hash", "signups", ["hash", "purpose"], unique=True)
    op.create_index("signups_by_token", "signups", ["token"], unique=True)
    op.create_index("signups_to_mail", "signups", ["mail", "due"])
    op.create_table(
        "wordings",
        sa.Column("hash", _WORDS, primary_key=True),
        _column("text", _LONG_TEXT),
    )
    op.create_table(
        "consents",
        sa.Column("id", _NUMBER, primary_key=True),
        _column("hash", sa.LargeBinary()),
        *(
            _column(name, _WORDS)
            for name in ("what", "how", "asked", "time", "source", "wording", "locale")
        ),
        _column("reason", _LONG_TEXT),
        sqlite_autoincrement=True,
    )
    op.create_index("consents_by_hash", "consents", ["hash"])
    _create_the_rest()


def _create_the_rest() -> None:
    op.create_table(
        "choices",
        sa.Column("hash", sa.LargeBinary(), primary_key=True),
        sa.Column("field", _WORDS, primary_key=True),
        _column("content", _LONG_TEXT),
        _column("time", _WORDS),
    )
    op.create_table(
        "reader_pauses",
        sa.Column("hash", sa.LargeBinary(), primary_key=True),
        _column("until", _WORDS),
    )
    op.create_table(
        "old_tokens",
        sa.Column("key", sa.LargeBinary(), primary_key=True),
        _column("hash", sa.LargeBinary()),
    )
    op.create_table(
        "page_limits",
        sa.Column("key", sa.LargeBinary(), primary_key=True),
        _column("used", _NUMBER),
        _column("expires", _NUMBER),
    )
    op.create_index("page_limits_by_end", "page_limits", ["expires"])


def _column(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back: it would drop what it stores")
