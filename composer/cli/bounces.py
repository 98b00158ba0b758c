"""`newsletter bounces`: read the mailbox that bounces come home to."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from composer.checks.formats.checked import counted
from composer.cli.context import Context, pass_context

#: More than one message of a kind, where an s does not say it.
_SEVERAL = {"leaving": "leaving", "auto-reply": "auto-replies"}
_KINDS = ("maildir:", "mbox:", "imap:", "imaps:", "pop3:", "pop3s:")


@click.command("bounces")
@click.argument("source", required=False)
@pass_context
def bounces_command(context: Context, source: str | None) -> None:
    """Read what came home to the mailbox for bounces, and act on it.

    SOURCE is a Maildir, an mbox or a message (a path), or a mailbox as in [bounces] of
    newsletter.toml, which is read when none is named. Messages are put away when what they
    tell is written down; those that are for people stay new. Reading a message twice adds
    nothing.

    \b
    Examples:
      newsletter bounces
      newsletter bounces /var/mail/bounces
    """
    from composer.bounces import read_bounces
    from composer.events.mail import Sort

    site = context.site
    if source and not source.startswith(_KINDS):
        source = str(context.folder / source)
    mailbox = site.bounce_mailbox(source)
    try:
        read = read_bounces(site, mailbox, now=datetime.now(UTC))
    finally:
        mailbox.close()
    applied = read.applied
    counts = {sort: read.messages[sort] for sort in Sort}
    names = ", ".join(counted(n, sort, _SEVERAL.get(sort, "")) for sort, n in counts.items() if n)
    text = (
        f"{counted(sum(counts.values()), 'message')}: {names or 'none'}\n"
        f"{counted(applied.new, 'new event')}, {applied.foreign:,} not about our mail; "
        f"{counted(applied.suppressed, 'address', 'addresses')} suppressed, "
        f"{counted(applied.settled, 'delivery', 'deliveries')} settled"
    )
    if refused := sum(applied.ours.values()):
        mean = counted(refused, "refusal means", "refusals mean")
        text += f"\n{mean} us, not the readers: policy, content or reputation"
    for domain, reason in applied.paused.items():
        text += f"\n{domain} is paused: {reason}"
    document: dict[str, object] = {"messages": {str(sort): n for sort, n in counts.items()}}
    document |= {
        name: count for name, count in asdict(applied).items() if name not in ("ours", "paused")
    }
    context.result(text, {**document, "policy_refusals": refused, "paused": applied.paused})
