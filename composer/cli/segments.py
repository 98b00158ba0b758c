"""`newsletter segments`: how many are in each, and why somebody is or is not."""

from __future__ import annotations

import click

from composer.audience.addresses import read_address
from composer.cli.context import Context, pass_context
from composer.errors import AudienceError
from composer.reports.explained import Explained


@click.command("segments")
@click.argument("name", required=False)
@click.option("--explain", "address", metavar="ADDRESS", help="Why is this reader in or out?")
@pass_context
def segments_command(context: Context, name: str | None, address: str | None) -> None:
    """Count the segments, or one of them; say why somebody is in or out.

    \b
    Examples:
      newsletter segments
      newsletter segments board --explain ana@example.org
    """
    site = context.site
    names = [site.segment(name)] if name else list(site.rules)
    if address:
        _explain(context, names, address)
        return
    people = site.database.subscribers
    counts = {one: people.count(site.rules[one]) for one in names}
    width = max(map(len, counts))
    lines = [f"{'segment':<{width}}  matched  mailable  suppressed  unconfirmed"]
    for one, c in counts.items():
        numbers = f"{c.matched:>7,}  {c.mailable:>8,}  {c.suppressed:>10,}  {c.unconfirmed:>11,}"
        paused = f"  ({c.paused:,} paused)" if c.paused else ""
        lines.append(f"{one:<{width}}  {numbers}{paused}")
    document = {
        one: {
            "rule": site.settings.segments[one].rule if one in site.settings.segments else "",
            "matched": c.matched,
            "mailable": c.mailable,
            "suppressed": c.suppressed,
            "unconfirmed": c.unconfirmed,
            "paused": c.paused,
        }
        for one, c in counts.items()
    }
    context.result("\n".join(lines), {"segments": document})


def _explain(context: Context, names: list[str], address: str) -> None:
    site = context.site
    entry = site.database.subscribers.find(read_address(address))
    if entry is None:
        raise AudienceError(f"{address} is not on the list", hint="newsletter subscribers list")
    explained = Explained.of(entry, {name: site.rules[name] for name in names})
    context.result(explained.text, explained.document)
