"""Brevo's webhooks: one event a call, or a batch of them, behind a name and a password."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from composer.events.event import Event, Kind, Reason, key_of, moment, spoken
from composer.events.machines import is_program
from composer.events.verdict import code_in, is_permanent
from composer.events.webhooks.basic import BasicAuth
from composer.events.webhooks.post import (
    Json,
    Post,
    Taken,
    Unreadable,
    delivery_in,
    link,
    read_json,
    text,
)

#: Kind, reason and whether it is for good.
_KINDS: Mapping[str, tuple[Kind, Reason, bool | None]] = {
    "request": (Kind.QUEUED, Reason.NONE, None),
    "sent": (Kind.QUEUED, Reason.NONE, None),
    "delivered": (Kind.DELIVERED, Reason.NONE, None),
    "hard_bounce": (Kind.BOUNCED, Reason.OTHER, True),
    "hardbounce": (Kind.BOUNCED, Reason.OTHER, True),
    "soft_bounce": (Kind.BOUNCED, Reason.OTHER, False),
    "softbounce": (Kind.BOUNCED, Reason.OTHER, False),
    "deferred": (Kind.DEFERRED, Reason.OTHER, False),
    "invalid_email": (Kind.REJECTED, Reason.INVALID, True),
    # On Brevo's own list of those who left or complained; it does not say which.
    "blocked": (Kind.REJECTED, Reason.OTHER, None),
    "error": (Kind.FAILED, Reason.OTHER, None),
    "spam": (Kind.COMPLAINED, Reason.SPAM, None),
    "complaint": (Kind.COMPLAINED, Reason.SPAM, None),
    "unsubscribed": (Kind.UNSUBSCRIBED, Reason.UNSUBSCRIBED, None),
    "unsubscribe": (Kind.UNSUBSCRIBED, Reason.UNSUBSCRIBED, None),
    "opened": (Kind.OPENED, Reason.NONE, None),
    "unique_opened": (Kind.OPENED, Reason.NONE, None),
    "proxy_open": (Kind.OPENED, Reason.NONE, None),
    "unique_proxy_open": (Kind.OPENED, Reason.NONE, None),
    "click": (Kind.CLICKED, Reason.NONE, None),
}


@dataclass(frozen=True, slots=True)
class Brevo:
    """Implements `Source`."""

    auth: BasicAuth
    name: str = "brevo"

    def admit(self, post: Post) -> Taken:
        return self.auth.admit(post)

    def events(self, body: bytes) -> Iterator[Event]:
        told = read_json(body)
        if not isinstance(told, dict | list):
            raise Unreadable("it is neither an event nor a list of events")
        rows = told if isinstance(told, list) else [told]
        return (_event(row) for row in rows if isinstance(row, dict))


def _event(row: Json) -> Event:
    named = text(row, "event")
    kind, reason, permanent = _KINDS.get(named.lower(), (Kind.UNKNOWN, Reason.NONE, None))
    said, at = text(row, "reason"), text(row, "ts_event", "ts", "date")
    code = code_in(said) if kind in (Kind.BOUNCED, Kind.DEFERRED) else ""
    if kind is Kind.BOUNCED:
        by_code = is_permanent(code)
        permanent = permanent if by_code is None else by_code
    clicked = link(row.get("link")) if kind is Kind.CLICKED else ""
    tracked, by_proxy = kind in (Kind.OPENED, Kind.CLICKED), "proxy" in named
    agent = row.get("user_agent")
    return Event(
        key=key_of("brevo", text(row, "message-id"), text(row, "email"), named, at, clicked),
        kind=kind,
        at=moment(at),
        delivery=delivery_in(text(row, "message-id")),
        address=text(row, "email"),
        permanent=permanent,
        code=code,
        reason=reason,
        detail=spoken(named if kind is Kind.UNKNOWN else said),
        link=clicked,
        machine=tracked and (by_proxy or (agent is not None and is_program(agent))),
    )
