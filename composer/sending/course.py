"""How a mailing is to go over time, from what was asked for and what its issue says."""

from __future__ import annotations

from composer.errors import GuardError
from composer.model.ab_test import AbTest, read_ab_test
from composer.model.issue import Issue
from composer.sending.choice import Course
from composer.sending.schedule import Schedule

#: In the place of an A/B test: every variant goes to an equal part of all readers.
OFF = "off"


def course_of(
    issue: Issue,
    *,
    schedule: Schedule | None = None,
    zone_field: str = "timezone",
    ab_test: str = "",
) -> Course:
    """The course of a mailing of `issue`; `ab_test` as it was asked for goes before the issue's.

    Raises:
        ValueError: `ab_test` is none.
        GuardError: there is nothing to try, or it cannot be tried at local times.
    """
    test: AbTest | None = issue.ab_test
    if ab_test:
        test = None if ab_test.strip().lower() == OFF else read_ab_test(ab_test)
    if test and len(issue.variants) < 2:
        raise GuardError(
            f"{issue.id} has no variants to try. Nothing was sent.",
            hint="write them in the front matter: subject: { a: …, b: … }",
        )
    if test and schedule and schedule.is_local:
        raise GuardError(
            "an A/B test cannot go at local times: the first places would be past before it is "
            "decided. Nothing was sent.",
            hint="name one time for all, or --ab-test off",
        )
    return Course(schedule, zone_field, test)
