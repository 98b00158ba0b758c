"""`newsletter test`: one real message to yourself."""

from __future__ import annotations

import click

from composer.cli.context import Context, pass_context
from composer.cli.exits import Exit
from composer.cli.show import findings_text
from composer.dispatch import Test
from composer.sending.provider import Answer
from composer.sending.sample import Wanted


@click.command("test")
@click.argument("issue")
@click.option("--to", "to", metavar="ADDRESS", required=True, help="Who gets the test.")
@click.option("--as", "reader", metavar="NAME|ADDRESS", help="As this persona or subscriber.")
@click.option("--locale", metavar="L", help="In this language of the issue.")
@click.option("--variant", metavar="V", help="With this A/B subject; else the first.")
@click.option("--provider", "kind", metavar="KIND", help="Through what, if not the site's own.")
@pass_context
def test_command(
    context: Context,
    issue: str,
    *,
    to: str,
    reader: str | None,
    locale: str | None,
    variant: str | None,
    kind: str | None,
) -> None:
    """Send one real message of ISSUE to ADDRESS, its subject marked [TEST].

    It is recorded nowhere as a delivery, and its unsubscribe link belongs to nobody.

    \b
    Example:
      newsletter test 2026-014 --to you@example.org --as ana@example.org
    """
    site = context.site
    wanted = Wanted(locale=locale or "", variant=variant or "")
    test = Test.of(site, site.read(issue), to, reader=reader or "", wanted=wanted)
    if test.findings:
        context.say(findings_text(test.findings))
    provider = test.provider(site, kind or "")
    outcome = test.trial.send(provider)
    context.result(
        test.told(site, provider.name, outcome),
        {
            "issue": test.issue.id,
            "to": str(test.trial.delivery.recipient.address),
            "provider": provider.name,
            "answer": str(outcome.answer),
            "reason": outcome.reason,
        },
    )
    if outcome.answer is not Answer.ACCEPTED:
        raise click.exceptions.Exit(Exit.FINDINGS)
