"""Opens and clicks that no person made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

#: A click so soon after the delivery is a scanner's: nobody has read anything by then.
SOONEST = timedelta(seconds=10)
#: A program follows so many different links of one letter within so many seconds.
SWEEP_LINKS, SWEEP_S = 4, 3

#: Apple's Mail Privacy Protection says `Mozilla/5.0` and nothing else; Google's and Yahoo's
#: proxies fetch pictures ahead; filters and chat programs follow links to look at them.
_PROGRAMS = re.compile(
    r"^Mozilla/5\.0$|GoogleImageProxy|ggpht\.com|YahooMailProxy|bot\b|crawler|spider|preview|"
    r"scanner|proofpoint|mimecast|barracuda|safelinks|symantec|trendmicro|fireeye|"
    r"python-|curl/|wget/|okhttp|go-http-client|java/|libwww|headlesschrome|facebookexternalhit|"
    r"slackbot|whatsapp|\bprefetch",
    re.IGNORECASE,
)


def is_program(user_agent: object) -> bool:
    """Whether a user agent is a program's that nobody sits before; an empty one is."""
    if not isinstance(user_agent, str) or not user_agent.strip():
        return True
    return _PROGRAMS.search(user_agent.strip()[:500]) is not None


def swept(clicks: Iterable[tuple[int, str]]) -> frozenset[int]:
    """The moments (epoch seconds) at which a program went through the links of one letter.

    `clicks` are moments and links. So many different ones in so short a time nobody reads.
    """
    told = sorted(clicks)
    found: set[int] = set()
    for at, _ in told:
        near = {(when, link) for when, link in told if at <= when < at + SWEEP_S}
        if len({link for _, link in near}) >= SWEEP_LINKS:
            found |= {when for when, _ in near}
    return frozenset(found)


def is_too_soon(clicked: str, delivered: str) -> bool:
    """Whether a click (ISO 8601) came within seconds of the delivery, or before it."""
    if not clicked or not delivered:
        return False
    return datetime.fromisoformat(clicked) - datetime.fromisoformat(delivered) < SOONEST
