"""Where the database is; needs no database library to say."""

from __future__ import annotations

from pathlib import Path

from composer.errors import ConfigError
from composer.refused_files import real_path

POSTGRES = "postgresql+psycopg://"
_PREFIX = "sqlite:///"


def database_path(url: str, folder: Path) -> Path:
    """The file of a `sqlite:///` URL, relative to the site's `folder`.

    Raises:
        ConfigError: the URL is of another kind.
    """
    if not url.startswith(_PREFIX) or not url.removeprefix(_PREFIX):
        raise ConfigError(
            f"the database {url.split('://', maxsplit=1)[0]!r} is not supported",
            hint='url = "sqlite:///.newsletter/newsletter.db"',
        )
    # Two ways to the same file must find the same locks beside it.
    return real_path(folder / url.removeprefix(_PREFIX))
