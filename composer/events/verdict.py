"""Whose trouble an event is: the reader's address, a full mailbox, or we ourselves.

"Any 5.x.x is a dead address" is how one mistake in a DNS record throws out everybody at one
receiver. The table goes by subject and detail of the enhanced status code (RFC 3463).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from composer.events.event import Event, Kind, Reason


class Verdict(StrEnum):
    """What an event means for the address."""

    NOTHING = "nothing"
    REACHED = "reached"  #: mail arrives there
    DEAD = "dead"  #: nobody is there: never again, at once
    DISABLED = "disabled"  #: somebody was there: never again, at the second issue
    HOSTLESS = "hostless"  #: its domain takes no mail: the DNS may be ill for a day
    TROUBLE = "trouble"  #: full, slow, for now: counted
    OURS = "ours"  #: policy, content, reputation: never the reader's
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


#: Those that are counted for an address.
COUNTED = frozenset({Verdict.DISABLED, Verdict.HOSTLESS, Verdict.TROUBLE})

_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_BASIC = re.compile(r"(?:^|[\s:(])([45])(\d\d)(?=[\s-])")

#: By subject and detail of a permanent failure; what is ours is ours for now, too.
_BY_DETAIL: Mapping[tuple[int, int], Verdict] = {
    (1, 1): Verdict.DEAD,  # no such mailbox
    (1, 2): Verdict.HOSTLESS,  # no such system
    (1, 3): Verdict.DEAD,  # not an address
    (1, 6): Verdict.DEAD,  # moved, and nobody says where to
    (1, 7): Verdict.OURS,  # the sender is not an address
    (1, 8): Verdict.OURS,  # the sender's system does not exist
    (1, 10): Verdict.DEAD,  # its domain says that it takes no mail (RFC 7505)
    (2, 1): Verdict.DISABLED,
}
#: Protocol, content, policy.
_OUR_SUBJECTS = frozenset({5, 6, 7})

_ABOUT_US = re.compile(
    r"\b(?:spam\w*|unsolicited|bulk mail|black-?list\w*|block-?list\w*|blocked|reputation|"
    r"dmarc|dkim|spf|rbl|dnsbl|spamhaus|barracuda|policy|unauthenticated|authenticat\w+|"
    r"rate.?limit\w*|too many (?:messages|connections)|content rejected)\b",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"\b(?:user unknown|unknown user|no such (?:user|person|mailbox|recipient|address)|"
    r"(?:user|mailbox|recipient|address|account) (?:does not|doesn'?t) exist|"
    r"(?:mailbox|user|recipient) not found|invalid (?:recipient|mailbox|address)|"
    r"unknown (?:recipient|mailbox|address|local part)|recipient unknown|bad mailbox)",
    re.IGNORECASE,
)
_FULL = re.compile(
    r"\b(?:mailbox (?:is )?full|over ?quota|quota exceeded|full mailbox)", re.IGNORECASE
)

_BY_REASON: Mapping[Reason, Verdict] = {
    Reason.INVALID: Verdict.DEAD,
    Reason.BOUNCED: Verdict.DEAD,
    Reason.TIMED_OUT: Verdict.TROUBLE,
    Reason.BLOCKED: Verdict.OURS,
    Reason.SPAM: Verdict.COMPLAINED,
    Reason.UNSUBSCRIBED: Verdict.UNSUBSCRIBED,
}
_BY_KIND: Mapping[Kind, Verdict] = {
    Kind.DELIVERED: Verdict.REACHED,
    Kind.COMPLAINED: Verdict.COMPLAINED,
    Kind.UNSUBSCRIBED: Verdict.UNSUBSCRIBED,
}


def code_in(text: str) -> str:
    """The enhanced status code that a server's answer holds, or empty."""
    found = _CODE.search(text)
    return ".".join(found.groups()) if found else ""


def is_permanent(code: str, text: str = "") -> bool | None:
    """By the class of the code, or of the three digits before a server's answer."""
    if code:
        return {"5": True, "4": False}.get(code[0])
    basic = _BASIC.search(text)
    return basic[1] == "5" if basic else None


def verdict_of(event: Event) -> Verdict:
    """What `event` means for the address that it is about."""
    if event.kind in _BY_KIND:
        return _BY_KIND[event.kind]
    if event.kind is Kind.REJECTED:
        # The provider goes by its own list of addresses; there was no server to ask.
        return _BY_REASON.get(event.reason, Verdict.NOTHING)
    if event.kind is Kind.BOUNCED:
        return _of_bounce(event)
    return Verdict.NOTHING


def _of_bounce(event: Event) -> Verdict:
    code = code_in(event.code)
    about_us = _ABOUT_US.search(event.detail) is not None
    found = _of_code(code) if code else None
    if found is not None:
        # A blocklist's answer often wears the code of an unknown mailbox.
        return Verdict.OURS if found is Verdict.DEAD and about_us else found
    if about_us:
        return Verdict.OURS
    if _FULL.search(event.detail) or event.permanent is False:
        return Verdict.TROUBLE
    if _NOBODY.search(event.detail):
        return Verdict.DEAD
    by_reason = _BY_REASON.get(event.reason, Verdict.TROUBLE)
    # Of a bounce, "spam" says what a filter thought of the message.
    return Verdict.OURS if by_reason is Verdict.COMPLAINED else by_reason


def _of_code(code: str) -> Verdict | None:
    """None for a code that says nothing: `5.0.0`, `5.1.0`."""
    level, subject, detail = map(int, code.split("."))
    found = _BY_DETAIL.get((subject, detail))
    if subject in _OUR_SUBJECTS or found is Verdict.OURS:
        return Verdict.OURS
    if level == 5 and found:
        return found
    if level == 4:
        return Verdict.TROUBLE
    return Verdict.TROUBLE if subject in (2, 3, 4) else None
