"""`newsletter resume`: go on with an interrupted mailing."""

from __future__ import annotations

import click

from composer.cli.context import Context, pass_context
from composer.cli.mailings import find_mailing, settle_dead
from composer.cli.plan import RATE_HELP, rate_option
from composer.cli.run import run_mailing
from composer.cli.show import exit_of_books
from composer.reports.books import document_of, text_of


@click.command("resume")
@click.argument("mailing", required=False)
@click.option("--rate", metavar="N/min", help=RATE_HELP)
@pass_context
def resume_command(context: Context, mailing: str | None, rate: str | None) -> None:
    """Deliver what is left of MAILING (the latest one when none is named).

    It was confirmed when it began, and its text is frozen: the bytes that were approved are
    sent, whatever became of the issue's file. Deferred deliveries are tried again; unknown
    ones are not (see newsletter resolve).

    \b
    Example:
      newsletter resume
    """
    speed = rate_option(rate)
    found = find_mailing(context, mailing)
    ledger = context.site.database.ledger
    settle_dead(ledger, found.id)
    books = ledger.books(found.id)
    if not books.unfinished:
        context.result(text_of(found, books), document_of(found, books))
        context.say("Nothing was left to deliver.")
        raise click.exceptions.Exit(exit_of_books(books))
    run_mailing(context, found, kind=None, rate=speed)
