"""Findings, plans and runs as text: what people read on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from composer.checks.formats import text
from composer.cli.exits import Exit, exit_for
from composer.errors import ComposerError, Unreachable
from composer.model.delivery import Status
from composer.model.finding import Finding, Severity
from composer.model.mailing import Books
from composer.reports import plans
from composer.sending.orders import CANCELLED, Wish
from composer.sending.plan import Prepared
from composer.sending.terms import Run

#: So many warnings are told where they are not what was asked for.
MOST_WARNINGS = 5

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def _painted(text: str, severity: Severity) -> str:
    return click.style(text, fg=_COLOURS[severity])


def plan_text(prepared: Prepared, *, title: str, takes: str) -> str:
    """Who, who not and why, what, through what, how long; the head in bold."""
    return plans.plan_text(
        prepared, title=title, takes=takes, strong=lambda head: click.style(head, bold=True)
    )


def findings_text(findings: Iterable[Finding]) -> str:
    """`file:line:column: error[code] message`, and the hint below it, in colour."""
    return text.findings_text(findings, _painted)


def most_of(findings: Sequence[Finding], issue_id: str) -> str:
    """Every error, and a few of the warnings: a plan stands below them, and is to be read."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    others = [finding for finding in findings if finding.severity is not Severity.ERROR]
    told = findings_text([*errors, *others[:MOST_WARNINGS]])
    left = len(others) - MOST_WARNINGS
    if left <= 0:
        return told
    noun = "warning" if left == 1 else "warnings"
    return f"{told}\n… and {left:,} {noun} more: newsletter check {issue_id}"


def exit_of(run: Run, *, waiting: int = 0) -> Exit:
    """How a run ended, for scripts."""
    books = run.books
    if run.failure is not None:
        reached = any(books.count(s) for s in (Status.ACCEPTED, Status.REFUSED, Status.UNKNOWN))
        return Exit.INTERRUPTED if reached else exit_for(run.failure)
    left = books.excluded.get(CANCELLED) if run.asked.wish is Wish.CANCEL else books.unfinished
    if run.asked.wish is not Wish.NONE and left:
        return Exit.INTERRUPTED
    if (run.stopped or run.waiting) and books.count(Status.PLANNED) > waiting:
        return Exit.INTERRUPTED
    return exit_of_books(books, waiting=waiting)


def exit_of_books(books: Books, *, waiting: int = 0) -> Exit:
    """0 when everybody planned was accepted, else 1; who waits for their time is no trouble."""
    left = books.count(Status.PLANNED) + books.count(Status.DEFERRED)
    troubled = (Status.ATTEMPTING, Status.REFUSED, Status.UNKNOWN)
    return Exit.FINDINGS if left > waiting or any(map(books.count, troubled)) else Exit.DONE


def failure_text(error: ComposerError) -> str:
    head = "out of reach" if isinstance(error, Unreachable) else "cannot go on"
    return f"{click.style('error:', fg='red', bold=True)} {head}: {error}"
