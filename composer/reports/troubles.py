"""Deliveries that need a person's eye, and what to do about them."""

from __future__ import annotations

from collections.abc import Sequence

from composer.model.mailing import Books
from composer.reports.standing import Standing
from composer.sending.ledger import TROUBLED, Ledger, Trouble

#: So many reasons are told, and so many of each status before others get more.
TOLD, OF_EACH = 10, 3


def troubles_text(
    books: Books, troubles: Sequence[Trouble], standing: Standing | None = None
) -> str:
    """Who was not reached and why, as far as `troubles` go, and what to do."""
    told = []
    for one in troubles:
        reason = f": {one.reason}" if one.reason else ""
        told.append(f"  {one.status:<8} {whom(one)}{reason}")
    hidden = sum(map(books.count, TROUBLED)) - sum(one.count for one in troubles)
    if hidden > 0:
        told.append(f"  … and {hidden:,} more: newsletter report {books.mailing} --format csv")
    steps = (standing or Standing.of(books)).steps(books.mailing)
    told += [f"{step.words}:  {step.command}" for step in steps]
    return "\n".join(told)


def whom(trouble: Trouble) -> str:
    """The reader, or how many, and one of them."""
    if trouble.count == 1:
        return trouble.address
    return f"{trouble.count:,} readers, {trouble.address} first"


def first_troubles(ledger: Ledger, mailing_id: str) -> list[Trouble]:
    """The most frequent reasons of each status: a flood of one hides none of another."""
    every = ledger.troubles(mailing_id, limit=TOLD)
    of = {status: [one for one in every if one.status is status] for status in TROUBLED}
    room = TOLD - sum(min(len(ones), OF_EACH) for ones in of.values())
    told: list[Trouble] = []
    for ones in of.values():
        more = min(max(0, len(ones) - OF_EACH), room)
        room -= more
        told += ones[: OF_EACH + more]
    return told
