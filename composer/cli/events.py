"""`newsletter events`: what providers told."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from composer.cli.context import Context, pass_context


@click.group("events")
def events_group() -> None:
    """Look after what providers tell through webhooks."""


@events_group.command("apply", short_help="Apply what is not applied yet.")
@pass_context
def apply_command(context: Context) -> None:
    """Apply what webhooks brought, and clicks on counted links, that nobody has applied yet.

    newsletter serve does so by itself; this is for when it was stopped in between. Doing it
    twice changes nothing.

    \b
    Example:
      newsletter events apply
    """
    from composer.clicks import take_in_clicks
    from composer.intake import apply_waiting, sources, stamp
    from composer.storage.arrivals import State

    site = context.site
    now = datetime.now(UTC)
    applied = apply_waiting(site, sources(site.settings), now=now)
    clicks = take_in_clicks(site, now=stamp(now))
    applied.add(clicks.applied)
    counts = site.database.arrivals.counts()
    unreadable = counts[State.UNREADABLE]
    calls = site.database.arrivals.unreadable() if unreadable else []
    text = (
        f"{applied.told:,} events: {applied.new:,} new, {applied.foreign:,} not about our mail; "
        f"{applied.suppressed:,} addresses suppressed, {applied.settled:,} deliveries settled"
    )
    if unreadable:
        kept = (
            "call could not be read, and is"
            if unreadable == 1
            else "calls could not be read, and are"
        )
        text += f"\n{unreadable:,} {kept} kept:"
        text += "".join(f"\n  {c.received} {c.provider}: {c.trouble}" for c in calls)
        text += f"\n  … and {unreadable - len(calls):,} older" if unreadable > len(calls) else ""
    if clicks.unreadable:
        text += f"\n{clicks.unreadable:,} clicks could not be read, and are gone"
    for domain, reason in applied.paused.items():
        text += f"\n{domain} is paused: {reason}"
    document: dict[str, object] = {
        name: count for name, count in asdict(applied).items() if name not in ("ours", "paused")
    }
    document |= {"policy_refusals": sum(applied.ours.values()), "paused": applied.paused}
    context.result(
        text,
        {
            **document,
            "unreadable": unreadable,
            "unreadable_calls": [asdict(call) for call in calls],
            "unreadable_clicks": clicks.unreadable,
        },
    )
