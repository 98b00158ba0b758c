"""When the next delivery of a mailing, or of its share, may be attempted."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select

from composer.model.delivery import Status
from composer.sending.ledger import Share
from composer.storage.shares import lines_of_share
from composer.storage.tables import deliveries

#: Two looks at an index. What is deferred and due at 0 waits for a person.
_FIRST_DUE = tuple(
    select(deliveries.c.due)
    .where(deliveries.c.mailing == bindparam("of"), deliveries.c.status == str(status))
    .where(deliveries.c.due >= least)
    .order_by(deliveries.c.due)
    .limit(1)
    for status, least in ((Status.PLANNED, 0), (Status.DEFERRED, 1))
)


def next_due(connection: Connection, mailing: int, share: Share | None) -> int | None:
    """See `Ledger.next_due`."""
    if share:
        return _next_of_share(connection, mailing, share)
    found = [connection.execute(query, {"of": mailing}).scalar() for query in _FIRST_DUE]
    return min((due for due in found if due is not None), default=None)


def _next_of_share(connection: Connection, mailing: int, share: Share) -> int | None:
    """By those indexes, all that the mailing has in other shares would be looked at too."""
    status, due = deliveries.c.status + "", deliveries.c.due
    waiting = (status == str(Status.PLANNED)) | ((status == str(Status.DEFERRED)) & (due > 0))
    lines = lines_of_share(mailing, share.first, share.last)
    found = connection.execute(select(func.min(due)).where(lines, waiting)).scalar()
    return None if found is None else int(found)
