"""`newsletter serve`: the pages of readers, and where providers report."""

from __future__ import annotations

import click

from composer.cli.context import Context, pass_context


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    metavar="N",
    help="The port (0: any).",
)
@pass_context
def serve_command(context: Context, host: str, port: int) -> None:
    """Serve the readers' pages: join, leave, choose, read the archive; and take webhooks.

    What base_url names must lead here: put a web server with TLS before it.

    \b
    Example:
      newsletter serve --port 8080
    """
    from composer.web.public.app import public_app
    from composer.web.public.front import Front
    from composer.web.public.server import listening, run

    front = Front(context.site)
    listener = listening(host, port)
    name, number = listener.getsockname()[:2]
    context.say("The pages are at")
    click.echo(f"http://{f'[{name}]' if ':' in name else name}:{number}/")
    context.say("Ctrl-C ends it.")
    run(public_app(front), listener)
