"""Counted links: their targets, frozen with the mailings, and what became of deliveries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

from sqlalchemy import Connection, select

from composer.errors import GuardError
from composer.model.clicks import tokens
from composer.model.delivery import Status
from composer.storage.consequences import SETTLED_ACCEPTED
from composer.storage.dialect import insert
from composer.storage.spool import Spool
from composer.storage.store import Store
from composer.storage.tables import deliveries, links

#: So many names are looked up at once.
_CHUNK = 2_000


class Clicks:
    """Looks tokens and targets up; nothing here writes to the database.

    `spool` is beside the database, and holds what is not written into it yet.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def spool(self) -> Spool:
        return Spool(self._store.folder / "clicks")

    def of_token(self, token: str) -> tuple[int, str] | None:
        """The number of a delivery and the name of a link; None for a token that is not ours."""
        return self._store.identity.clicked(token)

    def delivery_id(self, number: int) -> str:
        return self._store.identity.delivery_id(number)

    def targets(self, names: Collection[str]) -> Mapping[str, str]:
        """The targets of those of the links that there are."""
        found: dict[str, str] = {}
        wanted = sorted(set(names))
        with self._store.reading() as connection:
            for start in range(0, len(wanted), _CHUNK):
                found |= _targets(connection, wanted[start : start + _CHUNK])
        return found

    def sample(self) -> tuple[str, str] | None:
        """A token as letters carry it, and its target; None where no link was ever counted.

        It proves who made it and names no delivery: numbers begin at 1.
        """
        with self._store.reading() as connection:
            row = connection.execute(select(links).limit(1)).first()
        if row is None:
            return None
        identity = self._store.identity
        (token,) = tokens(identity.delivery_id(0), identity.seal(0), [row.name])
        return token, row.target

    def accepted_at(self, numbers: Collection[int]) -> Mapping[int, int]:
        """When a provider took each delivery (epoch seconds), where that is known."""
        found: dict[int, int] = {}
        wanted = sorted(set(numbers))
        with self._store.reading() as connection:
            for start in range(0, len(wanted), _CHUNK):
                query = select(deliveries.c.id, deliveries.c.at).where(
                    deliveries.c.id.in_(wanted[start : start + _CHUNK]),
                    deliveries.c.status == str(Status.ACCEPTED),
                    # Settled later: that is when we learned of it, and not when it was.
                    deliveries.c.reason != SETTLED_ACCEPTED,
                )
                found |= {row.id: row.at for row in connection.execute(query)}
        return found


def insert_links(connection: Connection, targets: Mapping[str, str]) -> None:
    """Freeze the targets of counted links.

    Raises:
        GuardError: a name means another target already.
    """
    if not targets:
        return
    rows = [{"name": name, "target": target} for name, target in sorted(targets.items())]
    connection.execute(insert(connection, links).on_conflict_do_nothing(), rows)
    if _targets(connection, list(targets)) != dict(targets):
        raise GuardError(
            "two links have one name by an accident of numbers; nothing was sent",
            hint="alter one of them a little: a # at its end is enough",
        )


def _targets(connection: Connection, names: Collection[str]) -> dict[str, str]:
    query = select(links.c.name, links.c.target).where(links.c.name.in_(names))
    return {row.name: row.target for row in connection.execute(query)}
