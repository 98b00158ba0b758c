"""`newsletter send`: carry a plan out, or rehearse it; an interrupted mailing goes on."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from composer.checks.formats.json import finding_document
from composer.cli.again import OF_PLANS, OF_SENDING, options_again
from composer.cli.context import Context, pass_context
from composer.cli.exits import Exit
from composer.cli.plan import PROCESSES_HELP, RATE_HELP, WAIT_HELP
from composer.cli.progress import progress
from composer.cli.queue import carry_out, go_on_queued, hand_on_for, queue_option
from composer.cli.run import manner_of
from composer.cli.show import most_of, plan_text
from composer.cli.signals import draining
from composer.cli.timing import (
    AB_TEST_HELP,
    AT_HELP,
    count_clicks_option,
    course_document,
    course_option,
)
from composer.cli.waiting import refuse_waiting, tell_scheduled
from composer.dispatch import Planned, utc_now
from composer.model.issue import Issue
from composer.reports.plans import takes_text
from composer.sending.choice import Course
from composer.sending.contest import refuse_small
from composer.sending.deliver import Terms
from composer.sending.guards import growth_text, phrase, refuse_errors, refuse_unconfirmed
from composer.sending.message import Message
from composer.sending.orders import Asked, Wish
from composer.sending.plan import Prepared
from composer.sending.plan_file import document_of, newest_plan, save_plan
from composer.sending.provider import Answer
from composer.sending.rehearse import rehearse
from composer.sending.watch import refuse_unwanted


@click.command("send")
@click.argument("issue")
@click.option("--segment", required=True, metavar="NAME", help="Who is to get it.")
@click.option("--dry-run", is_flag=True, help="The whole path into the outbox; reaches nobody.")
@click.option("--provider", "kind", metavar="KIND", help="Through what, if not the site's own.")
@click.option(
    "--confirm",
    metavar='"S N"',
    help="Confirm without a terminal: segment and number of recipients.",
)
@click.option("--rate", metavar="N/min", help=RATE_HELP)
@click.option("--wait", metavar="TIME", help=WAIT_HELP)
@click.option("--processes", type=click.IntRange(1, 64), metavar="N", help=PROCESSES_HELP)
@click.option("--at", metavar="WHEN", help=AT_HELP)
@click.option("--ab-test", metavar='"N% T METRIC"', help=AB_TEST_HELP)
@count_clicks_option
@queue_option
@pass_context
def send_command(
    context: Context,
    issue: str,
    segment: str,
    *,
    dry_run: bool,
    kind: str | None,
    confirm: str | None,
    rate: str | None,
    wait: str | None,
    processes: int | None,
    at: str | None,
    ab_test: str | None,
    count_clicks: bool | None,
    queue: bool | None,
) -> None:
    """Print the plan, ask for its confirmation, and send ISSUE to a segment.

    A mailing that was interrupted goes on where it stopped: nobody is mailed twice.

    \b
    Examples:
      newsletter send 2026-014 --segment board --dry-run
      newsletter send 2026-014 --segment board --confirm "board 1284"
      newsletter send 2026-014 --segment board --at "2026-11-23 09:00 Europe/Berlin"
    """
    site = context.site
    course_for = partial(course_option, context, at=at, ab_test=ab_test, count_clicks=count_clicks)
    manner = manner_of(context, rate=rate, wait=wait, processes=processes)
    site.segment(segment)
    chosen = kind or site.settings.provider.kind
    if dry_run:
        _dry_run(context, issue, segment, chosen, course_for)
        return
    path = site.issue_path(issue)
    ledger = site.database.ledger
    begun = ledger.unfinished(path.parent.name, segment)
    if begun is not None:
        refuse_unwanted(begun.id, Asked(Wish(begun.wish), begun.wish_reason))
        refuse_waiting(context, begun, at)
        go_on_queued(context, begun, asked=queue, manner=manner)
    hand_on = hand_on_for(context, asked=queue)
    if begun is not None and not ledger.discard(begun.id):
        context.say(f"Going on with {begun.id}, as it was confirmed on {begun.created}.")
        carry_out(context, begun, hand_on, kind=kind, manner=manner)
        return
    read = site.read(issue)
    course = replace(course_for(read), rate=manner.rate)
    planned = Planned.of(site, read, segment, kind=chosen, course=course)
    _show(context, read, planned.prepared, planned.takes)
    planned.refuse(site)
    _confirm(context, planned.prepared, confirm)
    mailing = planned.freeze(site, hand_on=None if at else hand_on)
    if mailing.due:
        tell_scheduled(context, mailing)
    else:
        carry_out(context, mailing, hand_on, kind=kind, manner=manner)


def _show(context: Context, issue: Issue, prepared: Prepared, takes: str) -> None:
    """The plan for people now, and for machines beside what may stop it."""
    context.say(plan_text(prepared, title=issue.title, takes=takes))
    if prepared.findings:
        context.say(most_of(prepared.findings, issue.id))
    if context.json:
        context.known.update(_document(prepared))


def _document(prepared: Prepared) -> dict[str, object]:
    findings = [finding_document(finding) for finding in prepared.findings]
    document = {**document_of(prepared.plan, ""), "plan": None, "findings": findings}
    return {**document, **course_document(prepared)}


def _confirm(context: Context, prepared: Prepared, given: str | None) -> None:
    plan = prepared.plan
    if given is None and context.interactive:
        people = "1 real message" if plan.recipients == 1 else f"{plan.recipients:,} real messages"
        when = f", due {plan.schedule}" if plan.schedule else ""
        grown = f" That is {text}." if (text := growth_text(plan)) else ""
        click.echo(
            f"\nThis {'schedules' if when else 'sends'} {people} through {plan.provider}{when}."
            f'{grown} Type "{phrase(plan)}" to go on: ',
            err=True,
            nl=False,
        )
        given = sys.stdin.readline()
    refuse_unconfirmed(plan, given)


def _dry_run(
    context: Context,
    name: str,
    segment: str,
    kind: str,
    course_for: Callable[[Issue], Course],
) -> None:
    """Every recipient's message, rendered and encoded; no delivery is recorded."""
    site = context.site
    issue = site.read(name)
    sandbox = kind == "sendgrid"
    provider = site.provider(kind if sandbox else "outbox", outbox=site.state, sandbox=sandbox)
    prepared = site.prepare(issue, segment, provider, course_for(issue))
    plan = prepared.plan
    folder = site.state / "outbox" / f"dry-run-{plan.id}"
    if not sandbox:
        # What an earlier rehearsal of this plan left there is not part of this one.
        shutil.rmtree(folder, ignore_errors=True)
        provider = site.provider("outbox", outbox=folder)
    _show(context, issue, prepared, takes_text(prepared, provider, None))
    refuse_errors(plan)
    refuse_small(plan, prepared.request.editions.variants)
    letterhead = prepared.request.letterhead
    messages = {
        key: Message.compile(edition, letterhead) for key, edition in prepared.editions.items()
    }
    with (
        draining() as stop,
        progress(context, plan.recipients, "Rehearsing") as advance,
    ):
        decisions = prepared.rehearsal(site.database.audience)
        answers = rehearse(decisions, messages, provider, Terms(stop=stop, progress=advance))
        stopped = stop.is_set()
    _tell_dry_run(context, prepared, answers, folder, sandbox=sandbox)
    if stopped:
        raise click.exceptions.Exit(Exit.INTERRUPTED)
    if answers[Answer.ACCEPTED] != plan.recipients:
        raise click.exceptions.Exit(Exit.FINDINGS)


