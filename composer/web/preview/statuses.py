"""How far each issue is: draft, planned, on its way, stopped or sent."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from composer.errors import GuardError
from composer.model.delivery import Status
from composer.model.limits import LimitSettings
from composer.model.mailing import Mailing
from composer.reports.standing import Standing, State
from composer.sending.orders import CANCELLED, Asked, Bounds, Wish
from composer.sending.plan_file import load_plan
from composer.sending.watch import waiting_for
from composer.site import Site
from composer.storage.database import Database


class Kind(StrEnum):
    """Of an issue, as its readers would tell."""

    DRAFT = "draft"
    PLANNED = "planned"  #: a plan was saved, and nothing was sent
    SENDING = "sending"
    INTERRUPTED = "interrupted"  #: something is left to deliver, and nobody delivers it
    PAUSED = "paused"  #: somebody, or too much trouble, stopped it
    WAITING = "waiting"  #: nothing is due yet
    CANCELLED = "cancelled"  #: whoever was left gets it no more
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class IssueStatus:
    """`mailing` is the one that the status is of, or the latest one; empty before the first."""

    status: Kind = Kind.DRAFT
    when: str = ""  #: the day of the plan or the mailing, ISO 8601
    told: str = ""  #: a line on it, as `newsletter status` says it
    mailing: str = ""
    accepted: int = 0
    recipients: int = 0


DRAFT = IssueStatus()


#: Of several mailings of one issue, the one that needs a person's eye is told.
_KINDS = {
    State.RUNNING: Kind.SENDING,
    State.QUEUED: Kind.SENDING,
    State.PAUSED: Kind.PAUSED,
    State.WAITING: Kind.WAITING,
    State.INTERRUPTED: Kind.INTERRUPTED,
    State.CANCELLED: Kind.CANCELLED,
    State.DONE: Kind.SENT,
}
_URGENT = (Kind.SENDING, Kind.INTERRUPTED, Kind.PAUSED, Kind.WAITING)


def statuses(site: Site, database: Database | None) -> Mapping[str, IssueStatus]:
    """By issue id; an issue that is not in it is a draft. Changes and creates nothing."""
    sent = dict(_of_mailings(database)) if database else {}
    return dict(_planned(site)) | sent


def _planned(site: Site) -> Iterator[tuple[str, IssueStatus]]:
    for path in sorted(site.plans.glob("*.json")):
        # Rehearsals leave a plan of theirs beside; a damaged one plans nothing.
        if not path.name.startswith("dry-run-"):
            with suppress(GuardError, OSError):
                plan = load_plan(path)
                told = f"{plan.segment}: {plan.recipients:,} recipients"
                yield plan.issue_id, IssueStatus(Kind.PLANNED, plan.made[:10], told)


def _of_mailings(database: Database) -> Iterator[tuple[str, IssueStatus]]:
    """One for each issue, oldest mailing first: what comes later replaces what came before."""
    urgent: set[str] = set()
    for mailing, standing in reversed(standings(database)):
        status = _status(mailing, standing)
        if status.status in _URGENT or mailing.issue_id not in urgent:
            yield mailing.issue_id, status
        if status.status in _URGENT:
            urgent.add(mailing.issue_id)


def standings(database: Database) -> list[tuple[Mailing, Standing]]:
    """Every mailing and where it stands, newest first."""
    counts = database.standings.counts()
    found = []
    for mailing in database.ledger.mailings():
        running = database.standings.is_sending(mailing.id)
        asked = Asked(Wish(mailing.wish), mailing.wish_reason)
        standing = Standing(counts.get(mailing.id, {}), running, asked)
        if asked.wish is Wish.CANCEL:
            cancelled = database.ledger.books(mailing.id).excluded.get(CANCELLED, 0)
            standing = replace(standing, cancelled=cancelled)
        if (mailing.due or mailing.contest) and standing.count(Status.PLANNED):
            now, bounds = time.time(), Bounds(LimitSettings())
            waiting = waiting_for(database.ledger, mailing.id, mailing.provider, bounds, now)
            standing = replace(standing, waiting=waiting, now=now)
        found.append((mailing, standing))
    return found


def _status(mailing: Mailing, standing: Standing) -> IssueStatus:
    return IssueStatus(
        status=_KINDS[standing.state],
        when=mailing.created[:10],
        told=f"{mailing.segment}: {standing.words}",
        mailing=mailing.id,
        accepted=standing.count(Status.ACCEPTED),
        recipients=standing.meant,
    )
