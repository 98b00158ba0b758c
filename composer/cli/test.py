"""`newsletter test`: one real message to yourself."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime

import click

from composer.audience.addresses import read_address
from composer.cli.context import Context, pass_context
from composer.cli.exits import Exit
from composer.cli.show import findings_text
from composer.model.mailing import Letterhead
from composer.sending.choice import Editions
from composer.sending.message import Message
from composer.sending.provider import Answer, Batch
from composer.sending.sample import Wanted, key_for_sample, sample_delivery


@click.command("test")
@click.argument("issue")
@click.option("--to", "to", metavar="ADDRESS", required=True, help="Who gets the test.")
@click.option("--as", "reader", metavar="NAME|ADDRESS", help="As this persona or subscriber.")
@click.option("--locale", metavar="L", help="In this language of the issue.")
@click.option("--variant", metavar="V", help="With this A/B subject.")
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
    address = read_address(to)
    read = site.read(issue)
    editions = Editions.of(read)
    candidate = site.reader(reader, read.id, editions) if reader else None
    wanted = Wanted(locale=locale or "", variant=variant or "")
    edition = site.compile(read, key_for_sample(editions, candidate, wanted))
    if found := site.examine(read, [edition]):
        context.say(findings_text(found))
    mark = f"test-{secrets.token_hex(8)}"
    delivery = sample_delivery(edition, candidate, editions.fields, delivery_id=mark)
    delivery = replace(delivery, recipient=replace(delivery.recipient, address=address))
    message = Message.compile(
        edition, Letterhead.of(site.settings.newsletter), subject_prefix="[TEST] "
    )
    folder = site.state / "outbox" / "tests"
    provider = site.provider(kind or site.settings.provider.kind, outbox=folder)
    try:
        outcome = provider.deliver(Batch(mark, message, (delivery,), datetime.now(UTC)))[0]
    finally:
        provider.close()
    where = f" It is in {site.shown(folder)}/." if provider.name == "outbox" else ""
    reason = f" ({outcome.reason})" if outcome.reason else ""
    context.result(
        f"{provider.name}: {outcome.answer}{reason}.{where}",
        {
            "issue": read.id,
            "to": str(address),
            "provider": provider.name,
            "answer": str(outcome.answer),
            "reason": outcome.reason,
        },
    )
    if outcome.answer is not Answer.ACCEPTED:
        raise click.exceptions.Exit(Exit.FINDINGS)
