"""`newsletter outgoing`: tell others what happened, and say what waits."""

from __future__ import annotations

import time

import click

from composer.cli.context import Context, pass_context
from composer.cli.exits import Exit
from composer.errors import ConfigError


@click.command("outgoing")
@click.option("--retry", is_flag=True, help="Try again what waits and what was given up.")
@pass_context
def outgoing_command(context: Context, retry: bool) -> None:
    """Tell [outgoing] what happened since, and say what could not be told.

    serve, worker, run-due and send do this by themselves; nothing is told twice but where an
    answer was lost, and then under the same id.

    \b
    Examples:
      newsletter outgoing
      newsletter outgoing --retry
    """
    from composer.outgoing import hook_of, tell

    settings = context.site.settings.outgoing
    if not settings.channels:
        raise ConfigError("nobody is to be told anything", hint='[outgoing] url = "https://…"')
    if variable := context.site.settings.unset.get("outgoing"):
        raise ConfigError(f"the variable {variable} is not set", hint=f"export {variable}=…")
    if settings.hook:
        hook_of(context.site)
    notices = context.site.database.notices
    if retry:
        notices.retry(int(time.time()))
        notices.hurry(int(time.time()))
    done = tell(context.site)
    counts = notices.counts()
    trouble = notices.last_trouble() if counts["waiting"] + counts["given up"] else ""
    text = f"told {done.told:,}, waiting {counts['waiting']:,}, given up {counts['given up']:,}"
    context.result(
        f"{text}\n  last trouble: {trouble}" if trouble else text,
        {
            "told": done.told,
            "waiting": counts["waiting"],
            "given_up": counts["given up"],
            "trouble": trouble,
        },
    )
    raise click.exceptions.Exit(Exit.FINDINGS if done.failed or counts["given up"] else Exit.DONE)
