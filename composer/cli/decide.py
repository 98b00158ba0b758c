"""`newsletter decide`: end an A/B test by hand."""

from __future__ import annotations

import click

from composer.cli.context import Context, pass_context
from composer.cli.mailings import find_mailing
from composer.due import decide_by_hand
from composer.reports.books import document_of, text_of
from composer.reports.contests import decision_text


@click.command("decide")
@click.argument("mailing", required=False)
@click.option("--variant", required=True, metavar="V", help="Which one the rest is to get.")
@pass_context
def decide_command(context: Context, mailing: str | None, variant: str) -> None:
    """Choose the variant that the rest of MAILING gets (of the latest one when none is named).

    Without this the variant with the largest rate goes to the rest when the time of the test
    is over. What is decided is decided: it cannot be taken back. Sends nothing by itself.

    \b
    Example:
      newsletter decide 2026-014-board-7f3a --variant b
    """
    found = find_mailing(context, mailing)
    made = decide_by_hand(context.site, found, variant)
    ledger = context.site.database.ledger
    now = ledger.mailing(found.id) or found
    books = ledger.books(found.id)
    context.result(text_of(now, books), document_of(now, books))
    context.say(f"Variant {decision_text(made.decision)}.")
    context.say("Next: newsletter run-due (a worker, cron or a timer does it by itself)")
