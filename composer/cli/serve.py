"""`newsletter serve`: the pages of readers, and where providers report."""

from __future__ import annotations

import json
import logging
import sys

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
@click.option("--form", is_flag=True, help="Print a form for a page of another site, and end.")
@click.option("--locale", default="", metavar="L", help="The language of --form.")
@click.option(
    "--openapi", is_flag=True, help="Print the interface as an OpenAPI document, and end."
)
@pass_context
def serve_command(
    context: Context, host: str, port: int, locale: str, *, form: bool, openapi: bool
) -> None:
    """Serve the readers' pages: join, leave, choose, read the archive; and take webhooks.

    What base_url names must lead here: put a web server with TLS before it.

    \b
    Examples:
      newsletter serve --port 8080
      newsletter serve --form --locale de
    """
    if locale and not form:
        raise click.UsageError(
            "--locale goes with --form: readers' pages are in their own language"
        )
    from composer.web.public.front import Front

    front = Front(context.site)
    if form:
        from composer.web.public.snippet import snippet

        click.echo(snippet(front, locale))
        return
    from composer.web.public.description import description
    from composer.web.public.door import public_app
    from composer.web.public.footing import refuse_unwritable
    from composer.web.public.server import listening, run

    if openapi:
        click.echo(json.dumps(description(front), ensure_ascii=False, indent=2))
        return
    if lacking := refuse_unwritable(context.site):
        context.say(lacking)
    _log(verbose=context.verbose, quiet=context.quiet)
    app = public_app(front)  # it may refuse the settings: nothing is promised before
    listener = listening(host, port)
    name, number = listener.getsockname()[:2]
    context.say("The pages are at")
    click.echo(f"http://{f'[{name}]' if ':' in name else name}:{number}/")
    context.say("Ctrl-C ends it.")
    run(app, listener)


def _log(*, verbose: bool, quiet: bool) -> None:
    """What happens, on standard error: never to whom."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger("newsletter.public")
    log.addHandler(handler)
    log.setLevel(logging.INFO if verbose else logging.ERROR if quiet else logging.WARNING)
