"""The options that say when a mailing goes, and to whom first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import click

from composer.cli.context import Context
from composer.model.issue import Issue
from composer.model.mailing import Mailing
from composer.reports.timing import home_of, moment_text, timetable_document
from composer.sending.choice import Course
from composer.sending.course import course_of
from composer.sending.plan import Prepared
from composer.sending.schedule import Schedule, read_schedule

AT_HELP = (
    'Not now but then: "2026-11-23 09:00 Europe/Berlin", an ISO 8601 time with its offset, '
    '"tomorrow 09:00 UTC", or by each reader\'s own clock: "2026-11-23 09:00 local".'
)
AB_TEST_HELP = (
    'Try the variants on a part of the readers first: "20% 4h clicks"; off: on all alike.'
)

#: The same in `plan` and `send`; None where nothing is said of it.
count_clicks_option = click.option(
    "--count-clicks/--no-count-clicks",
    default=None,
    help="Count who follows which link, or do not; else as [public] count_clicks says.",
)


def course_option(
    context: Context,
    issue: Issue,
    *,
    at: str | None,
    ab_test: str | None,
    count_clicks: bool | None,
) -> Course:
    """Read `--at`, `--ab-test` and `--count-clicks`; a wrong one is a usage error.

    Raises:
        GuardError: the time is past, or there is nothing to try.
    """
    newsletter = context.site.settings.newsletter
    schedule = _schedule(at, newsletter.timezone) if at is not None else None
    try:
        course = course_of(
            issue,
            schedule=schedule,
            zone_field=newsletter.timezone_field,
            ab_test=ab_test or "",
        )
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--ab-test") from error
    return replace(course, count_clicks=count_clicks)


def _schedule(at: str, home: str) -> Schedule:
    try:
        return read_schedule(at, now=datetime.now(UTC), home=home)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--at") from error


def course_document(prepared: Prepared) -> dict[str, object]:
    """What `--json` says of a plan's moments beside the plan itself."""
    table = prepared.timetable
    return {"schedule": timetable_document(table)} if table else {}


def scheduled_text(context: Context, mailing: Mailing) -> str:
    """`2026-11-23 09:00 CET (2026-11-23T08:00:00Z)`: the first moment of a mailing."""
    home = home_of(context.site.settings.newsletter.timezone)
    return moment_text(mailing.due, home)
