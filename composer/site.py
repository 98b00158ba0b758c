"""The composition root: opens a site folder and hands out provider, storage and templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from composer.model.settings import Settings
from composer.reading.site_file import find_site, read_settings
from composer.storage.database import Database, open_database


@dataclass
class Site:
    """An opened site; nothing is connected or created before it is asked for."""

    folder: Path
    settings: Settings
    environ: Mapping[str, str] = field(repr=False)

    @classmethod
    def find(cls, start: Path, environ: Mapping[str, str]) -> Site:
        folder = find_site(start)
        return cls(folder, read_settings(folder, environ), environ)

    @cached_property
    def database(self) -> Database:
        return open_database(self.settings.database_url, self.settings, self.folder)
