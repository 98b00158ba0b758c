"""What a reader sets for themselves: topics, language, a pause; and what we know of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from composer.model.address import Address
from composer.model.joining import Standing
from composer.storage.dialect import insert
from composer.storage.event_tables import events
from composer.storage.reader_rows import (
    apply_choices,
    hash_of_token,
    subscriber_by,
    write_choices,
)
from composer.storage.reader_tables import choices, consents, reader_pauses, wordings
from composer.storage.store import Store
from composer.storage.tables import deliveries, mailings, suppressions

#: So many deliveries are looked up at once.
_CHUNK = 2_000


class Preferences:
    """By the token that a reader's letters carry."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = store.people.table

    def standing(self, token: str, now: str) -> Standing | None:
        """The reader of `token`, as they stand at `now`; None for a token that is nobody's."""
        with self._store.reading() as connection:
            row = self._row(connection, token)
        if row is None:
            return None
        local, _, domain = str(row.address).rpartition("@")
        return Standing(
            address=Address(local, domain),
            locale=row.locale,
            token=row.token,
            fields=json.loads(row.fields),
            suppressed=row.reason or "",
            paused=row.until if (row.until or "") > now else "",
        )

    def _row(self, connection: Connection, token: str) -> Row[Any] | None:
        table, known = self._table, hash_of_token(connection, self._store, token)
        query = (
            select(table, suppressions.c.reason, suppressions.c.since, reader_pauses.c.until)
            .outerjoin(suppressions, suppressions.c.hash == table.c.hash)
            .outerjoin(reader_pauses, reader_pauses.c.hash == table.c.hash)
            .where(table.c.hash == known)
        )
        return None if known is None else connection.execute(query).first()

    def choose(self, token: str, chosen: Mapping[str, str], now: str, *, until: str) -> bool:
        """Set fields (and `locale`) and the end of a pause, empty for none; whether it was done."""
        with self._store.writing_rows() as connection:
            known = hash_of_token(connection, self._store, token)
            if known is None:
                return False
            row = subscriber_by(connection, self._store, self._table.c.hash == known)
            if row is None:
                return False
            now_there = {**json.loads(row.fields), "locale": row.locale}
            changed = {n: text for n, text in chosen.items() if text != now_there.get(n, "")}
            if changed:
                write_choices(connection, self._store, row, changed, now)
            connection.execute(delete(reader_pauses).where(reader_pauses.c.hash == known))
            if until:
                connection.execute(
                    insert(connection, reader_pauses).values(hash=known, until=until)
                )
            return True

    def everything(self, token: str) -> Mapping[str, object] | None:
        """All that is kept of the reader of `token`, for them to have; None: it is nobody's."""
        with self._store.reading() as connection:
            row = self._row(connection, token)
            if row is None:
                return None
            return {
                "address": row.address,
                "status": "confirmed" if row.confirmed else "unconfirmed",
                "language": row.locale,
                "fields": json.loads(row.fields),
                "consent": {"source": row.consent_source, "time": row.consent_time},
                "suppressed": {"reason": row.reason, "since": row.since} if row.reason else None,
                "paused_until": row.until,
                "decisions": _decisions(connection, bytes(row.hash)),
                "letters": _letters(connection, row.id),
            }


def _decisions(connection: Connection, known: bytes) -> list[dict[str, str]]:
    query = (
        select(consents, wordings.c.text)
        .outerjoin(wordings, wordings.c.hash == consents.c.wording)
        .where(consents.c.hash == known)
        .order_by(consents.c.id)
    )
    names = ("what", "how", "asked", "time", "source", "locale", "reason")
    found = []
    for row in connection.execute(query):
        kept = {name: str(getattr(row, name)) for name in names if getattr(row, name)}
        found.append({**kept, **({"agreed_to": str(row.text)} if row.text else {})})
    return found


def _letters(connection: Connection, subscriber: int) -> list[dict[str, object]]:
    """With what became of each, as far as it is kept: `told` is empty where nothing is."""
    query = (
        select(deliveries.c.id, mailings.c.issue_id, mailings.c.created, deliveries.c.status)
        .join(mailings, mailings.c.number == deliveries.c.mailing)
        .where(deliveries.c.subscriber == subscriber)
        .order_by(deliveries.c.id)
    )
    rows = connection.execute(query).all()
    told = _told(connection, [row.id for row in rows])
    return [
        {
            "issue": str(row.issue_id),
            "planned": str(row.created),
            "status": str(row.status),
            "told": told.get(row.id, []),
        }
        for row in rows
    ]


def _told(connection: Connection, numbers: Sequence[int]) -> Mapping[int, list[dict[str, str]]]:
    """What providers and our own pages told of deliveries."""
    found: dict[int, list[dict[str, str]]] = {}
    for start in range(0, len(numbers), _CHUNK):
        query = (
            select(events)
            .where(events.c.delivery.in_(numbers[start : start + _CHUNK]))
            .order_by(events.c.at, events.c.id)
        )
        for row in connection.execute(query):
            said = {"what": row.kind, "at": row.at, "code": row.code, "link": row.link}
            said |= {"by": "a program"} if row.machine else {}
            shown = {name: str(text) for name, text in said.items() if text}
            found.setdefault(row.delivery, []).append(shown)
    return found


def reapply_choices(connection: Connection, store: Store) -> None:
    """After an import: what readers chose themselves goes before what a file says of them."""
    table = store.people.table
    query = (
        select(choices.c.hash, choices.c.field, choices.c.content)
        .join(table, table.c.hash == choices.c.hash)
        .order_by(choices.c.hash)
    )
    by_reader: dict[bytes, dict[str, str]] = {}
    for known, name, content in connection.execute(query):
        by_reader.setdefault(bytes(known), {})[name] = content
    for known, chosen in by_reader.items():
        row = connection.execute(select(table).where(table.c.hash == known)).first()
        if row is not None:
            there = {**json.loads(row.fields), "locale": row.locale}
            if any(there.get(name, "") != text for name, text in chosen.items()):
                apply_choices(connection, store, row, chosen)
