"""`newsletter diff`: what a reader would notice since a revision."""

from __future__ import annotations

import click

from composer.cli.context import Context, json_text, pass_context
from composer.cli.snapshot import FORMATS, coloured, verdicts_text


@click.command("diff")
@click.argument("issue")
@click.option("--against", metavar="REV", default="HEAD", help="A git revision (default: HEAD).")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", help="How changes are written."
)
@pass_context
def diff_command(context: Context, issue: str, against: str, form: str) -> None:
    """Tell what readers of ISSUE would notice, now against a git revision.

    Both are rendered for every persona of the site as it is now: the issue, its templates and
    newsletter.toml of that revision on one side, those of your folder on the other. Git is
    only read, and none of its hooks is run.

    \b
    Examples:
      newsletter diff 2026-014
      newsletter diff 2026-014 --against main --format markdown
    """
    from composer.approval import Approval

    commit, verdict = Approval(context.site).since(context.site.issue_path(issue), against)
    if form == "json" or context.json:
        from composer.snapshots.document import document

        about = {"revision": commit.revision, "commit": commit.id}
        click.echo(json_text({**document([verdict]), "against": about}))
    elif verdict.clean:
        context.say(
            f"{verdict.issue_id}: no reader would notice a difference to {against} ({commit.short})"
        )
    else:
        click.echo(verdicts_text([verdict], form, colours=coloured(click.get_current_context())))
