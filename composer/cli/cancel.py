"""`newsletter cancel`: whoever did not get a mailing yet gets it no more."""

from __future__ import annotations

import sys

import click

from composer.cli.context import Context, pass_context
from composer.cli.mailings import find_mailing, settle_dead
from composer.errors import GuardError
from composer.model.mailing import Books, Mailing
from composer.reports.books import document_of, text_of
from composer.sending.orders import Wish


@click.command("cancel")
@click.argument("mailing", required=False)
@click.option(
    "--confirm",
    metavar='"S N"',
    help="Confirm without a terminal: segment and number of those who are left.",
)
@pass_context
def cancel_command(context: Context, mailing: str | None, confirm: str | None) -> None:
    """End MAILING (the latest one when none is named) for good.

    Whoever is planned or deferred is excluded, with the reason "cancelled"; what was accepted
    cannot be called back. Another mailing of the same issue may still reach them.

    \b
    Example:
      newsletter cancel 2026-014-board-7f3a --confirm "board 412"
    """
    found = find_mailing(context, mailing)
    ledger = context.site.database.ledger
    running = not settle_dead(ledger, found.id)
    books = ledger.books(found.id)
    if not running and not books.unfinished:
        raise GuardError(f"nothing is left of {found.id}", hint=f"newsletter report {found.id}")
    _confirm(context, found, books, confirm, running=running)
    ledger.orders.ask(found.id, Wish.CANCEL)
    left = ledger.orders.exclude_left(found.id)
    ledger.orders.close(found.id)
    books = ledger.books(found.id)
    context.result(text_of(found, books), document_of(found, books))
    people = "1 reader gets" if left == 1 else f"{left:,} readers get"
    context.say(f"Cancelled: {people} it no more.")


def _confirm(
    context: Context, mailing: Mailing, books: Books, given: str | None, *, running: bool
) -> None:
    """Raises GuardError unless segment and number of those who are left were typed.

    While it is being sent they become fewer: a number that was right a moment ago will do.
    """
    phrase = f"{mailing.segment} {books.unfinished}"
    if given is None and context.interactive:
        people = "1 reader" if books.unfinished == 1 else f"{books.unfinished:,} readers"
        click.echo(
            f'This ends {mailing.id}: {people} will not get it. Type "{phrase}" to go on: ',
            err=True,
            nl=False,
        )
        given = sys.stdin.readline()
    if given is None:
        raise GuardError(
            "not confirmed: nothing was cancelled",
            hint=f'--confirm "{phrase}" confirms it without a terminal',
        )
    segment, number = (*given.split(), "", "")[:2]
    fewer = running and number.isdecimal() and int(number) >= books.unfinished
    same = given.split() == phrase.split() or (fewer and given.split() == [segment, number])
    if not same or segment != mailing.segment:
        raise GuardError(
            f"{given.strip()!r} does not confirm this ({phrase!r} does). Nothing was cancelled.",
            hint=f"newsletter status {mailing.id}",
        )
