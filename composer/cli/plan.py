"""`newsletter plan`: who would get an issue, and who not and why. Sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from composer.checks.formats.json import finding_document
from composer.cli.again import OF_PLANS, options_again
from composer.cli.context import Context, pass_context
from composer.cli.show import most_of, plan_text
from composer.cli.timing import (
    AB_TEST_HELP,
    AT_HELP,
    count_clicks_option,
    course_document,
    course_option,
)
from composer.dispatch import Planned, utc_now
from composer.errors import GuardError
from composer.model.rate import Rate
from composer.model.span import read_span
from composer.sending.contest import refuse_small
from composer.sending.course import OFF
from composer.sending.guards import refuse_errors
from composer.sending.plan import Prepared
from composer.sending.plan_file import document_of, save_plan, supersede

WAIT_HELP = "Wait so long for what is due later: 30m, 4h; 0 not at all."
PROCESSES_HELP = "So many processes of this machine deliver together; not with --rate."
RATE_HELP = (
    "At most so many deliveries: 600/min, 10/s, 5000/h; whoever delivers it, now or later. "
    "off: as fast as the provider takes it."
)


def rate_option(text: str | None) -> Rate | None:
    """Read `--rate`; None where nothing is said of it, or `off`. A wrong one is a usage error."""
    try:
        return Rate.parse(text) if text and text.strip().lower() != OFF else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--rate") from error


def wait_option(text: str | None, usual_s: float) -> float:
    """Read `--wait`: seconds; the site's own where nothing is said."""
    if text is None:
        return usual_s
    try:
        return 0.0 if text.strip() == "0" else float(read_span(text))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--wait") from error


@click.command("plan")
@click.argument("issue")
@click.option("--segment", required=True, metavar="NAME", help="Who is to get it.")
@click.option(
    "-o",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to save the plan (default: .newsletter/plans/).",
)
@click.option("--provider", "kind", metavar="KIND", help="Through what, if not the site's own.")
@click.option("--rate", metavar="N/min", help=RATE_HELP)
@click.option("--at", metavar="WHEN", help=AT_HELP)
@click.option("--ab-test", metavar='"N% T METRIC"', help=AB_TEST_HELP)
@count_clicks_option
@pass_context
def plan_command(
    context: Context,
    issue: str,
    segment: str,
    output: Path | None,
    kind: str | None,
    rate: str | None,
    *,
    at: str | None,
    ab_test: str | None,
    count_clicks: bool | None,
) -> None:
    """Show who would get ISSUE, who would not and why, what, and through what. Sends nothing.

    The plan is saved, and the next send of this issue to this segment is held to it: if the
    letter, the list or the sender changed meanwhile, the send is refused.

    \b
    Examples:
      newsletter plan 2026-014 --segment board
      newsletter plan 2026-014 --segment board --at "2026-11-23 09:00 local"
    """
    site = context.site
    speed = rate_option(rate)
    read = site.read(issue)
    course = course_option(context, read, at=at, ab_test=ab_test, count_clicks=count_clicks)
    course = replace(course, rate=speed)
    planned = Planned.of(site, read, segment, kind=kind or "", course=course)
    prepared = planned.prepared
    kept = site.plans / f"{prepared.plan.id}.json"
    path = context.folder / output if output else kept
    document = {**document_of(prepared.plan, site.shown(path)), **course_document(prepared)}
    text = plan_text(prepared, title=read.title, takes=planned.takes)
    if prepared.findings:
        context.say(most_of(prepared.findings, read.id))
    document["findings"] = [finding_document(finding) for finding in prepared.findings]
    _refuse(context, prepared, text, document)
    for place in {kept, path}:
        save_plan(prepared.plan, place, made=utc_now(), shown_as=site.shown(path))
    supersede(site.plans, read.id, segment, keep=kept)
    context.result(text, document)
    context.say(f"Nothing was sent. Plan saved: {site.shown(path)}")
    if prepared.plan.recipients:
        asked = options_again(OF_PLANS)
        context.say(f"Next: newsletter send {read.id} --segment {segment}{asked}")
    else:
        context.say(f"Nobody would get it: newsletter segments {segment}")


def _refuse(
    context: Context, prepared: Prepared, text: str, document: Mapping[str, object]
) -> None:
    """Show a plan that no send can follow, and raise the GuardError that says why."""
    try:
        refuse_errors(prepared.plan)
        refuse_small(prepared.plan, prepared.request.editions.variants)
    except GuardError:
        context.so_far(text, {**document, "plan": None})
        raise
