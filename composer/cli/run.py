"""Carry a frozen mailing on, from whatever state it is in, and say how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import click

from composer.cli.context import Context
from composer.cli.exits import Exit
from composer.cli.mailings import standing_of
from composer.cli.main import close_stdout
from composer.cli.plan import rate_option, wait_option
from composer.cli.progress import progress
from composer.cli.show import exit_of, failure_text
from composer.cli.signals import draining
from composer.dispatch import Carried, carry_on
from composer.due import judge, timing_of
from composer.errors import GuardError, StorageError
from composer.model.mailing import Mailing
from composer.model.rate import Rate
from composer.model.span import span_text
from composer.reports.books import document_of, text_of
from composer.reports.moments import moment_text
from composer.reports.timing import Timing
from composer.reports.troubles import first_troubles, troubles_text
from composer.sending.orders import Wish
from composer.sending.terms import Run, Terms, Waiting, Why
from composer.site import Site


@dataclass(frozen=True, slots=True)
class Manner:
    """How a run was asked to go on the command line."""

    rate: Rate | None = None  #: for a mailing that goes on, if there is `other_rate`
    other_rate: bool = False  #: than the one that it has, which may be none at all
    wait_s: float = 0.0
    retry_now: bool = False
    processes: int = 1


def manner_of(
    context: Context,
    *,
    rate: str | None,
    wait: str | None,
    processes: int | None,
    retry_now: bool = False,
) -> Manner:
    """From the options of a command, and the site's settings where they say nothing."""
    usual = context.site.settings.sending
    return Manner(
        rate=rate_option(rate),
        other_rate=rate is not None,
        wait_s=wait_option(wait, usual.wait_s),
        retry_now=retry_now,
        processes=processes or usual.processes,
    )


def run_mailing(context: Context, mailing: Mailing, *, kind: str | None, manner: Manner) -> None:
    """Deliver what is left of `mailing`; ends the command with the exit code that fits."""
    if kind and kind != mailing.provider:
        raise GuardError(
            f"{mailing.id} goes through {mailing.provider!r}, not {kind!r}",
            hint="leave --provider away to go on with it",
        )
    site = context.site
    ledger = site.database.ledger
    mailing = at_its_rate(context, mailing, manner)
    before = ledger.books(mailing.id)
    now = before.unfinished - timing_of(site, mailing, before).count
    with (
        draining() as stop,
        progress(context, now, "Sending") as advance,
    ):
        terms = Terms(
            stop=stop,
            progress=advance,
            wait_s=manner.wait_s,
            retry_now=manner.retry_now,
            waiting=Waits(context.say),
            say=context.say,
        )
        carried = _carried_on(site, mailing, terms, manner.processes)
    run = carried.run
    if run.failure is not None and carried.forgotten:
        context.say("Nothing was sent and nothing is recorded; the same command starts again.")
        raise run.failure
    judge(site, mailing)
    mailing = ledger.mailing(mailing.id) or mailing
    timing = timing_of(site, mailing, run.books)
    code = exit_of(run, waiting=timing.count)
    try:
        report_run(context, mailing, run, timing)
    except BrokenPipeError:
        close_stdout()  # the exit code still says how the run ended
    if not timing.count and (code is Exit.INTERRUPTED or run.waiting is not None):
        context.say(what_next(mailing.id, run, time.time()))
    raise click.exceptions.Exit(code)


def at_its_rate(context: Context, mailing: Mailing, manner: Manner) -> Mailing:
    """A mailing as it is to go on: the rate that was asked for now is its own from here on."""
    if not manner.other_rate or mailing.rate == manner.rate:
        return mailing
    context.site.database.ledger.orders.keep_to(mailing.id, manner.rate)
    return replace(mailing, rate=manner.rate)


@dataclass
class Waits:
    """Says what a run waits for: once, and again when it is something else."""

    say: Callable[[str], None]
    _told: int = 0

    def __call__(self, waiting: Waiting) -> None:
        if int(waiting.at) == self._told:
            return
        self._told = int(waiting.at)
        now = time.time()
        what = {
            Why.LIMITS: "for what the limits allow",
            Why.PAUSED: "for domains that are left alone",
            Why.LATER: "for what is due again",
            Why.DECISION: "for the decision of an A/B test",
        }[waiting.why]
        self.say(
            f"Waiting {what}, until {moment_text(waiting.at, now)} "
            f"({span_text(waiting.at - now)}). Ctrl-C ends the wait, and --wait 0 has none; "
            "newsletter resume goes on."
        )


def what_next(mailing_id: str, run: Run, now: float) -> str:
    """How a run that did not come to its end goes on."""
    resume = f"newsletter resume {mailing_id}"
    if run.asked.wish is Wish.CANCEL:
        return "Cancelled: nobody who was left gets it any more."
    if run.asked.wish is Wish.PAUSE:
        return f"Paused, until: {resume}"
    if run.waiting is not None:
        left = run.books.unfinished
        verb = "is" if left == 1 else "are"
        at = moment_text(run.waiting.at, now)
        return f"{left:,} {verb} left; the next may go at {at}. Then, or to wait: {resume}"
    return f"Stopped part-way. The same command goes on, or: {resume}"


def _carried_on(site: Site, mailing: Mailing, terms: Terms, processes: int) -> Carried:
    if processes == 1:
        return carry_on(site, mailing, terms)
    from composer.workers.crew import carry_on_together

    return carry_on_together(site, mailing, terms, processes)


def report_run(context: Context, mailing: Mailing, run: Run, timing: Timing) -> None:
    """The books on stdout; failures and what to do next on stderr."""
    context.result(text_of(mailing, run.books), document_of(mailing, run.books))
    tell_others(context)
    if run.failure is not None:
        click.echo(failure_text(run.failure), err=True)
    if run.became_unknown:
        context.say(f"{run.became_unknown:,} were in flight when an earlier run died: now unknown.")
    troubles = first_troubles(context.site.database.ledger, mailing.id)
    standing = None
    if timing.count:
        standing = standing_of(context, mailing, run.books, running=False, when=timing.words)
        context.say(standing.words)
    if told := troubles_text(run.books, troubles, standing):
        context.say(told)
    elif mailing.provider == "outbox":
        folder = context.site.shown(context.site.state / "outbox" / mailing.id)
        context.say(f"The messages are in {folder}/ (one .eml for each reader).")


def tell_others(context: Context) -> None:
    """Tell [outgoing] that something has come to its end; what fails is told later."""
    if not context.site.settings.outgoing.channels:
        return
    from composer.outgoing import tell

    with suppress(StorageError):
        if failed := tell(context.site).failed:
            what = "message" if failed == 1 else "messages"
            context.say(f"{failed} {what} to [outgoing] failed: newsletter outgoing")
