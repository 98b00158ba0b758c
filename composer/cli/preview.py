"""`newsletter preview`: see the letter while you write it."""

from __future__ import annotations

import os
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from composer.cli.context import Context, pass_context
from composer.cli.exits import Exit

if TYPE_CHECKING:
    from composer.web.preview.sender import Sender


@click.command("preview")
@click.argument("issue", required=False)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="The port, or the next free one.",
)
@click.option("--open", "open_", is_flag=True, help="Open it in the browser.")
@click.option("--allow-send", is_flag=True, help="Let the page send tests and mailings.")
@click.option(
    "--export",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write it into DIR as files that open without a server, and end.",
)
@pass_context
def preview_command(
    context: Context,
    issue: str | None,
    port: int | None,
    export: Path | None,
    *,
    open_: bool,
    allow_send: bool,
) -> None:
    """Show the letter as each reader will see it, live on 127.0.0.1, until Ctrl-C.

    Save a file, and the page shows what became of it: the letter, its text, its checks.
    With --allow-send it sends tests and mailings too, past the same guards as newsletter send;
    Ctrl-C finishes what is in flight first.

    \b
    Examples:
      newsletter preview --open
      newsletter preview 2026-014 --port 4100
      newsletter preview 2026-014 --export preview/
    """
    if export is not None:
        _export(context, issue, context.folder / export)
        return
    from composer.reading.site_file import find_site
    from composer.web.preview.app import Preview
    from composer.web.preview.desk import Desk
    from composer.web.preview.server import leave, listening, serve, token_in

    folder = find_site(context.folder).resolve()
    name = context.site.issue_path(issue).parent.name if issue else ""
    listener = listening(port)
    preview = Preview(
        Desk(folder, os.environ),
        token=token_in(folder / ".newsletter"),
        port=listener.getsockname()[1],
        allow_send=allow_send,
    )
    path = f"issues/{name}" if name else ""
    address = f"http://127.0.0.1:{preview.port}/{path}?token={preview.token}"
    if port and preview.port != port:
        context.say(f"Port {port} is taken; {preview.port} is the next that is free.")
    context.say("The preview is at")
    click.echo(address)
    context.say("Ctrl-C ends it.")
    if open_:
        webbrowser.open(address)
    try:
        serve(preview.app, listener, preview.end)
    finally:
        preview.end()
    leave(_see_off(context, preview.sender))


def _export(context: Context, issue: str | None, into: Path) -> None:
    if issue is None:
        raise click.UsageError("--export needs an ISSUE")
    from composer.reading.site_file import find_site
    from composer.web.preview.desk import Desk
    from composer.web.preview.exporting import Export, earlier, write
    from composer.web.preview.pages import environment

    name = context.site.issue_path(issue).parent.name
    earlier(into)  # a folder that is not ours is told before the work
    desk = Desk(find_site(context.folder).resolve(), os.environ)
    write(Export(desk, name, environment()).made(), into)
    context.say("Open it:")
    click.echo(into / "index.html")


def _see_off(context: Context, sender: Sender) -> int:
    """Let a mailing that is being sent from the page come to a clean stop, and say where it is.

    The exit code.
    """
    from composer.cli.show import failure_text
    from composer.cli.signals import draining
    from composer.reports.standing import Standing

    name = sender.cut
    if not name:
        return Exit.DONE
    if sender.sending:
        context.say(f"Finishing what is in flight of {name} (Ctrl-C again stops at once).")
    with draining() as stop:
        stop.set()
        ended = sender.finish()
    if ended is not None and ended.problem is not None:
        click.echo(failure_text(ended.problem), err=True)
    if context.site.database.ledger.mailing(name) is None:
        context.say("Nothing was sent and nothing is recorded.")
        return Exit.DONE
    standing = Standing.of(context.site.database.ledger.books(name))
    context.say(f"{name}: {standing.words}")
    if standing.unsettled:
        context.say(f"Go on with it: newsletter resume {name}")
        return Exit.INTERRUPTED
    return Exit.DONE
