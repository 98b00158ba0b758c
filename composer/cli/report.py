"""`newsletter report`: the balanced books of a mailing."""

from __future__ import annotations

import click

from composer.cli.context import Context, json_text, pass_context
from composer.cli.mailings import find_mailing, settle_dead, standing_of
from composer.due import timing_of, tried_of
from composer.reports.books import csv_rows, document_of, text_of, trouble_lines, troubles_of
from composer.reports.contests import timed_document, timed_text


@click.command("report")
@click.argument("mailing", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    help="csv has a row for every delivery.",
)
@pass_context
def report_command(context: Context, mailing: str | None, form: str) -> None:
    """Balance the books of MAILING (the latest one when none is named).

    matched = excluded + planned + attempting + accepted + refused + deferred + unknown

    \b
    Examples:
      newsletter report
      newsletter report 2026-014-board-7f3a --format csv
    """
    found = find_mailing(context, mailing)
    ledger = context.site.database.ledger
    running = not settle_dead(ledger, found.id)
    books = ledger.books(found.id)
    timing, tried = timing_of(context.site, found, books), tried_of(context.site, found)
    standing = standing_of(context, found, books, running=running, when=timing.words)
    if context.json or form == "json":
        timed = timed_document(timing, tried)
        click.echo(json_text({**document_of(found, books), **timed, **standing.document()}))
    elif form == "csv":
        for row in csv_rows(ledger.every_line(found.id)):
            click.echo(row, nl=False)
    else:
        click.echo(text_of(found, books, standing) + timed_text(timing, tried))
        if told := troubles_of(books, trouble_lines(ledger, found.id), standing):
            context.say(told)
