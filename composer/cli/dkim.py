"""`newsletter dkim`: keys with which a mail server of one's own signs."""

from __future__ import annotations

import re
from pathlib import Path

import click

from composer.cli.context import Context, pass_context
from composer.snapshots.revision import would_be_committed

SELECTOR = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"


@click.group("dkim")
def dkim_group() -> None:
    """Make keys that sign messages sent through SMTP."""


@dkim_group.command("keygen")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--selector", required=True, help="The key's name in the DNS: 2026a.")
@click.option(
    "--kind",
    type=click.Choice(["rsa", "ed25519"]),
    default="rsa",
    show_default=True,
    help="RSA-2048, which every receiver knows, or Ed25519, for a second signature.",
)
@pass_context
def keygen_command(context: Context, path: Path, selector: str, kind: str) -> None:
    """Write a new private key to PATH, and print the DNS record of its public half.

    Only you may read the file. None is overwritten. Keep it out of git: where git
    does not ignore it, you are told.

    \b
    Examples:
      newsletter dkim keygen keys/2026a.pem --selector 2026a
      newsletter dkim keygen keys/2026e.pem --selector 2026e --kind ed25519
    """
    if not re.fullmatch(SELECTOR, selector):
        raise click.UsageError("a selector has letters, digits and dashes: 2026a")
    path = context.folder / path
    made = context.site.make_dkim_key(path, selector=selector.lower(), kind=kind)
    context.result(
        f"{made.zone_line}\n\nName:  {made.name}\nType:  TXT\nValue: {made.text}",
        {"name": made.name, "type": "TXT", "value": made.text, "file": str(path)},
    )
    shown = context.site.shown(path)
    if would_be_committed(path):
        warning = f"warning: git does not ignore {shown}: whoever gets the repository could sign"
        click.echo(f"{warning}\n  hint: echo '{path.name}' >> {path.parent}/.gitignore", err=True)
    which = "second_" if kind == "ed25519" else ""
    context.say(
        "Next: publish the record, then\n  [dkim]\n"
        f'  {which}selector = "{selector.lower()}"\n'
        f'  {which}key = {{ file = "{shown}" }}'
    )
