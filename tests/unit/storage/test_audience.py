"""The audience as a plan asks for it: everybody matched, from one snapshot, with what is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from composer.model.address import Address
from composer.storage.attempts import _PLANNED
from composer.storage.database import Database
from tests.unit.storage.lists import addresses, bring_in_text, open_list

NOW = "2026-11-20T09:00:00Z"


@pytest.fixture
def database(folder: Path) -> Database:
    made = open_list(folder)
    bring_in_text(
        made,
        "email,role,topics,status\n"
        "cy@example.org,board,policy,confirmed\n"
        "ana@example.org,staff,policy;energy,confirmed\n"
        "bo@example.org,board,,unconfirmed\n",
    )
    made.subscribers.suppress(Address("ana", "example.org"), "bounced", since=NOW)
    return made


def test_everybody_matched_is_told_in_the_order_of_their_arrival(database: Database) -> None:
    found = list(database.audience.candidates("everyone", issue_id="i", among=["board", "policy"]))
    assert addresses(found) == ["cy@example.org", "ana@example.org", "bo@example.org"]
    assert [c.segments for c in found] == [{"board", "policy"}, {"policy"}, {"board"}]
    assert [c.suppressed for c in found] == ["", "bounced", ""]
    assert [c.subscriber.confirmed for c in found] == [True, True, False]
    assert not any(c.has_issue for c in found)
    assert [c.token for c in found] == [e.token for e in database.subscribers.matching()]


def test_a_segment_chooses_and_carries_only_the_memberships_that_were_asked_for(
    database: Database,
) -> None:
    found = list(database.audience.candidates("policy", issue_id="i"))
    assert addresses(found) == ["cy@example.org", "ana@example.org"]
    assert {c.segments for c in found} == {frozenset()}


def test_one_reader_is_found_however_the_address_is_spelled(database: Database) -> None:
    ana = Address("ANA", "example.org")
    found = database.audience.reader(ana, issue_id="i", among=["board", "policy"])
    assert found is not None
    assert (str(found.subscriber.address), found.segments) == (
        "ana@example.org",
        frozenset({"policy"}),
    )
    assert database.audience.reader(Address("x", "example.org"), issue_id="i") is None


def test_the_list_may_change_while_an_audience_is_read(database: Database) -> None:
    people = "".join(f"r{n}@example.org,board,,\n" for n in range(3_000))
    bring_in_text(database, f"email,role,topics,status\n{people}")
    walk = database.audience.candidates("everyone", issue_id="i")
    first = next(walk)
    bring_in_text(database, "email,role\nlate@example.org,board\n")
    database.subscribers.forget(Address("r2999", "example.org"), since=NOW)
    seen = addresses([first, *walk])
    assert len(seen) == 3_003
    assert seen[-1] == "r2999@example.org"
    assert "late@example.org" not in seen


def test_taking_deliveries_up_needs_no_sorting(database: Database) -> None:
    asked = _PLANNED.params(mailing=1, most=10, now=0, moment="2026-11-20T09:00:00Z")
    with database.store.writing() as connection:
        compiled = asked.compile(connection, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN QUERY PLAN"
        if connection.dialect.name != "sqlite":
            explain = "EXPLAIN"
            # Of a table without rows, a server would read the whole.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        plan = connection.exec_driver_sql(f"{explain} {compiled}").all()
    steps = "\n".join(str(row[-1]) for row in plan)
    assert "deliveries_to_do" in steps
    assert "TEMP B-TREE" not in steps
    assert "Sort" not in steps
