"""`newsletter status`: where a mailing stands."""

from __future__ import annotations

import click

from composer.cli.context import Context, pass_context
from composer.cli.mailings import find_mailing, settle_dead
from composer.cli.run import trouble_lines
from composer.cli.show import exit_of_books
from composer.reports.books import document_of, text_of, troubles_of


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
    settle_dead(ledger, found.id)
    books = ledger.books(found.id)
    context.result(text_of(found, books), document_of(found, books))
    if told := troubles_of(books, trouble_lines(ledger, found.id)):
        context.say(told)
    raise click.exceptions.Exit(exit_of_books(books))