def _tell_dry_run(
    context: Context,
    prepared: Prepared,
    answers: dict[Answer, int],
    folder: Path,
    *,
    sandbox: bool,
) -> None:
    site, plan = context.site, prepared.plan
    path = (site.plans if sandbox else folder) / f"{'dry-run-' * sandbox}{plan.id}.json"
    save_plan(plan, path, made=utc_now(), shown_as=site.shown(path))
    where = "SendGrid's sandbox" if sandbox else f"{site.shown(folder)}/"
    good = f"{answers[Answer.ACCEPTED]:,} of {plan.recipients:,} messages went into {where}"
    context.result(
        f"Dry run: {good}. Nothing was sent.",
        {
            **_document(prepared),
            "plan": site.shown(path),
            "dry_run": {str(k): v for k, v in answers.items()},
        },
    )
    saved = newest_plan(site.plans, plan.issue_id, plan.segment)
    stale = saved is not None and saved.edition_digest != plan.edition_digest
    if not plan.recipients:
        context.say(f"Nobody would get it: newsletter segments {plan.segment}")
    else:
        verb, asked = ("plan", OF_PLANS) if stale else ("send", OF_SENDING)
        step = f"newsletter {verb} {plan.issue_id} --segment {plan.segment}"
        context.say(f"Next: {step}{options_again(asked)}")
