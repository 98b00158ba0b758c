"""Facts that the database keeps about itself, each a set of names."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Connection, select

from composer.storage.dialect import insert
from composer.storage.tables import meta

#: The typed columns that are up to date with the raw texts.
TYPED = "typed"
#: The names of all fields that files have brought, declared or not.
FIELDS = "fields"


def names_of(connection: Connection, fact: str) -> frozenset[str]:
    """Empty when nothing was noted yet."""
    content = connection.execute(select(meta.c.content).where(meta.c.name == fact)).scalar()
    return frozenset(json.loads(content)) if content else frozenset()


def note_names(connection: Connection, fact: str, names: Iterable[str]) -> None:
    """Write the whole set, when it is another one than before."""
    now = frozenset(names)
    if now != names_of(connection, fact):
        content = json.dumps(sorted(now)).encode()
        noted = insert(connection, meta).values(name=fact, content=content)
        merged = noted.on_conflict_do_update(index_elements=["name"], set_={"content": content})
        connection.execute(merged)
