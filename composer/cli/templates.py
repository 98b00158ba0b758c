"""`newsletter templates`: what an issue may look like, and a copy to change."""

from __future__ import annotations

from pathlib import Path

import click

from composer.cli.context import Context, pass_context
from composer.cli.exits import as_named
from composer.errors import TemplateError


@click.group("templates", invoke_without_command=True)
@click.pass_context
def templates_group(ctx: click.Context) -> None:
    """List the templates; copy one into the site to change it.

    \b
    Examples:
      newsletter templates
      newsletter templates copy monitor ours
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_command)


@templates_group.command("list")
@pass_context
def list_command(context: Context) -> None:
    """List the templates that an issue may name, and say which one the site uses."""
    site = context.site
    used = site.settings.newsletter.template
    entries = [
        {"name": name, "from": site.templates.origin(name), "used": name == used}
        for name in site.templates.names
    ]
    width = max(len(str(entry["name"])) for entry in entries)
    lines = [
        f"{entry['name']:<{width}}  {entry['from']}{'  (newsletter.toml)' if entry['used'] else ''}"
        for entry in entries
    ]
    context.result("\n".join(lines), {"templates": entries})


@templates_group.command("copy")
@click.argument("name")
@click.argument("new", required=False)
@pass_context
def copy_command(context: Context, name: str, new: str | None) -> None:
    """Copy the template NAME into email_templates/ as NEW, or one piece of it.

    The copy is the site's own: later versions do not change it. A piece keeps its name
    and goes before the built-in one. No file is overwritten.

    \b
    Examples:
      newsletter templates copy monitor ours
      newsletter templates copy common/blocks/quote.j2
    """
    from composer.rendering.copying import copy_piece, copy_template

    site = context.site
    piece = "/" in name or name.endswith(".j2")
    if piece == (new is not None):
        usage = "a piece keeps its name" if piece else f"newsletter templates copy {name} NEW"
        raise click.UsageError(f"a copy of a template needs a new name: {usage}")
    try:
        if new is None:
            files = copy_piece(site.templates, name, site.folder)
        else:
            files = copy_template(site.templates, name, new, site.folder)
    except TemplateError as error:
        raise as_named(error) from error
    names = [Path(file).as_posix() for file in files]
    context.result(
        "\n".join(["Copied:", *(f"  {n}" for n in names)]),
        {"folder": str(site.folder), "files": names},
    )
    if new is not None:
        context.say(
            f'Next:\n  template = "{new}" in newsletter.toml, for every issue\n'
            f"  template: {new} in the front matter of one"
        )
