"""A mailing that waits for its time: what is said of it, and what must not happen to it."""

from __future__ import annotations

from composer.cli.context import Context
from composer.cli.mailings import standing_of
from composer.cli.timing import scheduled_text
from composer.due import timing_of
from composer.errors import GuardError
from composer.model.mailing import Mailing
from composer.reports.books import document_of, text_of
from composer.reports.contests import timed_document, timed_text


def refuse_waiting(context: Context, begun: Mailing, at: str | None) -> None:
    """Raises GuardError where a send would go before a schedule, or be a second one."""
    books = context.site.database.ledger.books(begun.id)
    touched = books.unfinished != sum(books.counts.values())
    waits = begun.due and not touched
    if waits:
        raise GuardError(
            f"{begun.id} is scheduled for {scheduled_text(context, begun)}. Nothing was changed.",
            hint=f"newsletter cancel {begun.id} gives it up; newsletter run-due sends what is due",
        )
    if at is not None and (touched or begun.contest):
        raise GuardError(
            f"{begun.id} is under way already and cannot be scheduled. Nothing was changed.",
            hint=f"newsletter status {begun.id}",
        )


def tell_scheduled(context: Context, mailing: Mailing) -> None:
    """The books of a mailing that was frozen just now, and who will send it."""
    books = context.site.database.ledger.books(mailing.id)
    timing = timing_of(context.site, mailing, books)
    standing = standing_of(context, mailing, books, running=False, when=timing.words)
    text = text_of(mailing, books, standing) + timed_text(timing, None)
    document = {
        **document_of(mailing, books),
        **timed_document(timing, None),
        **standing.document(),
    }
    if mailing.contest:
        document["ab_test"] = document_of(mailing, books)["ab_test"]
    context.result(text, document)
    for step in standing.steps(mailing.id):
        context.say(f"{step.words}:  {step.command}")
    context.say(f"To give it up:  newsletter cancel {mailing.id}")
