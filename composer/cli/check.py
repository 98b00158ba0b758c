"""`newsletter check`: find mistakes before a reader does."""

from __future__ import annotations

import click

from composer.cli.context import Context, json_text, pass_context
from composer.cli.exits import Exit
from composer.cli.show import finding_document, findings_text, tally
from composer.model.finding import Finding, Severity


@click.command("check")
@click.argument("issues", nargs=-1, metavar="[ISSUE]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How findings are written.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    help="What makes the exit code 1.",
)
@pass_context
def check_command(context: Context, issues: tuple[str, ...], form: str, fail_on: str) -> None:
    """Read and render ISSUEs (all of them when none is named) and tell what is wrong.

    Each finding has a file, a line and a column. Nothing is sent and no network is used.

    \b
    Examples:
      newsletter check
      newsletter check 2026-014 --fail-on warning
    """
    site = context.site
    paths = [site.issue_path(name) for name in issues] or list(site.issue_paths())
    found: list[Finding] = []
    for path in paths:
        found += site.check(path)
    if form == "json" or context.json:
        click.echo(json_text({"findings": [finding_document(f) for f in found]}))
    else:
        if found:
            click.echo(findings_text(found))
        noun = "issue" if len(paths) == 1 else "issues"
        context.say(f"{len(paths)} {noun} checked: {tally(found)}")
    failing = {"error": {Severity.ERROR}, "warning": set(Severity), "never": set()}[fail_on]
    if any(finding.severity in failing for finding in found):
        raise click.exceptions.Exit(Exit.FINDINGS)
