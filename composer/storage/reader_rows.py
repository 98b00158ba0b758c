"""One subscriber's row, written as an import writes it, and what goes with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from composer.model.address import Address
from composer.storage.dialect import insert as insert_or
from composer.storage.reader_tables import (
    choices,
    consents,
    old_tokens,
    reader_pauses,
    signups,
    wordings,
)
from composer.storage.staging import new_token
from composer.storage.store import Store
from composer.storage.tables import suppressions
from composer.storage.typed_values import typed_value

#: What a reader's own consent, confirmed by mail, may take back. Not `manual`: that was the
#: newsletter's own decision.
LIFTED = ("unsubscribed", "complained", "forgotten", "moved", "bounced")


def subscriber_by(connection: Connection, store: Store, where: Any) -> Row[Any] | None:
    """The row of the list that `where` names, locked until the transaction ends."""
    query = select(store.people.table).where(where).with_for_update()
    return connection.execute(query).first()


def hash_of_token(connection: Connection, store: Store, token: str) -> bytes | None:
    """Whose token it is, or was; None when we never gave it out."""
    table = store.people.table
    found = connection.execute(select(table.c.hash).where(table.c.token == token)).scalar()
    if found is None:
        key = store.identity.token_key(token)
        found = connection.execute(
            select(old_tokens.c.hash).where(old_tokens.c.key == key)
        ).scalar()
    return None if found is None else bytes(found)


def add_subscriber(
    connection: Connection, store: Store, address: Address, *, locale: str, source: str, time: str
) -> int:
    """A new, confirmed one without any field; their number."""
    made = connection.execute(
        insert(store.people.table).values(
            hash=store.identity.hash_of(address),
            address=str(address),
            domain=address.domain,
            confirmed=True,
            locale=locale,
            consent_source=source,
            consent_time=time,
            token=new_token(),
            fields="{}",
        )
    )
    key = made.inserted_primary_key
    assert key is not None  # noqa: S101 - one row was inserted
    return int(key[0])


def write_choices(
    connection: Connection, store: Store, row: Row[Any], chosen: Mapping[str, str], time: str
) -> None:
    """Let a reader have what they chose (fields, and `locale`), and remember that they did."""
    apply_choices(connection, store, row, chosen)
    for name, content in chosen.items():
        kept = insert_or(connection, choices).values(
            hash=row.hash, field=name, content=content, time=time
        )
        again = {"content": content, "time": time}
        connection.execute(kept.on_conflict_do_update(index_elements=["hash", "field"], set_=again))


def apply_choices(
    connection: Connection, store: Store, row: Row[Any], chosen: Mapping[str, str]
) -> None:
    """Write texts into a subscriber's row; an empty one takes the value away."""
    fields: dict[str, str] = json.loads(row.fields)
    own = {name: text for name, text in chosen.items() if name != "locale"}
    merged = {name: text for name, text in {**fields, **own}.items() if text}
    values: dict[str, Any] = {
        column.name: typed_value(own[column.field], column)
        for column in store.people.typed
        if column.field in own
    }
    values["fields"] = json.dumps(merged, ensure_ascii=False, separators=(",", ":"))
    values["locale"] = chosen.get("locale", row.locale)
    table = store.people.table
    connection.execute(update(table).where(table.c.id == row.id).values(**values))


def lift_suppression(connection: Connection, known: bytes, reasons: tuple[str, ...]) -> bool:
    """Take a suppression back if it is there for one of `reasons`; whether none is left."""
    connection.execute(
        delete(suppressions).where(suppressions.c.hash == known, suppressions.c.reason.in_(reasons))
    )
    left = select(suppressions.c.hash).where(suppressions.c.hash == known)
    return connection.execute(left).first() is None


def suppress_row(
    connection: Connection, known: bytes, address: str, reason: str, since: str
) -> bool:
    """Never mail them again; the first reason stays. False when it was so already."""
    added = insert_or(connection, suppressions).values(
        hash=known, address=address, reason=reason, since=since
    )
    new = added.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return bool(connection.execute(new).rowcount)


def keep_token(connection: Connection, store: Store, token: str, known: bytes) -> None:
    """Let letters with `token` still be left by, when nobody on the list has it any more."""
    if token:
        key = store.identity.token_key(token)
        added = insert_or(connection, old_tokens).values(key=key, hash=known)
        connection.execute(added.on_conflict_do_nothing())


def note_consent(connection: Connection, known: bytes, what: str, time: str, **more: str) -> None:
    """Write down what somebody decided: how, when they asked, from where, to which words."""
    blank = dict.fromkeys(("how", "asked", "source", "wording", "locale", "reason"), "")
    connection.execute(insert(consents).values(hash=known, what=what, time=time, **blank | more))


def keep_wording(connection: Connection, digest: str, text: str) -> None:
    added = insert_or(connection, wordings).values(hash=digest, text=text)
    connection.execute(added.on_conflict_do_nothing())


def forget_reader(connection: Connection, store: Store, known: bytes, time: str) -> None:
    """Remove what readers said on our pages, before their row goes.

    That they agreed, and when, stays under the hash alone; their letters can still be left by.
    """
    table = store.people.table
    row = connection.execute(select(table.c.id, table.c.token).where(table.c.hash == known)).first()
    if row is not None:
        keep_token(connection, store, row.token, known)
        connection.execute(delete(signups).where(signups.c.subscriber == row.id))
    for rows in (signups, choices, reader_pauses):
        connection.execute(delete(rows).where(rows.c.hash == known))
    connection.execute(update(consents).where(consents.c.hash == known).values(reason=""))
    if row is not None:
        note_consent(connection, known, "forgotten", time)
