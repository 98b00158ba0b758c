"""`newsletter resolve`: settle deliveries whose outcome nobody knows."""

from __future__ import annotations

import click

from composer.cli.context import Context, pass_context
from composer.cli.exits import Exit
from composer.cli.mailings import find_unsettled, settle_dead
from composer.errors import GuardError
from composer.model.delivery import Status
from composer.reports.books import document_of, text_of
from composer.sending.orders import Wish

_BECOMES = {"accepted": Status.ACCEPTED, "resend": Status.PLANNED}


@click.command("resolve")
@click.argument("mailing", required=False)
@click.option(
    "--as",
    "verdict",
    type=click.Choice(list(_BECOMES)),
    required=True,
    help="What became of them: they arrived, or they shall be sent again.",
)
@click.option(
    "--only",
    metavar="ADDRESS|ID",
    multiple=True,
    help="Settle only this reader's, or the delivery of this id; may be given again.",
)
@pass_context
def resolve_command(
    context: Context, mailing: str | None, verdict: str, only: tuple[str, ...]
) -> None:
    """Settle the deliveries of MAILING that were taken up and never answered.

    It need not be named where it is the only one that has some.

    Look into the provider's log first. A process that died had taken up a group for each of its
    connections: some have arrived, and most may never have left. One that arrived and is sent
    again reaches its reader twice; one that did not, settled as accepted, never does.

    \b
    Examples:
      newsletter resolve --as accepted
      newsletter resolve 2026-014-board-7f3a --as accepted --only ana@example.org
    """
    found = find_unsettled(context, mailing)
    ledger = context.site.database.ledger
    settle_dead(ledger, found.id)
    becomes = _BECOMES[verdict]
    if becomes is Status.PLANNED and found.wish == Wish.CANCEL:
        raise GuardError(
            f"{found.id} was cancelled: nobody is sent it again",
            hint="send the issue once more, which leaves out who has it",
        )
    counts = {name: ledger.resolve(found.id, becomes, only=name) for name in only or ("",)}
    settled = sum(counts.values())
    missed = [name for name, count in counts.items() if not count]
    if settled and missed:
        click.echo(f"not unknown, and left as they were: {', '.join(missed)}", err=True)
    if not settled:
        whose = f" of {', '.join(only)}" if only else ""
        raise GuardError(
            f"no delivery{whose} in {found.id} is unknown", hint=f"newsletter status {found.id}"
        )
    books = ledger.books(found.id)
    context.result(text_of(found, books), document_of(found, books))
    noun = "delivery" if settled == 1 else "deliveries"
    context.say(f"{settled:,} {noun} settled as {verdict}.")
    if missed:
        raise click.exceptions.Exit(Exit.FINDINGS)
    if verdict == "resend":
        context.say(f"Next: newsletter resume {found.id}")
