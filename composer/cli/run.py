"""Carry a frozen mailing on, from whatever state it is in, and say how it ended."""

from __future__ import annotations

import click

from composer.cli.context import Context
from composer.cli.exits import Exit
from composer.cli.main import close_stdout
from composer.cli.progress import progress
from composer.cli.show import exit_of, failure_text
from composer.cli.signals import draining
from composer.dispatch import carry_on
from composer.errors import GuardError
from composer.model.mailing import Mailing
from composer.reports.books import document_of, text_of, trouble_lines, troubles_of
from composer.sending.deliver import Run, Terms
from composer.sending.pace import Rate


def run_mailing(context: Context, mailing: Mailing, *, kind: str | None, rate: Rate | None) -> None:
    """Deliver what is left of `mailing`; ends the command with the exit code that fits."""
    if kind and kind != mailing.provider:
        raise GuardError(
            f"{mailing.id} goes through {mailing.provider!r}, not {kind!r}",
            hint="leave --provider away to go on with it",
        )
    site = context.site
    ledger = site.database.ledger
    before = ledger.books(mailing.id)
    with (
        draining() as stop,
        progress(context, before.unfinished, "Sending") as advance,
    ):
        carried = carry_on(site, mailing, Terms(stop=stop, rate=rate, progress=advance))
    run = carried.run
    code = exit_of(run)
    if run.failure is not None and carried.forgotten:
        context.say("Nothing was sent and nothing is recorded; the same command starts again.")
        raise run.failure
    try:
        report_run(context, mailing, run)
    except BrokenPipeError:
        close_stdout()  # the exit code still says how the run ended
    if code is Exit.INTERRUPTED:
        context.say(
            f"Stopped part-way. The same command goes on, or: newsletter resume {mailing.id}"
        )
    raise click.exceptions.Exit(code)


def report_run(context: Context, mailing: Mailing, run: Run) -> None:
    """The books on stdout; failures and what to do next on stderr."""
    context.result(text_of(mailing, run.books), document_of(mailing, run.books))
    if run.failure is not None:
        click.echo(failure_text(run.failure), err=True)
    if run.became_unknown:
        context.say(f"{run.became_unknown:,} were in flight when an earlier run died: now unknown.")
    if told := troubles_of(run.books, trouble_lines(context.site.database.ledger, mailing.id)):
        context.say(told)
    elif mailing.provider == "outbox":
        folder = context.site.shown(context.site.state / "outbox" / mailing.id)
        context.say(f"The messages are in {folder}/ (one .eml for each reader).")
