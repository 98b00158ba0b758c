"""`newsletter report`: the balanced books of a mailing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from composer.cli.context import Context, json_text, pass_context
from composer.cli.mailings import find_mailing, settle_dead, standing_of
from composer.clicks import take_in_before
from composer.dispatch import utc_now
from composer.due import timing_of, tried_of
from composer.reporting import report_of
from composer.reports.books import csv_rows, document_of, text_of
from composer.reports.contests import timed_document, timed_text
from composer.reports.troubles import first_troubles, troubles_text
from composer.whole_file import whole_file


@click.command("report")
@click.argument("mailing", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv", "html"]),
    default="text",
    help="csv has a row for every delivery; html is a page with plots.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file to write instead of stdout.",
)
@pass_context
def report_command(context: Context, mailing: str | None, form: str, output: Path | None) -> None:
    """Balance the books of MAILING (the latest one when none is named).

    matched = excluded + planned + attempting + accepted + refused + deferred + unknown

    \b
    Examples:
      newsletter report
      newsletter report 2026-014-board-7f3a --format csv
      newsletter report --format html -o report.html
    """
    found = find_mailing(context, mailing)
    ledger = context.site.database.ledger
    pieces: Iterable[str]
    running = not settle_dead(ledger, found.id)
    context.site.database.figures.keep(found.id)
    take_in_before(context.site, now=utc_now())
    books = ledger.books(found.id)
    timing, tried = timing_of(context.site, found, books), tried_of(context.site, found)
    standing = standing_of(context, found, books, running=running, when=timing.words)
    if context.json or form == "json":
        figures = context.site.database.figures.figures(found, books)
        timed = timed_document(timing, tried)
        document = {**document_of(found, books), **timed, **standing.document(), **figures.document}
        pieces = [json_text(document) + "\n"]
    elif form == "csv":
        pieces = csv_rows(ledger.every_line(found.id))
    elif form == "html":
        pieces = [report_of(context.site.database, found, books, standing, tried=tried).page]
    else:
        pieces = [text_of(found, books, standing) + timed_text(timing, tried) + "\n"]
    if output is None:
        for piece in pieces:
            click.echo(piece, nl=False)
    else:
        with whole_file(context.folder / output) as file:
            file.writelines(pieces)
        context.say(f"Written: {output}")
    told = troubles_text(books, first_troubles(ledger, found.id), standing)
    if told and form == "text" and not context.json:
        context.say(told)
