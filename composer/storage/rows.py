"""Write a mailing, its editions, and its lines as they are decided, a few thousand at a time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from composer.errors import GuardError
from composer.model.clicks import targets_of
from composer.model.delivery import Exclusion, Recipient, Status
from composer.model.edition import Edition
from composer.model.mailing import Mailing, Plan
from composer.storage.clicks import insert_links
from composer.storage.contests import contest_to_json
from composer.storage.freezing import edition_to_json, letterhead_to_json
from composer.storage.tables import editions, mailings

#: The columns of a delivery that has just been decided, in the order of its values.
COLUMNS = (
    *("mailing", "subscriber", "address", "display_name", "edition", "slots", "token"),
    *("status", "attempts", "reason", "provider_id", "due", "at", "domain"),
)
#: A delivery's values, in the order of `COLUMNS`.
Row = tuple[object, ...]


@dataclass(slots=True)
class Written:
    """What was written, counted as a plan counts it."""

    matched: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    by_edition: Counter[str] = field(default_factory=Counter)

    def is_what_was_planned(self, plan: Plan) -> bool:
        return (
            self.matched == plan.matched
            and self.by_edition.total() == plan.recipients
            and self.by_edition == Counter(plan.recipients_by_edition)
            and self.excluded == Counter(plan.excluded)
        )


def insert_mailing(connection: Connection, mailing: Mailing) -> int:
    """The number of the new mailing.

    Raises:
        GuardError: there is one of that id.
    """
    if connection.execute(select(mailings.c.id).where(mailings.c.id == mailing.id)).first():
        raise GuardError(f"the mailing {mailing.id} exists already; nothing was sent")
    result = connection.execute(
        mailings.insert().values(
            id=mailing.id,
            issue_id=mailing.issue_id,
            segment=mailing.segment,
            provider=mailing.provider,
            letterhead=letterhead_to_json(mailing.letterhead),
            edition_digest=mailing.edition_digest,
            created=mailing.created,
            matched=mailing.matched,
            due=mailing.due,
            schedule=mailing.schedule,
            trial=contest_to_json(mailing.contest),
            rate=str(mailing.rate or ""),
        )
    )
    return int(result.inserted_primary_key[0]) if result.inserted_primary_key else 0


def insert_editions(
    connection: Connection, mailing: int, plan: Plan, frozen: Iterable[Edition]
) -> None:
    """Freeze the editions.

    Raises:
        GuardError: they are not the ones of the plan.
    """
    digests = {}
    for edition in frozen:
        digests[str(edition.key)] = edition.digest
        insert_links(connection, targets_of(edition))
        connection.execute(
            editions.insert().values(
                mailing=mailing,
                name=str(edition.key),
                digest=edition.digest,
                content=edition_to_json(edition),
            )
        )
    if digests != plan.editions:
        raise GuardError(
            "the issue changed while the plan was being carried out; nothing was sent",
            hint="run the same command again",
        )


def insert_lines(
    add: Callable[[Iterator[Row]], None],
    mailing: int,
    decisions: Iterable[Recipient | Exclusion],
    *,
    at: int,
) -> Written:
    """A line for each decision, in their order; memory does not grow with them."""
    written = Written()
    add(_rows(mailing, decisions, written, at))
    return written


def _rows(
    mailing: int, decisions: Iterable[Recipient | Exclusion], written: Written, at: int
) -> Iterator[Row]:
    planned, excluded = str(Status.PLANNED), str(Status.EXCLUDED)
    for decision in decisions:
        written.matched += 1
        address = str(decision.address)
        if isinstance(decision, Exclusion):
            written.excluded[decision.reason] += 1
            yield (
                mailing,
                decision.subscriber_id,
                address,
                "",
                "",
                "{}",
                "",
                excluded,
                0,
                decision.reason,
                "",
                0,
                at,
                decision.address.domain,
            )
            continue
        edition = str(decision.edition)
        written.by_edition[edition] += 1
        values = json.dumps(decision.values, ensure_ascii=False) if decision.values else "{}"
        yield (
            mailing,
            decision.subscriber_id,
            address,
            decision.display_name,
            edition,
            values,
            decision.token,
            planned,
            0,
            "",
            "",
            decision.due,
            at,
            decision.address.domain,
        )
