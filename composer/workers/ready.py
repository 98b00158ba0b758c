"""What workers need: a database that hosts can share, and the queue's library."""

from __future__ import annotations

from importlib.util import find_spec

from composer.errors import ConfigError
from composer.storage.database import Database


def refuse_unready(database: Database) -> None:
    """Raises ConfigError when workers cannot work on this database."""
    if not database.is_shared:
        raise ConfigError(
            "workers need a database on PostgreSQL: other hosts cannot share a file",
            hint='[database] url = "postgresql+psycopg://user@host/database"',
        )
    if find_spec("procrastinate") is None:
        raise ConfigError(
            "workers need Procrastinate, which is not installed",
            hint='pip install "newsletter-composer[postgres]"',
        )
