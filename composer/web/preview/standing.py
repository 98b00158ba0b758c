"""How far each issue has come: draft, planned, sending or sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from composer.errors import ComposerError, GuardError
from composer.model.delivery import Status
from composer.model.mailing import Books, Mailing
from composer.sending.plan_file import load_plan
from composer.site import Site

#: What is still to be delivered, or may be.
UNDONE = (Status.PLANNED, Status.ATTEMPTING, Status.DEFERRED, Status.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Standing:
    """`status` is one of draft, planned, sending and sent; `told` a line on the last mailing."""

    status: str = "draft"
    when: str = ""  #: the day, ISO 8601
    told: str = ""


DRAFT = Standing()


def standings(site: Site) -> Mapping[str, Standing]:
    """By the issue's id; one that is not there is a draft.

    A database or a plan that cannot be read says nothing here: the pages about sending do.
    """
    found = _planned(site)
    if not site.database_exists:
        return found
    try:
        ledger = site.database.ledger
        newest: dict[str, Mailing] = {}
        for mailing in ledger.mailings():
            newest.setdefault(mailing.issue_id, mailing)
        for issue_id, mailing in newest.items():
            found[issue_id] = _mailed(mailing, ledger.books(mailing.id))
    except ComposerError:
        return found
    return found


def _mailed(mailing: Mailing, books: Books) -> Standing:
    accepted = books.counts.get(Status.ACCEPTED, 0)
    undone = sum(books.counts.get(status, 0) for status in UNDONE)
    day = mailing.created[:10]
    if undone:
        told = f"{mailing.segment}: {accepted:,} accepted, {undone:,} open"
        return Standing("sending", day, told)
    return Standing("sent", day, f"{mailing.segment}: {accepted:,} accepted on {day}")


def _planned(site: Site) -> dict[str, Standing]:
    found: dict[str, Standing] = {}
    for path in sorted(site.plans.glob("*.json")):
        try:
            plan = load_plan(path)
        except (GuardError, OSError):
            continue
        told = f"{plan.segment}: {plan.recipients:,} recipients"
        found[plan.issue_id] = Standing("planned", plan.made[:10], told)
    return found
