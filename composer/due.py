"""What is to be done now, of all that was scheduled or put off: asked by whoever carries it out.

`newsletter run-due` asks once, a worker every few seconds. Any number may ask at a time: a
decision is made once, and only one process sends a mailing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from composer.clicks import take_in_before
from composer.errors import GuardError
from composer.model.ab_test import Contest, Decision, Figure
from composer.model.delivery import Status
from composer.model.mailing import Books, Mailing
from composer.reports.contests import Tried
from composer.reports.timing import Timing, home_of
from composer.sending.contest import chosen_by_hand, decide
from composer.sending.schedule import utc_text
from composer.site import Site


@dataclass(frozen=True, slots=True)
class Late:
    """A mailing that should have gone `overdue_s` ago: a person must say whether it still may."""

    mailing: Mailing
    overdue_s: int


@dataclass(frozen=True, slots=True)
class Decided:
    """An A/B test whose rest got its variant just now."""

    mailing: Mailing
    decision: Decision


@dataclass(frozen=True, slots=True)
class Due:
    """`ready` are mailings to be delivered now, as far as they are due; oldest first."""

    ready: Sequence[Mailing] = ()
    late: Sequence[Late] = ()
    decided: Sequence[Decided] = ()


def look_for_due(site: Site, now_s: int | None = None, *, late_ok: bool = False) -> Due:
    """Decide the A/B tests whose time has come, and say what is due.

    With `late_ok`, what is found too late is ready all the same. Sends nothing.

    Raises:
        StorageError: the database cannot be reached, or says no.
    """
    now_s = int(time.time()) if now_s is None else now_s
    decided = [
        made for one in site.database.agenda.undecided() if (made := judge(site, one, now_s))
    ]
    ready, late = [], []
    for ripe in site.database.agenda.ripe(now_s):
        overdue_s = 0 if late_ok else _overdue_s(site, ripe.mailing.id, ripe.since_s, now_s)
        if overdue_s:
            late.append(Late(ripe.mailing, overdue_s))
        else:
            ready.append(ripe.mailing)
    return Due(ready, late, decided)


def is_too_late(site: Site, mailing_id: str) -> bool:
    """Whether a person must say that what is due of a mailing may still go."""
    now_s = int(time.time())
    since_s = site.database.agenda.due_since(mailing_id, now_s)
    return _overdue_s(site, mailing_id, since_s, now_s) > 0


def _overdue_s(site: Site, mailing_id: str, since_s: int, now_s: int) -> int:
    """For how long nothing moved that should have; 0 when that is not too long.

    A mailing that is being sent takes its time, and is not late.
    """
    database, limit_s = site.database, site.settings.guards.late_s
    if not since_s or now_s - since_s <= limit_s:
        return 0
    workers = database.fleet.workers()
    if database.standings.is_sending(mailing_id) or any(w.mailing == mailing_id for w in workers):
        return 0
    idle_s = now_s - max(since_s, database.agenda.last_moved(mailing_id))
    return idle_s if idle_s > limit_s else 0


def decide_by_hand(site: Site, mailing: Mailing, winner: str) -> Decided:
    """Give the rest of an A/B test the variant that a person wants, due at once.

    Raises:
        GuardError: there is no such test or variant, or it was decided already.
    """
    contest = mailing.contest
    if contest is None:
        raise GuardError(f"{mailing.id} has no A/B test", hint="newsletter status")
    now_s = int(time.time())
    take_in_before(site, now=utc_text(now_s))
    made = chosen_by_hand(contest, winner, figures_of(site, mailing, contest), utc_text(now_s))
    if contest.decision or not site.database.agenda.decide(mailing.id, contest, made, now_s):
        raise GuardError(
            f"the A/B test of {mailing.id} was decided already",
            hint=f"newsletter report {mailing.id}",
        )
    return Decided(mailing, made)


def figures_of(site: Site, mailing: Mailing, contest: Contest) -> dict[str, Figure]:
    """What is known of each variant now: messages accepted, and people who did it."""
    people = site.measured.people(mailing.id, contest.test.metric)
    counts = site.database.ledger.books(mailing.id).variants
    return {
        name: Figure(counts.get(name, {}).get(Status.ACCEPTED, 0), people.get(name, 0))
        for name in contest.variants
    }


def timing_of(site: Site, mailing: Mailing, books: Books, now_s: int | None = None) -> Timing:
    """What of a mailing waits for its time."""
    now_s = int(time.time()) if now_s is None else now_s
    waiting = site.database.agenda.waiting(mailing.id, now_s)
    home = home_of(site.settings.newsletter.timezone)
    return Timing.of(mailing, books, waiting, home, now_s)


def tried_of(site: Site, mailing: Mailing) -> Tried | None:
    """How the A/B test of a mailing stands; None when it has none."""
    contest = mailing.contest
    return Tried(contest, figures_of(site, mailing, contest)) if contest else None


def judge(site: Site, mailing: Mailing, now_s: int | None = None) -> Decided | None:
    """Note that the sample is out, or decide; None when the test waits still, or there is none."""
    now_s = int(time.time()) if now_s is None else now_s
    contest, agenda = mailing.contest, site.database.agenda
    if contest is None or contest.decision:
        return None
    if not contest.sampled:
        out = _sample_out(site, mailing)
        if out is None or not agenda.note_sampled(mailing.id, contest, out or now_s):
            return None
        contest = replace(contest, sampled=out or now_s)
    if now_s < contest.decided_from:
        return None
    take_in_before(site, now=utc_text(int(time.time())))
    made = decide(contest, figures_of(site, mailing, contest), utc_text(now_s))
    # The rest was to go when the time was over: if that was long ago, somebody must be asked.
    if not agenda.decide(mailing.id, contest, made, contest.decided_from):
        return None
    return Decided(mailing, made)


def _sample_out(site: Site, mailing: Mailing) -> int | None:
    """When the last of the sample had its answer; what a dead sender left is settled first."""
    found = site.database.agenda.sampled(mailing.id)
    if found is None:
        with suppress(GuardError), site.database.ledger.sender(mailing.id):
            site.database.ledger.recover(mailing.id)
            found = site.database.agenda.sampled(mailing.id)
    return found
