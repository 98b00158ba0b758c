"""The balanced books of a mailing, as text, JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from composer.model.delivery import Status
from composer.model.mailing import Books, Mailing
from composer.reports.contests import ab_test_document
from composer.reports.standing import Standing
from composer.reports.timing import schedule_document
from composer.sending.ledger import Line

#: The columns of the books beside `excluded`, in the order that a delivery lives through them.
COLUMNS = (
    Status.PLANNED,
    Status.ATTEMPTING,
    Status.ACCEPTED,
    Status.REFUSED,
    Status.DEFERRED,
    Status.UNKNOWN,
)

#: Kinds of events that are told of every mailing, in the order that people read them.
TOLD_LATER = ("delivered", "bounced", "complained", "unsubscribed")

MEANING = {
    Status.PLANNED: "nothing has left this machine",
    Status.ATTEMPTING: "being handed over just now",
    Status.ACCEPTED: "taken by the provider",
    Status.REFUSED: "no, for good",
    Status.DEFERRED: "no, for now",
    Status.UNKNOWN: "never answered: it may have arrived, or not",
}


def document_of(mailing: Mailing, books: Books) -> dict[str, object]:
    """The contract's JSON of a report, without `schema`."""
    return {
        "mailing": mailing.id,
        "issue": mailing.issue_id,
        "segment": mailing.segment,
        "provider": mailing.provider,
        "created": mailing.created,
        "edition_digest": mailing.edition_digest,
        "matched": books.matched,
        "excluded": dict(books.excluded),
        **{str(status): books.count(status) for status in COLUMNS},
        "balanced": books.balanced,
        "locales": {name: _columns(counts) for name, counts in books.locales.items()},
        "variants": {name: _columns(counts) for name, counts in books.variants.items()},
        "events": dict.fromkeys(TOLD_LATER, 0) | dict(books.events),
        "newly_suppressed": books.gone,
        "schedule": schedule_document(mailing),
        "rate": str(mailing.rate) if mailing.rate else None,
        "ab_test": ab_test_document(mailing.contest) if mailing.contest else None,
    }


def _columns(counts: Mapping[Status, int]) -> dict[str, int]:
    return {str(status): counts.get(status, 0) for status in COLUMNS}


def rows_of(mailing: Mailing, books: Books) -> list[tuple[str, int, str]]:
    """Name, count and meaning of every column that has something in it."""
    rows = [("matched", books.matched, f"subscribers in {mailing.segment!r}")]
    rows += [("excluded", count, reason) for reason, count in books.excluded.items() if count]
    rows += [
        (str(status), books.count(status), MEANING[status])
        for status in COLUMNS
        if books.count(status) or status is Status.ACCEPTED
    ]
    return rows


def proof_of(books: Books) -> str:
    """The sum that proves them: `5 = 1 + 4   the books balance`."""
    parts = [sum(books.excluded.values()), *(books.count(status) for status in COLUMNS)]
    shown = " + ".join(f"{part:,}" for part in parts if part) or "0"
    if books.balanced:
        return f"{books.matched:,} = {shown}   the books balance"
    lost = abs(books.matched - sum(parts))
    return (
        f"{books.matched:,} ≠ {shown}   THE BOOKS DO NOT BALANCE\n"
        f"  {lost:,} unaccounted for: please report this"
    )


def gone_text(books: Books) -> str:
    """One line on whom the refusals suppressed; `""` where there is nobody."""
    if not books.gone:
        return ""
    were = "1 address was" if books.gone == 1 else f"{books.gone:,} addresses were"
    return f"{were} put on the suppression list: the mail server knows nobody there"


def text_of(mailing: Mailing, books: Books, standing: Standing | None = None) -> str:
    """The books as a person reads them: one line a column, and the sum that proves them."""
    rows = rows_of(mailing, books)
    width = max(len(f"{count:,}") for _, count, _ in rows)
    pace = f" · at most {mailing.rate}" if mailing.rate else ""
    lines = [f"{mailing.id} · through {mailing.provider} · {mailing.created}{pace}"]
    lines += [standing.words] if standing else []
    lines += ["", *(f"  {name:<10} {count:>{width},}  {what}" for name, count, what in rows)]
    lines += ["", f"  {proof_of(books)}"]
    if books.events:
        kinds = sorted(books.events, key=lambda kind: (*TOLD_LATER, kind).index(kind))
        told = (f"{books.events[kind]:,} {kind.replace('_', ' ')}" for kind in kinds)
        lines += ["", f"  told later: {', '.join(told)}"]
    lines += ["", f"  {gone_text(books)}"] if books.gone else []
    lines += [*_parts_table("locale", books.locales), *_parts_table("variant", books.variants)]
    return "\n".join(lines)


def _parts_table(kind: str, parts: Mapping[str, Mapping[Status, int]]) -> Iterator[str]:
    """A row for each locale or variant, where there are several."""
    if len(parts) < 2:
        return
    shown = [status for status in COLUMNS if any(counts.get(status) for counts in parts.values())]
    wide = max(10, *(len(name) for name in parts))
    yield ""
    yield f"  {kind:<{wide}}" + "".join(f"  {status:>10}" for status in shown)
    for name, counts in parts.items():
        yield f"  {name:<{wide}}" + "".join(f"  {counts.get(status, 0):>10,}" for status in shown)


def csv_rows(lines: Iterable[Line]) -> Iterator[str]:
    """One row for every delivery: who got it, who did not, and what the provider said."""
    yield _row(["delivery", "address", "status", "attempts", "reason", "provider"])
    for line in lines:
        cells = [line.delivery_id, line.address, str(line.status), str(line.attempts)]
        cells += [line.reason, line.provider]
        # A spreadsheet must not run what a server said.
        yield _row([f"'{cell}" if cell[:1] in set("=+-@\t\r") else cell for cell in cells])


def _row(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()
