"""Write the lines of a mailing as they are decided, a few thousand at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection

from composer.model.delivery import Exclusion, Recipient, Status

_ROWS = 1_000

_INSERT = (
    "INSERT INTO deliveries (mailing, subscriber, address, display_name, edition, slots, token,"
    " status, attempts, reason, provider_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, '')"
)


@dataclass(slots=True)
class Written:
    matched: int = 0
    recipients: int = 0


def insert_lines(
    connection: Connection, mailing: int, decisions: Iterable[Recipient | Exclusion]
) -> Written:
    """A line for each decision, in their order; memory does not grow with them."""
    written = Written()
    rows = _rows(mailing, decisions, written)
    while batch := list(islice(rows, _ROWS)):
        connection.exec_driver_sql(_INSERT, batch)
    return written


def _rows(
    mailing: int, decisions: Iterable[Recipient | Exclusion], written: Written
) -> Iterator[tuple[object, ...]]:
    planned, excluded = str(Status.PLANNED), str(Status.EXCLUDED)
    for decision in decisions:
        written.matched += 1
        address = str(decision.address)
        if isinstance(decision, Exclusion):
            yield (
                mailing,
                decision.subscriber_id,
                address,
                "",
                "",
                "{}",
                "",
                excluded,
                decision.reason,
            )
            continue
        written.recipients += 1
        values = json.dumps(decision.values, ensure_ascii=False) if decision.values else "{}"
        yield (
            mailing,
            decision.subscriber_id,
            address,
            decision.display_name,
            str(decision.edition),
            values,
            decision.token,
            planned,
            "",
        )
