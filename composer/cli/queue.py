"""Hand a mailing to workers instead of delivering it here."""

from __future__ import annotations

from typing import Any, NoReturn

import click

from composer.cli.context import Context
from composer.cli.exits import Exit
from composer.cli.run import Manner, at_its_rate, run_mailing
from composer.model.mailing import Mailing
from composer.reports.books import document_of
from composer.sending.fleet import LATE_S
from composer.sending.ledger import HandOn

QUEUE_HELP = "Whether workers deliver it, or this command does; [workers] send says what is usual."


def queue_option(function: Any) -> Any:
    """`--queue/--no-queue`, None where neither is given."""
    return click.option("--queue/--no-queue", "queue", default=None, help=QUEUE_HELP)(function)


def hand_on_for(context: Context, *, asked: bool | None) -> HandOn | None:
    """How to hand a mailing to workers; None when this command is to deliver it.

    Raises:
        ConfigError: the database is none that hosts can share.
    """
    site = context.site
    if not (site.settings.workers.send if asked is None else asked):
        return None
    from composer.workers.ready import refuse_unready

    refuse_unready(site.database)
    from composer.workers.queue import Queue

    return Queue.open(site.database).hand_on


def carry_out(
    context: Context, mailing: Mailing, hand_on: HandOn | None, *, kind: str | None, manner: Manner
) -> None:
    """Hand what is left of `mailing` to workers, or deliver it here; ends the command."""
    if hand_on:
        queue_mailing(context, at_its_rate(context, mailing, manner), hand_on)
    run_mailing(context, mailing, kind=kind, manner=manner)


def go_on_queued(context: Context, mailing: Mailing, *, asked: bool | None, manner: Manner) -> None:
    """What is the workers' stays the workers', unless `--no-queue` takes it away from them."""
    theirs = asked is not False and context.site.database.fleet.is_queued(mailing.id)
    if theirs and (hand_on := hand_on_for(context, asked=True)):
        queue_mailing(context, at_its_rate(context, mailing, manner), hand_on)


def queue_mailing(context: Context, mailing: Mailing, hand_on: HandOn) -> NoReturn:
    """See that workers have what is left of `mailing`, and say so; ends the command."""
    database = context.site.database
    shares = database.fleet.hand_on(mailing.id, hand_on)
    books = database.ledger.books(mailing.id)
    there = [worker for worker in database.fleet.workers() if worker.seen_s <= LATE_S]
    left, cut = books.unfinished, "1 share" if shares == 1 else f"{shares:,} shares"
    context.result(
        f"{mailing.id}: {left:,} messages wait for workers, in {cut}.",
        {**document_of(mailing, books), "state": "queued", "workers": len(there)},
    )
    if there:
        noun = "1 worker is" if len(there) == 1 else f"{len(there)} workers are"
        context.say(f"{noun} at work. How far they are: newsletter status {mailing.id}")
    else:
        context.say("No worker is running. On each host that is to deliver: newsletter worker")
    raise click.exceptions.Exit(Exit.DONE)
