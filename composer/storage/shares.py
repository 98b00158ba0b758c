"""A mailing cut into shares: the same cut for everybody who asks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from composer.model.delivery import Status
from composer.sending.ledger import Share
from composer.storage.tables import deliveries

#: So many shares are enough for any number of senders to be done at about the same time.
ENOUGH = 48
#: Fewer deliveries are not worth a beginning and an end, and a call carries up to a thousand.
LEAST = 500
#: What one sender takes upon itself at most: a second or a few, as fast as a server can.
MOST = 5_000

LEFT_TO_DO = (Status.PLANNED, Status.ATTEMPTING, Status.DEFERRED)


def left_shares(
    connection: Connection, mailing: int, mailing_id: str, *, by_themselves: bool = False
) -> list[Share]:
    """See `Ledger.shares`.

    A mailing's lines are written at once, one after the other, and none is ever taken away: so
    their numbers alone say where to cut, and nobody has to remember it.
    """
    lines = deliveries.c.mailing == mailing
    ends = select(func.min(deliveries.c.id), func.max(deliveries.c.id)).where(lines)
    first, last = connection.execute(ends).one()
    if first is None:
        return []
    size = share_size(last - first + 1)
    cell = ((deliveries.c.id - first) // size).label("cell")
    of_left = lines & deliveries.c.status.in_([str(status) for status in LEFT_TO_DO])
    if by_themselves:
        of_left &= (deliveries.c.status != str(Status.DEFERRED)) | (deliveries.c.due > 0)
    cells = connection.execute(select(cell).where(of_left).distinct().order_by(cell)).scalars()
    starts = (first + int(number) * size for number in cells)
    return [Share(mailing_id, start, min(start + size - 1, last)) for start in starts]


def within(share: Share) -> ColumnElement[bool]:
    """The lines of a share, for statements that an index leads to few lines anyway."""
    return deliveries.c.id.between(share.first, share.last)


def lines_of_share(mailing: Any, first: Any, last: Any) -> ColumnElement[bool]:
    """The lines of a share, found by their numbers: `+ 0` keeps every index of mailings out.

    By one of those, all that the mailing has in other shares would be looked at too.
    """
    return and_(deliveries.c.id.between(first, last), deliveries.c.mailing + 0 == mailing)


def share_size(lines: int) -> int:
    """How many lines of a mailing that has so many go into each of its shares."""
    return max(LEAST, min(MOST, -(-lines // ENOUGH)))
