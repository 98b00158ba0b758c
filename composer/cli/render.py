"""`newsletter render`: the message as files to look at, the same bytes every time."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path

import click

from composer.cli.context import Context, pass_context
from composer.model.mailing import Letterhead
from composer.sending.choice import Editions
from composer.sending.rendition import rendition_of, write_rendition
from composer.sending.sample import Wanted, key_for_sample, sample_delivery


@click.command("render")
@click.argument("issue")
@click.option(
    "-o",
    "output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where to write (default: .newsletter/render/ISSUE).",
)
@click.option("--as", "reader", metavar="NAME|ADDRESS", help="As this persona or subscriber.")
@click.option("--segment", metavar="NAME", help="As a reader in this segment gets it.")
@click.option("--locale", metavar="L", help="In this language of the issue.")
@click.option("--variant", metavar="V", help="With this A/B subject; else the first.")
@pass_context
def render_command(
    context: Context,
    issue: str,
    *,
    output: Path | None,
    reader: str | None,
    segment: str | None,
    locale: str | None,
    variant: str | None,
) -> None:
    """Write message.html, message.txt, message.eml and message.mjml of ISSUE.

    message.html opens in a browser with its pictures beside it. Without --as, values are the
    issue's defaults, or the field's name in brackets.

    \b
    Example:
      newsletter render 2026-014 -o /tmp/look && open /tmp/look/message.html
    """
    site = context.site
    read = site.read(issue)
    if segment:
        site.segment(segment)
    editions = Editions.of(read)
    candidate = site.reader(reader, read.id, editions) if reader else None
    wanted = Wanted(segment or "", locale or "", variant or "")
    key = key_for_sample(editions, candidate, wanted)
    edition = site.compile(read, key)
    delivery = sample_delivery(edition, candidate, editions.fields, delivery_id="rendered")
    at = datetime.combine(read.date, time(), UTC)
    rendition = rendition_of(edition, Letterhead.of(site.settings.newsletter), delivery, at)
    folder = context.folder / output if output else site.state / "render" / read.id
    names = write_rendition(rendition, folder)
    context.result(
        "\n".join(site.shown(folder / file) for file in names),
        {
            "issue": read.id,
            "edition": str(key),
            "edition_digest": edition.digest,
            "files": {file: site.shown(folder / file) for file in names},
        },
    )
