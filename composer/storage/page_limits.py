"""How often a visitor, a domain or an address may ask: counted under keys that tell nobody whom."""

from __future__ import annotations

from hashlib import blake2b

from sqlalchemy import Connection, delete, select

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

    `window` is its length and the time now, in seconds. The stretches of one key begin at a time
    of their own, so that nobody can wait for the full hour.
    """
    seen, end = _key(identity, what, window)
    if _used(connection, seen) >= most:
        return False
    added = insert(connection, page_limits).values(key=seen, used=1, expires=end)
    connection.execute(
        added.on_conflict_do_update(index_elements=["key"], set_={"used": page_limits.c.used + 1})
    )
    return True


def used(
    connection: Connection, identity: Identity, what: tuple[str, str], window: tuple[int, int]
) -> int:
    """How often it was counted in this stretch so far."""
    return _used(connection, _key(identity, what, window)[0])


def _used(connection: Connection, key: bytes) -> int:
    query = select(page_limits.c.used).where(page_limits.c.key == key)
    return int(connection.execute(query).scalar() or 0)


def _key(identity: Identity, what: tuple[str, str], window: tuple[int, int]) -> tuple[bytes, int]:
    """The name of the stretch that we are in, and its end."""
    length, now = window
    own = blake2b("\0".join(what).encode(), key=identity.salt, digest_size=16, person=b"page-limit")
    offset = int.from_bytes(own.digest()[:4]) % length
    start = now - (now + offset) % length
    seen = blake2b(f"{length}:{start}".encode(), key=own.digest(), digest_size=16).digest()
    return seen, start + length


def forget_past(connection: Connection, now: int) -> None:
    """Nothing is kept of a stretch of time that is over."""
    connection.execute(delete(page_limits).where(page_limits.c.expires <= now))


def any_past(connection: Connection, now: int) -> bool:
    past = select(page_limits.c.key).where(page_limits.c.expires <= now).limit(1)
    return connection.execute(past).first() is not None
