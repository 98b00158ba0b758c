"""The audience of a segment, as a plan asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Exists, Select, Table, exists, func, select

from composer.audience.rule import Rule
from composer.model.address import Address
from composer.model.delivery import Status
from composer.sending.ledger import Candidate
from composer.storage.reader_tables import reader_pauses
from composer.storage.segment_sql import condition
from composer.storage.store import Store
from composer.storage.subscribers import subscriber_of
from composer.storage.tables import deliveries, mailings, suppressions

#: What means that a reader has, or may have, or is getting an issue. A reader whom the
#: provider refused does not have it: mend what was wrong, and they may be sent it again.
HAS_ISSUE = (
    Status.PLANNED,
    Status.ATTEMPTING,
    Status.ACCEPTED,
    Status.DEFERRED,
    Status.UNKNOWN,
)


class SqlAudience:
    """Implements `composer.sending.ledger.Audience`."""

    def __init__(self, store: Store, rules: Mapping[str, Rule]) -> None:
        self._store = store
        self._rules = rules

    def candidates(
        self, segment: str, *, issue_id: str, among: Sequence[str] = ()
    ) -> Iterator[Candidate]:
        """Everybody that the segment matches, in the order of their ids, from one snapshot."""
        return self._candidates(self._rules[segment], issue_id, among, address=None)

    def eligible(self, segment: str, *, issue_id: str) -> Iterator[int]:
        """The ids of those whom nothing excludes: as `exclusion_reason` says of each candidate."""
        table = self._store.people.table
        query = (
            _joined(select(table.c.id), table)
            .where(
                condition(self._rules[segment], table),
                func.coalesce(suppressions.c.reason, "") == "",
                table.c.confirmed,
                func.coalesce(reader_pauses.c.until, "") <= _now(),
                ~_has_issue(table, issue_id),
            )
            .execution_options(yield_per=10_000)
        )
        with self._store.reading() as connection:
            yield from connection.execute(query).scalars()

    def reader(
        self, address: Address, *, issue_id: str, among: Sequence[str] = ()
    ) -> Candidate | None:
        """One subscriber, whatever segments they are in; None when not on the list."""
        everyone = self._rules["everyone"]
        return next(self._candidates(everyone, issue_id, among, address=address), None)

    def _candidates(
        self, rule: Rule, issue_id: str, among: Sequence[str], *, address: Address | None
    ) -> Iterator[Candidate]:
        table = self._store.people.table
        memberships = [
            condition(self._rules[name], table).label(f"in_{i}") for i, name in enumerate(among)
        ]
        columns = select(
            table,
            suppressions.c.reason.label("suppressed"),
            _has_issue(table, issue_id).label("has_issue"),
            (func.coalesce(reader_pauses.c.until, "") > _now()).label("paused"),
            *memberships,
        )
        query = (
            _joined(columns, table)
            .where(condition(rule, table))
            .order_by(table.c.id)
            .execution_options(yield_per=500)
        )
        if address is not None:
            query = query.where(table.c.hash == self._store.identity.hash_of(address))
        with self._store.reading() as connection, connection.execute(query) as rows:
            for row in rows:
                names = (n for i, n in enumerate(among) if getattr(row, f"in_{i}"))
                yield Candidate(
                    subscriber=subscriber_of(row, self._store),
                    token=row.token,
                    segments=frozenset(names),
                    suppressed=row.suppressed or "",
                    paused=bool(row.paused),
                    has_issue=bool(row.has_issue),
                )


def _joined(columns: Select[Any], table: Table) -> Select[Any]:
    """`columns` of each subscriber, beside what stands in the way of mailing them."""
    return columns.outerjoin(suppressions, suppressions.c.hash == table.c.hash).outerjoin(
        reader_pauses, reader_pauses.c.hash == table.c.hash
    )


def _has_issue(table: Table, issue_id: str) -> Exists:
    of_issue = select(mailings.c.number).where(mailings.c.issue_id == issue_id)
    return exists().where(
        deliveries.c.mailing.in_(of_issue),
        deliveries.c.subscriber == table.c.id,
        deliveries.c.status.in_([str(status) for status in HAS_ISSUE]),
    )


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
