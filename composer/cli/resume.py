"""`newsletter resume`: go on with an interrupted mailing."""

from __future__ import annotations

import click

from composer.cli.context import Context, pass_context
from composer.cli.mailings import find_mailing
from composer.cli.plan import RATE_HELP, rate_option
from composer.cli.run import run_mailing


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
    run_mailing(context, find_mailing(context, mailing), kind=None, rate=speed)
