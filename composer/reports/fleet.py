"""Who delivers a mailing, how fast it goes, and how long it will take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from composer.reports.standing import Standing
from composer.sending.fleet import Worker, document_of, pace_of


def fleet_lines(workers: Sequence[Worker], mailing_id: str, standing: Standing) -> Iterator[str]:
    """A line for each worker, and one for all of them together."""
    if not workers:
        if standing.queued and standing.unsettled:
            yield "  no worker is running: newsletter worker"
        return
    yield from (f"  {worker.words}" for worker in workers)
    per_s = pace_of(workers, mailing_id)
    if per_s and standing.unsettled:
        left_s = standing.unsettled / per_s
        yield f"  together {per_s * 60:,.0f} a minute, about {span(left_s)} to go"


def fleet_text(workers: Sequence[Worker], mailing_id: str, standing: Standing) -> str:
    """The lines, to stand below the books; `""` when there is nothing to say."""
    lines = list(fleet_lines(workers, mailing_id, standing))
    return "\n\n" + "\n".join(lines) if lines else ""


def fleet_document(
    workers: Sequence[Worker], mailing_id: str, standing: Standing
) -> dict[str, object]:
    """The same for machines; `left_s` is None while nobody can know."""
    per_s = pace_of(workers, mailing_id)
    return {
        "workers": [document_of(worker) for worker in workers],
        "per_minute": round(per_s * 60),
        "left_s": round(standing.unsettled / per_s) if per_s else None,
    }


def span(seconds: float) -> str:
    """`40 s`, `12 min` or `3 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
