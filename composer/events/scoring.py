"""When an address that gives trouble is mailed no more. Pure: no clock, no order of arrival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from composer.events.verdict import COUNTED, Verdict

#: Issues in trouble before an address is given up, and the time that they must span.
MOST_ISSUES = 5
SPAN = timedelta(weeks=4)
#: A disabled mailbox is given up at this many issues.
DISABLED_ISSUES = 2
#: A domain's DNS may be ill for a day.
DNS_SPAN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Told:
    """One verdict on an address; `at` is ISO 8601."""

    issue: str
    verdict: Verdict
    at: str


def is_given_up(told: Sequence[Told]) -> bool:
    """Whether all that was told of one address means that it must not be mailed any more.

    An issue counts once, however often it was told. What arrived resets the score, unless the
    same issue came back later.
    """
    if any(one.verdict is Verdict.DEAD for one in told):
        return True
    counted = _counted(told)
    disabled = {one.issue for one in counted if one.verdict is Verdict.DISABLED}
    if len(disabled) >= DISABLED_ISSUES:
        return True
    if _span([one for one in counted if one.verdict is Verdict.HOSTLESS]) > DNS_SPAN:
        return True
    return _issues(counted) >= MOST_ISSUES and _span(counted) >= SPAN


def score_of(told: Sequence[Told]) -> int:
    """How many issues count against an address, of the `MOST_ISSUES` that it may have."""
    return _issues(_counted(told))


def _counted(told: Sequence[Told]) -> list[Told]:
    """The troubles since mail last arrived there."""
    troubles = [one for one in told if one.verdict in COUNTED]
    came_back = {one.issue for one in troubles}
    arrived = (
        one.at for one in told if one.verdict is Verdict.REACHED and one.issue not in came_back
    )
    reached = max(arrived, default="")
    return [one for one in troubles if one.at > reached]


def _issues(told: Sequence[Told]) -> int:
    return len({one.issue for one in told})


def _span(told: Sequence[Told]) -> timedelta:
    """Between the first and the last."""
    times = [datetime.fromisoformat(one.at) for one in told if one.at]
    return max(times) - min(times) if times else timedelta()
