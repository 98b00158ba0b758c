"""`newsletter resume`: go on with an interrupted mailing."""

from __future__ import annotations

import click

from composer.cli.context import Context, pass_context
from composer.cli.mailings import find_mailing, others_unfinished, settle_dead, unfinished_text
from composer.cli.plan import PROCESSES_HELP, RATE_HELP, WAIT_HELP
from composer.cli.queue import carry_out, go_on_queued, hand_on_for, queue_option
from composer.cli.run import manner_of
from composer.cli.show import exit_of_books
from composer.reports.books import document_of, text_of
from composer.sending.orders import Asked, Wish
from composer.sending.watch import refuse_unwanted


@click.command("resume")
@click.argument("mailing", required=False)
@click.option("--rate", metavar="N/min", help=RATE_HELP)
@click.option("--wait", metavar="TIME", help=WAIT_HELP)
@click.option("--processes", type=click.IntRange(1, 64), metavar="N", help=PROCESSES_HELP)
@click.option("--now", "retry_now", is_flag=True, help="Try at once whatever was put off.")
@queue_option
@pass_context
def resume_command(
    context: Context,
    mailing: str | None,
    *,
    rate: str | None,
    wait: str | None,
    processes: int | None,
    retry_now: bool,
    queue: bool | None,
) -> None:
    """Deliver what is left of MAILING (the latest one when none is named).

    It was confirmed when it began, and its text is frozen: the bytes that were approved are
    sent, whatever became of the issue's file. A mailing that was paused goes on. Deferred
    deliveries are tried again when they are due, or at once with --now; unknown ones are not
    (see newsletter resolve).

    \b
    Example:
      newsletter resume
    """
    manner = manner_of(context, rate=rate, wait=wait, processes=processes, retry_now=retry_now)
    found = find_mailing(context, mailing)
    if mailing is None and (others := unfinished_text(others_unfinished(context, found))):
        context.say(others)
    if found.wish == Wish.CANCEL:
        refuse_unwanted(found.id, Asked(Wish.CANCEL))
    ledger = context.site.database.ledger
    settle_dead(ledger, found.id)
    books = ledger.books(found.id)
    if not books.unfinished:
        context.result(text_of(found, books), document_of(found, books))
        context.say(f"Nothing was left to deliver of {found.id}.")
        raise click.exceptions.Exit(exit_of_books(books))
    if found.wish:
        ledger.orders.ask(found.id, Wish.NONE)
    if retry_now:
        ledger.retry_deferred(found.id)
    go_on_queued(context, found, asked=queue, manner=manner)
    hand_on = hand_on_for(context, asked=queue)
    carry_out(context, found, hand_on, kind=None, manner=manner)
