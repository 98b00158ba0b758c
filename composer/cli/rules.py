"""`newsletter rules`: what the checks look for, and why."""

from __future__ import annotations

import click

from composer.checks.catalogue import entries, page, refuse_unknown
from composer.cli.context import Context, json_text, pass_context


@click.command("rules")
@click.argument("code", required=False)
@pass_context
def rules_command(context: Context, code: str | None) -> None:
    """List the checks; with CODE (or a family such as link), print its page.

    \b
    Examples:
      newsletter rules
      newsletter rules link/insecure
    """
    if code:
        refuse_unknown(code)
    chosen = [e for e in entries().values() if code in (None, e.code, e.family)]
    if context.json:
        documents = [
            {
                "code": e.code,
                "severity": str(e.severity),
                "summary": e.summary,
                "firm": e.firm,
                "page": page(e.code),
            }
            for e in chosen
        ]
        click.echo(json_text({"rules": documents}))
    elif code:
        click.echo(
            "\n\n".join(page(e.code).strip() or f"# {e.code}\n\n{e.summary}" for e in chosen)
        )
    else:
        width = max(len(e.code) for e in chosen)
        for e in chosen:
            click.echo(f"{e.code:<{width}}  {e.severity:<7}  {e.summary}")
