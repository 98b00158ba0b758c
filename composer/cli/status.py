"""`newsletter status`: where a mailing stands."""

from __future__ import annotations

import click

from composer.cli.context import Context, pass_context
from composer.cli.mailings import (
    find_mailing,
    others_unfinished,
    settle_dead,
    standing_of,
    unfinished_text,
)
from composer.cli.show import exit_of_books
from composer.clicks import take_in_before
from composer.dispatch import utc_now
from composer.due import timing_of, tried_of
from composer.reports.books import document_of, text_of
from composer.reports.contests import timed_document, timed_text
from composer.reports.fleet import fleet_document, fleet_text
from composer.reports.troubles import first_troubles, troubles_text


@click.command("status")
@click.argument("mailing", required=False)
@pass_context
def status_command(context: Context, mailing: str | None) -> None:
    """Show where MAILING stands (the latest one when none is named), and what to do next.

    \b
    Example:
      newsletter status 2026-014-board-7f3a
    """
    found = find_mailing(context, mailing)
    ledger = context.site.database.ledger
    running = not settle_dead(ledger, found.id)
    take_in_before(context.site, now=utc_now())
    books = ledger.books(found.id)
    timing, tried = timing_of(context.site, found, books), tried_of(context.site, found)
    standing = standing_of(context, found, books, running=running, when=timing.words)
    there = context.site.database.fleet.workers() if standing.queued else []
    others = others_unfinished(context, found)
    document = {
        **document_of(found, books),
        **timed_document(timing, tried),
        **standing.document(),
        **fleet_document(there, found.id, standing),
        "others_unfinished": others,
    }
    told = text_of(found, books, standing) + timed_text(timing, tried)
    context.result(told + fleet_text(there, found.id, standing), document)
    if troubles := troubles_text(books, first_troubles(ledger, found.id), standing):
        context.say(troubles)
    if more := unfinished_text(others, kind="other" if mailing else "older"):
        context.say(more)
    raise click.exceptions.Exit(exit_of_books(books, waiting=timing.count))
