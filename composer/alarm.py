"""Refusals that mean us trip the breaker of a receiving domain, also when they come late."""

from __future__ import annotations

from datetime import datetime, timedelta

from composer.events.event import moment
from composer.site import Site
from composer.storage.events import Applied

#: What came back within this time counts together; bounces come later than answers, and mailboxes
#: are read later still.
WINDOW = timedelta(days=1)


def pause_domains(site: Site, applied: Applied, *, now: datetime) -> dict[str, str]:
    """Pause every receiving domain that sends back too much for reasons of policy.

    By the measures of `[sending]`, as a sender does with answers. Says why, for each.
    """
    fuses = site.settings.sending.fuses
    orders, book = site.database.ledger.orders, site.database.events
    at = int(now.timestamp())
    found: dict[str, str] = {}
    for mailing, domain in applied.ours:
        refused, handed = book.refused_us(mailing, domain, since=moment((now - WINDOW).isoformat()))
        if refused < fuses.domain_least or refused < fuses.domain_share * handed:
            continue
        known = next((pause for pause in orders.pauses() if pause.domain == domain), None)
        if known is not None and known.until > at:
            continue  # it gets nothing already
        times = 1 if known is None else known.times + 1
        reason = f"it sent back {refused:,} of {handed:,} for reasons of policy"
        until = at + int(fuses.pause_for_s(times))
        orders.pause(domain, until=until, reason=reason, times=times)
        found[domain] = reason
    return found
