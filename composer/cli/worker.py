"""`newsletter worker`: deliver what was handed to workers, and what is due."""

from __future__ import annotations

import click

from composer.cli.context import Context, pass_context
from composer.cli.signals import draining


@click.command("worker")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar="N",
    help="So many workers on this host; each delivers one share at a time.",
)
@pass_context
def worker_command(context: Context, processes: int) -> None:
    """Deliver, until it is told to stop, what `newsletter send --queue` handed to workers.

    Start it on as many hosts as you like, each with the site's newsletter.toml: they share the
    database, which must be on PostgreSQL, and what one leaves behind goes on at another. It
    also sends mailings that were scheduled, when they are due; for that alone, a database in a
    file will do.

    SIGTERM and Ctrl-C let it finish what is in flight; a second one stops it at once.

    \b
    Example:
      newsletter worker --processes 2
    """
    from composer.workers.processes import watch_over
    from composer.workers.ready import refuse_unready
    from composer.workers.worker import prepare, work

    site = context.site
    shared = site.database.is_shared
    if shared or processes > 1:
        refuse_unready(site.database)
        prepare(site)
    what = "shares of mailings, and for what is due" if shared else "what is due"
    with draining() as stop:
        context.say(f"Waiting for {what}. Ctrl-C ends it.")
        if processes == 1:
            work(site, stop, context.say)
        else:
            watch_over(site.folder.resolve(), processes, stop, context.say)
