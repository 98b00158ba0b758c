"""How often a visitor, a domain or an address may ask: counted under keys that tell nobody whom."""

from __future__ import annotations

from hashlib import blake2b

from sqlalchemy import Connection, case, delete, select

from composer.storage.dialect import insert
from composer.storage.identity import Identity
from composer.storage.reader_tables import page_limits

HOUR_S, DAY_S, MONTH_S = 3600, 86_400, 30 * 86_400


def take(
    connection: Connection,
    identity: Identity,
    what: tuple[str, str],
    most: int,
    window: tuple[int, int],
) -> bool:
    """Count one more of `what` (a kind and whose), unless there were `most` in this stretch.

    `window` is its length and the time now, in seconds; a stretch begins with the first.
    """
    length, now = window
    if used(connection, identity, what, window) >= most:
        return False
    over = page_limits.c.expires <= now
    added = insert(connection, page_limits).values(
        key=_key(identity, what, length), used=1, expires=now + length
    )
    one_more = {
        "used": case((over, 1), else_=page_limits.c.used + 1),
        "expires": case((over, now + length), else_=page_limits.c.expires),
    }
    connection.execute(added.on_conflict_do_update(index_elements=["key"], set_=one_more))
    return True


def used(
    connection: Connection, identity: Identity, what: tuple[str, str], window: tuple[int, int]
) -> int:
    """How often it was counted in this stretch so far."""
    length, now = window
    query = select(page_limits.c.used).where(
        page_limits.c.key == _key(identity, what, length), page_limits.c.expires > now
    )
    return int(connection.execute(query).scalar() or 0)


def _key(identity: Identity, what: tuple[str, str], length: int) -> bytes:
    named = "\0".join((*what, str(length))).encode()
    return blake2b(named, key=identity.salt, digest_size=16, person=b"page-limit").digest()


def any_past(connection: Connection, now: int) -> bool:
    """Whether there is something to forget."""
    past = select(page_limits.c.key).where(page_limits.c.expires <= now).limit(1)
    return connection.execute(past).first() is not None


def forget_past(connection: Connection, now: int) -> None:
    """Nothing is kept of a stretch of time that is over."""
    connection.execute(delete(page_limits).where(page_limits.c.expires <= now))
