"""Mailgun's webhooks: signed with HMAC over time and token, which leaves the body uncovered."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from composer.events.event import Event, Kind, Reason, key_of, moment, spoken
from composer.events.machines import is_program
from composer.events.verdict import code_in, is_permanent
from composer.events.webhooks.post import (
    Json,
    Post,
    Refusal,
    Taken,
    Unreadable,
    delivery_in,
    inside,
    link,
    read_object,
    refuse_age,
    text,
)

_KINDS: Mapping[str, Kind] = {
    "accepted": Kind.QUEUED,
    "rejected": Kind.REJECTED,
    "delivered": Kind.DELIVERED,
    "failed": Kind.BOUNCED,
    "opened": Kind.OPENED,
    "clicked": Kind.CLICKED,
    "complained": Kind.COMPLAINED,
    "unsubscribed": Kind.UNSUBSCRIBED,
}
#: Mailgun's own reasons for not trying.
_SUPPRESSED: Mapping[str, Reason] = {
    "suppress-bounce": Reason.BOUNCED,
    "suppress-complaint": Reason.SPAM,
    "suppress-unsubscribe": Reason.UNSUBSCRIBED,
}


@dataclass(frozen=True, slots=True)
class Mailgun:
    """Implements `Source`. A token is good for one body: see `Taken.nonce`."""

    key: str = field(repr=False)  #: the HTTP webhook signing key
    max_age_s: float
    name: str = "mailgun"

    def admit(self, post: Post) -> Taken:
        try:
            proof = inside(read_object(post.body), "signature")
        except Unreadable as error:
            raise Refusal("there is no signature in it", 400) from error
        timestamp, token = text(proof, "timestamp"), text(proof, "token")
        refuse_age(timestamp, post.now, self.max_age_s)
        if not token.isascii() or not 1 <= len(token) <= 200:
            raise Refusal("the token cannot be read")
        ours = hmac.new(self.key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256)
        # A subaccount's calls are signed with its own key and with that of the account above.
        given = [text(proof, name) for name in ("signature", "parent-signature")]
        if not any(_equal(ours.hexdigest(), one) for one in given):
            raise Refusal("the signature is not Mailgun's")
        return Taken(nonce=token)

    def events(self, body: bytes) -> Iterator[Event]:
        yield _event(inside(read_object(body), "event-data"))


def _equal(ours: str, given: str) -> bool:
    return hmac.compare_digest(ours.encode(), given.encode("utf-8", "replace"))


def _event(row: Json) -> Event:
    named, told = text(row, "event"), text(row, "reason")
    kind = _KINDS.get(named, Kind.UNKNOWN)
    permanent, reason = None, Reason.NONE
    if kind is Kind.BOUNCED:
        permanent = text(row, "severity") != "temporary"
        kind = Kind.BOUNCED if permanent else Kind.DEFERRED
        reason = Reason.TIMED_OUT if told == "old" else Reason.OTHER
    if kind is Kind.BOUNCED and told in _SUPPRESSED:
        kind, reason, permanent = Kind.REJECTED, _SUPPRESSED[told], None
    status = inside(row, "delivery-status")
    said = text(status, "message", "description") or text(inside(row, "reject"), "reason")
    code = text(status, "enhanced-code") or code_in(said)
    if kind is Kind.BOUNCED and is_permanent(code, said) is False:
        permanent = False
    client = inside(row, "client-info")
    clicked = link(row.get("url")) if kind is Kind.CLICKED else ""
    tracked = kind in (Kind.OPENED, Kind.CLICKED)
    return Event(
        key=key_of("mailgun", text(row, "id"), named, text(row, "recipient"), clicked),
        kind=kind,
        at=moment(text(row, "timestamp")),
        delivery=text(inside(row, "user-variables"), "delivery")
        or delivery_in(text(inside(row, "message", "headers"), "message-id")),
        address=text(row, "recipient"),
        permanent=permanent,
        code=code_in(code) if kind in (Kind.BOUNCED, Kind.DEFERRED) else "",
        reason=reason,
        detail=spoken(named if kind is Kind.UNKNOWN else said),
        link=clicked,
        machine=tracked and (bool(text(client, "bot")) or is_program(client.get("user-agent"))),
    )
