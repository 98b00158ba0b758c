"""What was measured of the readers' side: webhooks, pages, the archive, the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scripts.tables import table, verdict

Results = Mapping[str, Any]

PRESSED = {
    "first": "one-click, each for the first time",
    "again": "one-click, again",
    "nobody": "one-click, tokens of nobody",
}
REPORTS = {
    "over_s": "a mailing that is over, as a page",
    "text_s": "the same, as text",
    "with_news_s": "as a page, with the news of each letter",
    "under_way_s": "a mailing under way, as a page",
}


def readers_aims(results: Results) -> list[tuple[str, str, str, str]]:
    """Rows of the table of aims."""
    webhooks, public, report = (results[name] for name in ("webhooks", "public", "report"))
    rows = []
    for what, name in (("taken in", "taken_per_s"), ("applied", "applied_per_s")):
        found = webhooks[name]["median"]
        text = f"webhook events {what}, in calls of {webhooks['batch']:,}"
        rows.append((text, "≥ 5,000/s", f"{found:,.0f}/s", verdict(reached=found >= 5_000)))
    late = public["one_click"]["first"]["p99_ms"]
    rows.append(("one-click, 99 of 100", "< 50 ms", f"{late:g} ms", verdict(reached=late < 50)))
    built = public["archive"]["seconds"]
    text = f"an archive of {public['archive']['issues']:,} issues"
    rows.append((text, "< 60 s", f"{built:g} s", verdict(reached=built < 60)))
    text = f"a report over {report['deliveries']:,} deliveries that are over"
    slowest = max(report[name]["median"] for name in ("over_s", "text_s", "with_news_s"))
    rows.append((text, "< 2 s", f"{slowest:g} s", verdict(reached=slowest < 2)))
    return rows


def readers_tables(results: Results) -> dict[str, str]:
    """By their names in the template."""
    webhooks, public, report = (results[name] for name in ("webhooks", "public", "report"))
    pressed, clicks = public["one_click"], public["clicks"]
    asked = [(words, pressed[name]) for name, words in PRESSED.items()]
    asked.append(("counted links followed", clicks))
    return {
        "webhooks_table": table(
            ("", "events"),
            [
                ("taken in", f"{webhooks['taken_per_s']['median']:,.0f}/s"),
                ("applied", f"{webhooks['applied_per_s']['median']:,.0f}/s"),
            ],
        )
        + f"\n\nA call is answered after {webhooks['answer_ms']['median']:g} ms, 99 of 100 after "
        f"{webhooks['answer_p99_ms']['median']:g} ms.",
        "public_table": table(
            ("", "a second", "half of them", "99 of 100"),
            [
                (
                    words,
                    f"{one['per_second']:,}",
                    f"{one['p50_ms']:g} ms",
                    f"{one['p99_ms']:g} ms",
                )
                for words, one in asked
            ],
        ),
        "report_table": table(
            ("", "seconds"),
            [(words, f"{report[name]['median']:g}") for name, words in REPORTS.items()],
        ),
    }
