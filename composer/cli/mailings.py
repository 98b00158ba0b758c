"""Which mailing a command means."""

from __future__ import annotations

import difflib
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from composer.cli.context import Context
from composer.errors import AudienceError, GuardError
from composer.model.delivery import Status
from composer.model.mailing import Books, Mailing
from composer.reports.standing import Standing
from composer.sending.ledger import Ledger

#: What a dead sender left `attempting` is unknown as soon as somebody looks.
_UNSETTLED = (Status.UNKNOWN, Status.ATTEMPTING)

#: So many mailings are named in one line.
_TOLD = 10


def settle_dead(ledger: Ledger, mailing_id: str) -> bool:
    """If no sender is alive, what one left in flight is unknown from now on; say whether."""
    with suppress(GuardError), ledger.sender(mailing_id):
        ledger.recover(mailing_id)
        return True
    return False


def find_mailing(context: Context, name: str | None) -> Mailing:
    """The mailing of that name, the only one of the issue of that name, or the latest one.

    Raises:
        AudienceError: there is none, or the issue has several.
    """
    ledger = context.site.database.ledger
    found = ledger.mailing(name) if name else ledger.latest()
    if found is not None:
        return found
    if not name:
        raise _none_yet()
    known = [mailing.id for mailing in ledger.mailings()]
    of_issue = [mailing for mailing in ledger.mailings() if mailing.issue_id == name]
    if len(of_issue) == 1:
        return of_issue[0]
    if of_issue:
        names = ", ".join(mailing.id for mailing in of_issue[:5])
        raise AudienceError(f"{name} has {len(of_issue)} mailings", hint=f"name one: {names}")
    near = difflib.get_close_matches(name, known, n=1)
    others = f"there are: {', '.join(known[:5])}" if known else "nothing was sent yet"
    hint = f"did you mean {near[0]!r}?" if near else others
    raise AudienceError(f"there is no mailing {name!r}", hint=hint)


def _none_yet() -> AudienceError:
    return AudienceError(
        "there is no mailing yet: nothing was sent (a dry run is none)",
        hint="newsletter send ISSUE --segment NAME",
    )


def others_unfinished(context: Context, found: Mailing) -> list[str]:
    """The ids of all other mailings that something is left to do for."""
    return [name for name in context.site.database.standings.unfinished() if name != found.id]


def unfinished_text(others: Sequence[str], *, kind: str = "older", verb: str = "resume") -> str:
    """One line on `others`, and what to run; `""` where there are none."""
    if not others:
        return ""
    shown = ", ".join(others[:_TOLD])
    more = f" and {len(others) - _TOLD:,} more" if len(others) > _TOLD else ""
    one = len(others) == 1
    head = "1 mailing is" if one else f"{len(others):,} mailings are"
    head = head.replace("mailing", f"{kind} mailing", 1)
    name = others[0] if one else "ID"
    return f"{head} not finished: {shown}{more}. newsletter status {name}, newsletter {verb} {name}"


def find_unsettled(context: Context, name: str | None) -> Mailing:
    """As `find_mailing`; without a name, the only mailing with deliveries that nobody settled.

    Raises:
        AudienceError: there is no mailing at all, or there are several such.
        GuardError: there is none such.
    """
    if name:
        return find_mailing(context, name)
    ledger = context.site.database.ledger
    if ledger.latest() is None:
        raise _none_yet()
    every = context.site.database.standings.counts()
    found = [
        mailing
        for mailing in ledger.mailings()
        if any(every.get(mailing.id, {}).get(status) for status in _UNSETTLED)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise GuardError("no delivery of any mailing is unknown", hint="newsletter status")
    names = ", ".join(mailing.id for mailing in found[:5])
    raise AudienceError(
        f"{len(found)} mailings have deliveries that were never answered", hint=f"name one: {names}"
    )


def standing_of(
    context: Context, mailing: Mailing, books: Books, *, running: bool, when: str = ""
) -> Standing:
    """Where a mailing stands, with what holds it up; `when` says what it was asked to wait for."""
    found = Standing.now_of(
        context.site.database.ledger,
        mailing,
        books,
        context.site.settings.sending.limits,
        running=running,
        now=time.time(),
    )
    queued = context.site.database.fleet.is_queued(mailing.id)
    return replace(found, when=when, queued=queued)
