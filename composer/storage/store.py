"""The opened database, and what its rooms must know of the site."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from composer.model.settings import FieldType, OutgoingSettings
from composer.storage.identity import Identity
from composer.storage.keeping import Keeping
from composer.storage.tables import SubscriberTable


@dataclass(frozen=True)
class Store:
    """What every room of storage needs. `folder` has room for what is only in passing; whoever
    needs it makes it.
    """

    keeping: Keeping
    folder: Path
    identity: Identity
    people: SubscriberTable
    fields: Mapping[str, FieldType]
    outgoing: OutgoingSettings

    @property
    def engine(self) -> Engine:
        return self.keeping.engine

    @property
    def replaced(self) -> bool:
        """Whether what was opened is there no more, or something else in its place."""
        return self.keeping.replaced

    def reading(self) -> AbstractContextManager[Connection]:
        """One snapshot of the database, for as long as it is open."""
        return self.keeping.reading()

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction, and no other one of these: all of it is committed, or nothing."""
        return self.keeping.writing()

    def writing_rows(self) -> AbstractContextManager[Connection]:
        """One transaction that needs nobody kept out but from the rows that it touches."""
        return self.keeping.writing_rows()
