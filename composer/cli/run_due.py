"""`newsletter run-due`: carry out what was scheduled or put off and is due now."""

from __future__ import annotations

import threading

import click

from composer.cli.context import Context, pass_context
from composer.cli.exits import Exit
from composer.cli.progress import progress
from composer.cli.run import tell_others
from composer.cli.show import exit_of
from composer.cli.signals import draining
from composer.dispatch import carry_on
from composer.due import Late, judge, look_for_due, timing_of
from composer.errors import GuardError
from composer.model.mailing import Mailing
from composer.model.span import span_text
from composer.reports.books import document_of, text_of
from composer.reports.contests import decision_text
from composer.sending.deliver import Terms


@click.command("run-due")
@click.option(
    "--late",
    type=click.Choice(["ok"]),
    help="Send what is found too late all the same ([guards] late).",
)
@pass_context
def run_due_command(context: Context, late: str | None) -> None:
    """Send what is due now, decide A/B tests whose time is over, and end.

    For cron or a systemd timer, every few minutes. Mailings of --at go when their time has
    come, deferred deliveries when they may be tried again; what goes at once and was
    interrupted is left to newsletter resume. Two of these at a time are safe.

    A mailing that should have gone long ago (2 h, [guards] late) asks first; where nobody can
    be asked it is left alone, and the command ends with 3.

    \b
    Examples:
      newsletter run-due
      newsletter run-due --late ok
    """
    due = look_for_due(context.site, late_ok=late == "ok")
    decisions = {made.mailing.id: decision_text(made.decision) for made in due.decided}
    for mailing_id, words in decisions.items():
        context.say(f"{mailing_id}: variant {words}.")
    may_go = [one.mailing for one in due.late if _asked(context, one)]
    left = [one for one in due.late if one.mailing not in may_go]
    with draining() as stop:
        ran = [_run(context, one, stop) for one in (*due.ready, *may_go) if not stop.is_set()]
    for one in left:
        ago = span_text(one.overdue_s)
        click.echo(f"{one.mailing.id} was due {ago} ago and is left alone.", err=True)
    text = "\n\n".join(text for text, _, _ in ran) or "Nothing was sent."
    document = {
        "ran": [document for _, document, _ in ran],
        "late": [{"mailing": one.mailing.id, "overdue_s": one.overdue_s} for one in left],
        "decided": [{"mailing": name, "decision": words} for name, words in decisions.items()],
    }
    tell_others(context)
    code = max((code for _, _, code in ran), default=Exit.DONE)
    if left and code in (Exit.DONE, Exit.FINDINGS):
        context.so_far(text, document)
        raise GuardError(
            "what is too late was not sent",
            hint="newsletter run-due --late ok sends it; newsletter cancel MAILING gives it up",
        )
    context.result(text if ran else "Nothing was due.", document)
    raise click.exceptions.Exit(code)


def _asked(context: Context, late: Late) -> bool:
    """Whether a person wants what is late to go all the same."""
    if not context.interactive:
        return False
    ago = span_text(late.overdue_s)
    question = f"{late.mailing.id} was due {ago} ago. Send it now?"
    return click.confirm(question, default=False, err=True)


def _run(
    context: Context, mailing: Mailing, stop: threading.Event
) -> tuple[str, dict[str, object], Exit]:
    """Deliver what is due of one mailing; a mailing that cannot go keeps no other from going."""
    site, ledger = context.site, context.site.database.ledger
    before = ledger.books(mailing.id)
    now = before.unfinished - timing_of(site, mailing, before).count
    try:
        with progress(context, now, "Sending") as advance:
            run = carry_on(site, mailing, Terms(stop=stop, progress=advance), keep=True).run
    except GuardError as error:
        # Another process sends it, or it was paused just now.
        books = ledger.books(mailing.id)
        return f"{mailing.id}: {error.problem}", document_of(mailing, books), Exit.DONE
    judge(site, mailing)
    code = exit_of(run, waiting=timing_of(site, mailing, run.books).count)
    document = document_of(mailing, run.books)
    if run.failure is not None:
        click.echo(f"{mailing.id}: {run.failure}", err=True)
        document["error"] = run.failure.problem
    return text_of(mailing, run.books), document, code
