"""`newsletter preview`: see the letter while you write it."""

from __future__ import annotations

import os
import webbrowser

import click

from composer.cli.context import Context, pass_context


@click.command("preview")
@click.argument("issue", required=False)
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="The port (0: any).")
@click.option("--open", "open_", is_flag=True, help="Open it in the browser.")
@click.option("--allow-send", is_flag=True, help="Let the page send tests and mailings.")
@pass_context
def preview_command(
    context: Context, issue: str | None, port: int | None, *, open_: bool, allow_send: bool
) -> None:
    """Show the letter as each reader will see it, live on 127.0.0.1, until Ctrl-C.

    Save a file, and the page shows what became of it: the letter, its text, its checks.

    \b
    Examples:
      newsletter preview --open
      newsletter preview 2026-014 --port 4100
    """
    from composer.reading.site_file import find_site
    from composer.web.preview.app import Preview
    from composer.web.preview.desk import Desk
    from composer.web.preview.server import listening, serve, token_in

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
    context.say("The preview is at")
    click.echo(address)
    context.say("Ctrl-C ends it.")
    if open_:
        webbrowser.open(address)
    serve(preview.app, listener, preview.end)
