"""`newsletter pause`: ask whoever sends a mailing to stop, from any terminal."""

from __future__ import annotations

import click

from composer.cli.context import Context, pass_context
from composer.cli.mailings import find_mailing, others_unfinished, settle_dead, unfinished_text
from composer.errors import GuardError
from composer.sending.orders import Wish


@click.command("pause")
@click.argument("mailing", required=False)
@pass_context
def pause_command(context: Context, mailing: str | None) -> None:
    """Stop sending MAILING (the latest one when none is named) until somebody resumes it.

    Whoever is sending it, on whatever machine, notices within a second, finishes what is in
    flight and ends. Nobody sends it any more before newsletter resume.

    \b
    Example:
      newsletter pause 2026-014-board-7f3a
    """
    found = find_mailing(context, mailing)
    others = others_unfinished(context, found) if mailing is None else []
    told = unfinished_text(others, verb="pause")
    ledger = context.site.database.ledger
    running = not settle_dead(ledger, found.id)
    if not running and not ledger.books(found.id).unfinished:
        raise GuardError(
            f"nothing is left to send of {found.id}", hint=told or f"newsletter report {found.id}"
        )
    ledger.orders.ask(found.id, Wish.PAUSE)
    what = "its sender finishes what is in flight" if running else "nobody was sending it"
    context.result(
        f"{found.id} is paused: {what}.",
        {"mailing": found.id, "wish": str(Wish.PAUSE), "sending": running},
    )
    context.say(f"It goes on with: newsletter resume {found.id}")
    if told:
        context.say(told)
