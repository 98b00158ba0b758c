"""A plan in words: who, who not and why, what, through what, how long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from composer.checks.clipping import GMAIL_CLIP_BYTES, html_bytes
from composer.checks.formats.checked import counted, tally
from composer.model.clicks import PATH
from composer.model.edition import EditionKey, Slot
from composer.model.mailing import Plan
from composer.model.rate import Rate
from composer.reports import contests
from composer.reports.moments import moment_text
from composer.reports.timing import timetable_rows
from composer.sending.guards import growth_text
from composer.sending.limits import Room
from composer.sending.plan import Prepared
from composer.sending.provider import Provider

#: More editions than these are counted, not listed.
TOLD_EDITIONS = 12


def plan_text(
    prepared: Prepared, *, title: str, takes: str, strong: Callable[[str], str] = str
) -> str:
    """The rows below a head line; `strong` paints the head."""
    head = strong(f"{title} → {prepared.plan.segment}")
    rows = plan_rows(prepared, takes=takes)
    return "\n".join([head] + [f"  {name:<10} {what}" for name, what in rows])


def plan_rows(prepared: Prepared, *, takes: str) -> list[tuple[str, str]]:
    """Name and words of each row; a row without a name goes on with the one before."""
    plan = prepared.plan
    left_out = [f"−{count:,} {reason}" for reason, count in plan.excluded.items() if count]
    audience = f"{plan.recipients:,} of {plan.matched:,} matched"
    if left_out:
        audience += f"  ({', '.join(left_out)})"
    rows = [("audience", audience)]
    if grown := growth_text(plan):
        rows.append(("", grown))
    rows += _shares(plan, prepared.request.editions.segments)
    rows += contests.plan_rows(plan)
    rows += _clicks(prepared)
    rows += timetable_rows(prepared.timetable) if prepared.timetable else []
    edition = max(prepared.editions.values(), key=html_bytes)
    text_bytes = sum(len(p.encode()) for p in edition.text if not isinstance(p, Slot))
    html_kb, text_kb = f"{html_bytes(edition) / 1024:.1f}", f"{text_bytes / 1024:.1f}"
    clip_kb = f"{GMAIL_CLIP_BYTES / 1024:.0f}"
    pictures = f", {counted(len(edition.images), 'picture')} inside" if edition.images else ""
    return [
        *rows,
        ("message", f"HTML {html_kb} kB (Gmail cuts at {clip_kb} kB), text {text_kb} kB{pictures}"),
        ("provider", plan.provider),
        ("takes", takes),
        ("checks", tally(prepared.findings)),
        ("digest", plan.edition_digest[:23] + "…"),
    ]


def _clicks(prepared: Prepared) -> Iterator[tuple[str, str]]:
    """Where clicks are counted, what of them is kept."""
    plan = prepared.plan
    if not plan.count_clicks:
        return
    if not plan.counted_links:
        yield "clicks", "counted, but the letter has no link that can be"
        return
    base = prepared.request.letterhead.base_url
    lead = "link leads" if plan.counted_links == 1 else "links lead"
    yield "clicks", f"counted: {plan.counted_links:,} {lead} through {base}{PATH}"
    yield "", "kept: who followed which link and when; no IP, no cookie, no browser"


def limits_text(recipients: int, room: Room | None, now: float) -> str:
    """What goes on behind how long it takes, where limits put some of it off."""
    if room is None or room.left >= recipients:
        return ""
    if room.left == 0:
        return f"; the limits allow none before {moment_text(room.free_at, now)}"
    return f"; the limits allow {room.left:,} now, the others later"


def takes_text(prepared: Prepared, provider: Provider, rate: Rate | None) -> str:
    """How long the send would take, as far as anybody can know."""
    able = provider.capabilities
    if rate is None:
        noun = "connection" if able.connections == 1 else "connections"
        return f"as fast as {provider.name} takes it, over {able.connections} {noun}"
    seconds = prepared.plan.recipients / rate.per_s
    if seconds < 90:
        return f"about {seconds:.0f} s at {rate}"
    return f"about {seconds / 60:,.0f} min at {rate}"


def _shares(plan: Plan, segments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """How the recipients divide, as far as they do."""
    variants = {} if plan.ab_test else plan.variants  # a test tells them with the rest
    for name, shares in (("locales", plan.locales), ("variants", variants)):
        if len(shares) > 1:
            largest = sorted(shares.items(), key=lambda share: -share[1])
            yield name, " · ".join(f"{part} {count:,}" for part, count in largest)
    editions = plan.recipients_by_edition
    if segments and len(editions) > 1:
        width = max(len(f"{count:,}") for count in editions.values())
        told = sorted(editions.items(), key=lambda pair: -pair[1])
        for number, (name, count) in enumerate(told[:TOLD_EDITIONS]):
            label = f"{count:>{width},}  {readers_text(EditionKey.parse(name), segments)}"
            yield ("" if number else "editions"), label
        if len(told) > TOLD_EDITIONS:
            yield "", f"… and {len(told) - TOLD_EDITIONS:,} more: see --json"


def readers_text(key: EditionKey, segments: Sequence[str]) -> str:
    """Whom an edition is for, in words: `en, variant a, in board, not in members`."""
    parts = [key.locale, f"variant {key.variant}" if key.variant else ""]
    parts += [f"{'in' if name in key.segments else 'not in'} {name}" for name in segments]
    return ", ".join(filter(None, parts))
