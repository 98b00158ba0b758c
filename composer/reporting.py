"""Put the whole report of a mailing together: for `newsletter report` and for the preview."""

from __future__ import annotations

from composer.model.mailing import Books, Mailing
from composer.reports.contests import Tried
from composer.reports.standing import Standing
from composer.reports.whole import Report
from composer.storage.database import Database


def report_of(
    database: Database,
    mailing: Mailing,
    books: Books,
    standing: Standing,
    *,
    tried: Tried | None = None,
) -> Report:
    """Reads only. `tried` is the A/B test of the mailing, if there is one."""
    editions = database.ledger.editions(mailing.id)
    largest = max(
        editions,
        key=lambda name: sum(books.by_edition.get(name, {}).values()),
        default=None,
    )
    return Report(
        mailing=mailing,
        books=books,
        standing=standing,
        figures=database.figures.figures(mailing, books),
        edition=editions[largest] if largest else None,
        tried=tried,
    )
