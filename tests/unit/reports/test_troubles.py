"""What a person is told of those who were not reached."""

from __future__ import annotations

from typing import cast

import pytest

from composer.model.delivery import Status
from composer.model.mailing import Books
from composer.reports.troubles import TOLD, first_troubles, troubles_text
from composer.sending.ledger import TROUBLED, Ledger, Trouble

MAILING = "2026-014-board-7f3a"


class Holding:
    """A ledger of nothing but troubles."""

    def __init__(self, **reasons: int) -> None:
        self._reasons = reasons

    def troubles(self, mailing_id: str, *, limit: int) -> list[Trouble]:
        del mailing_id
        return [
            Trouble(Status(name), f"reason {number}", 1, f"r{number}@example.org")
            for name in ("refused", "deferred", "unknown")
            for number in range(min(limit, self._reasons.get(name, 0)))
        ]


def test_troubles_name_the_reader_the_reason_and_the_way_on() -> None:
    counts = {Status.REFUSED: 2, Status.UNKNOWN: 1}
    trouble = Trouble(Status.REFUSED, "550 5.1.1 no such user", 1, "ana@example.org")

    told = troubles_text(Books(MAILING, 3, {}, counts), [trouble])

    assert "  refused  ana@example.org: 550 5.1.1 no such user" in told
    assert "and 2 more" in told
    assert f"newsletter resolve {MAILING} --as accepted|resend" in told
    assert troubles_text(Books(MAILING, 0, {}, {}), []) == ""


def test_a_reason_that_many_share_is_one_line() -> None:
    counts = {Status.DEFERRED: 1_312}
    trouble = Trouble(Status.DEFERRED, "451 4.7.1 greylisted", 1_312, "ana@example.org")

    told = troubles_text(Books(MAILING, 1_312, {}, counts), [trouble])

    assert "  deferred 1,312 readers, ana@example.org first: 451 4.7.1 greylisted" in told
    assert "more:" not in told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"refused": 99, "deferred": 99, "unknown": 99}, [4, 3, 3]),
        ({"refused": 99, "unknown": 1}, [9, 0, 1]),
        ({"deferred": 2, "unknown": 99}, [0, 2, 8]),
        ({"refused": 1, "deferred": 1}, [1, 1, 0]),
        ({}, [0, 0, 0]),
    ],
)
def test_a_flood_of_one_status_hides_none_of_another(
    given: dict[str, int], told: list[int]
) -> None:
    found = first_troubles(cast("Ledger", Holding(**given)), MAILING)

    of = {status: [one for one in found if one.status is status] for status in TROUBLED}
    assert [len(ones) for ones in of.values()] == told
    assert len(found) <= TOLD
    assert all(one.reason == f"reason {n}" for ones in of.values() for n, one in enumerate(ones))
