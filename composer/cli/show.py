"""Findings, plans and runs as text: what people read on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from composer.checks.content import GMAIL_CLIP_BYTES, html_bytes
from composer.checks.formats import text
from composer.checks.formats.checked import counted, tally
from composer.cli.exits import Exit, exit_for
from composer.errors import ComposerError, Unreachable
from composer.model.delivery import Status
from composer.model.edition import EditionKey, Slot
from composer.model.finding import Finding, Severity
from composer.model.mailing import Books, Plan
from composer.sending.deliver import Run
from composer.sending.plan import Prepared

#: More editions than these are counted, not listed.
TOLD_EDITIONS = 12
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def _painted(text: str, severity: Severity) -> str:
    return click.style(text, fg=_COLOURS[severity])


def plan_text(prepared: Prepared, *, title: str, takes: str) -> str:
    """Who, who not and why, what, through what, how long."""
    plan = prepared.plan
    left_out = [f"−{count:,} {reason}" for reason, count in plan.excluded.items() if count]
    audience = f"{plan.recipients:,} of {plan.matched:,} matched"
    if left_out:
        audience += f"  ({', '.join(left_out)})"
    rows = [("audience", audience)]
    rows += _shares(plan, prepared.request.editions.segments)
    edition = max(prepared.editions.values(), key=html_bytes)
    text_bytes = sum(len(p.encode()) for p in edition.text if not isinstance(p, Slot))
    html_kb, text_kb = f"{html_bytes(edition) / 1000:.1f}", f"{text_bytes / 1000:.1f}"
    clip_kb = f"{GMAIL_CLIP_BYTES / 1000:.0f}"
    pictures = f", {counted(len(edition.images), 'picture')} inside" if edition.images else ""
    rows += [
        ("message", f"HTML {html_kb} kB (Gmail cuts at {clip_kb} kB), text {text_kb} kB{pictures}"),
        ("provider", plan.provider),
        ("takes", takes),
        ("checks", tally(prepared.findings)),
        ("digest", plan.edition_digest[:23] + "…"),
    ]
    lines = [click.style(f"{title} → {plan.segment}", bold=True)]
    return "\n".join(lines + [f"  {name:<10} {what}" for name, what in rows])


def _shares(plan: Plan, segments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """How the recipients divide, as far as they do."""
    for name, shares in (("locales", plan.locales), ("variants", plan.variants)):
        if len(shares) > 1:
            largest = sorted(shares.items(), key=lambda share: -share[1])
            yield name, " · ".join(f"{part} {count:,}" for part, count in largest)
    editions = plan.recipients_by_edition
    if segments and len(editions) > 1:
        width = max(len(f"{count:,}") for count in editions.values())
        told = sorted(editions.items(), key=lambda pair: -pair[1])
        for number, (name, count) in enumerate(told[:TOLD_EDITIONS]):
            label = f"{count:>{width},}  {_readers(EditionKey.parse(name), segments)}"
            yield ("" if number else "editions"), label
        if len(told) > TOLD_EDITIONS:
            yield "", f"… and {len(told) - TOLD_EDITIONS:,} more: see --json"


def _readers(key: EditionKey, segments: Sequence[str]) -> str:
    """Whom an edition is for, in words: `en, variant a, in board, not in members`."""
    parts = [key.locale, f"variant {key.variant}" if key.variant else ""]
    parts += [f"{'in' if name in key.segments else 'not in'} {name}" for name in segments]
    return ", ".join(filter(None, parts))


def findings_text(findings: Iterable[Finding]) -> str:
    """`file:line:column: error[code] message`, and the hint below it, in colour."""
    return text.findings_text(findings, _painted)


def exit_of(run: Run) -> Exit:
    """How a run ended, for scripts."""
    books = run.books
    if run.failure is not None:
        reached = any(books.count(s) for s in (Status.ACCEPTED, Status.REFUSED, Status.UNKNOWN))
        return Exit.INTERRUPTED if reached else exit_for(run.failure)
    if run.stopped and books.count(Status.PLANNED):
        return Exit.INTERRUPTED
    return exit_of_books(books)


def exit_of_books(books: Books) -> Exit:
    """0 when everybody planned was accepted, else 1."""
    troubled = (
        Status.PLANNED,
        Status.ATTEMPTING,
        Status.REFUSED,
        Status.DEFERRED,
        Status.UNKNOWN,
    )
    return Exit.FINDINGS if any(map(books.count, troubled)) else Exit.DONE


def failure_text(error: ComposerError) -> str:
    head = "out of reach" if isinstance(error, Unreachable) else "cannot go on"
    return f"{click.style('error:', fg='red', bold=True)} {head}: {error}"
