"""`newsletter new`: start an issue."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from composer.cli.context import Context, pass_context
from composer.reading.scaffold import start_issue


@click.command("new")
@click.argument("name")
@click.option(
    "--from", "source", metavar="ISSUE", help="Take authors and categories from this one."
)
@pass_context
def new_command(context: Context, name: str, source: str | None) -> None:
    """Start issues/NAME/issue.md with the next number and today's date.

    Authors, categories and greeting come from the newest issue. The number is one that no issue
    has yet.

    \b
    Examples:
      newsletter new 2026-016
      newsletter new summer-extra --from 2026-014
    """
    site = context.site
    started = start_issue(
        site.folder,
        name,
        newsletter=site.settings.newsletter.name,
        source=site.issue_path(source) if source else None,
        today=datetime.now(UTC).astimezone().date(),
    )
    path = site.shown(started.path)
    model = started.source.parent.name if started.source else None
    told = f"{path} was started" + (f", on the model of {model}" if model else "")
    context.result(told, {"issue": name, "path": path, "number": started.number, "from": model})
    context.say(f"Next: newsletter preview {name} --open, and write")
