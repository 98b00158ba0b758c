"""Resend's webhooks, signed as Svix does: HMAC over id, time and raw body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from composer.errors import ConfigError
from composer.events.event import Event, Kind, Reason, key_of, moment, spoken
from composer.events.machines import is_program
from composer.events.verdict import code_in
from composer.events.webhooks.post import (
    Json,
    Post,
    Refusal,
    Taken,
    delivery_in,
    header,
    inside,
    items,
    link,
    read_object,
    refuse_age,
    text,
)

_KINDS: Mapping[str, Kind] = {
    "email.scheduled": Kind.QUEUED,
    "email.sent": Kind.SENT,
    "email.delivered": Kind.DELIVERED,
    "email.delivery_delayed": Kind.DEFERRED,
    "email.bounced": Kind.BOUNCED,
    "email.complained": Kind.COMPLAINED,
    "email.failed": Kind.FAILED,
    "email.suppressed": Kind.REJECTED,
    "email.opened": Kind.OPENED,
    "email.clicked": Kind.CLICKED,
}
_PERMANENT: Mapping[str, bool] = {"permanent": True, "transient": False}


@dataclass(frozen=True, slots=True)
class Resend:
    """Implements `Source`; `key` is what follows `whsec_`, decoded."""

    key: bytes = field(repr=False)
    max_age_s: float
    name: str = "resend"

    @classmethod
    def of(cls, key: str, max_age_s: float) -> Resend:
        """Raises ConfigError when the key cannot be read."""
        try:
            secret = base64.b64decode(key.removeprefix("whsec_"), validate=True)
        except binascii.Error as error:
            raise ConfigError(
                "the key of [webhooks.resend] is not a signing secret", hint="whsec_…"
            ) from error
        return cls(secret, max_age_s)

    def admit(self, post: Post) -> Taken:
        name, timestamp = header(post, "svix-id"), header(post, "svix-timestamp")
        refuse_age(timestamp.decode(), post.now, self.max_age_s)
        signed = b".".join((name, timestamp, post.body))
        ours = b"v1," + base64.b64encode(hmac.digest(self.key, signed, hashlib.sha256))
        # While a key is being changed there are several.
        given = header(post, "svix-signature").split(b" ")
        if not any(hmac.compare_digest(ours, one) for one in given):
            raise Refusal("the signature is not Resend's")
        return Taken(nonce=name.decode())

    def events(self, body: bytes) -> Iterator[Event]:
        yield from _events(read_object(body))


def _events(row: Json) -> Iterator[Event]:
    named, data = text(row, "type"), inside(row, "data")
    kind = _KINDS.get(named, Kind.UNKNOWN)
    bounce, click = inside(data, "bounce"), inside(data, "click")
    said = text(bounce, "message") or text(inside(data, "failed"), "reason")
    permanent, reason = None, Reason.NONE
    if kind is Kind.BOUNCED:
        permanent, reason = _PERMANENT.get(text(bounce, "type").lower()), Reason.OTHER
        if text(bounce, "subType") in ("Suppressed", "OnAccountSuppressionList"):
            kind, reason = Kind.REJECTED, Reason.BOUNCED
    elif kind is Kind.REJECTED:
        reason = Reason.BOUNCED
    at = text(click, "timestamp") or text(row, "created_at")
    clicked = link(click.get("link")) if kind is Kind.CLICKED else ""
    tracked = kind in (Kind.OPENED, Kind.CLICKED)
    agent = (click or inside(data, "open")).get("userAgent")
    to = data.get("to")
    addresses = [one for one in items(to) if isinstance(one, str)] or [text(data, "to")]
    for address in addresses:
        yield Event(
            key=key_of("resend", named, text(data, "email_id"), address, at, clicked),
            kind=kind,
            at=moment(at),
            delivery=_delivery(data),
            address=address,
            permanent=permanent,
            code=code_in(said) if kind is Kind.BOUNCED else "",
            reason=reason,
            detail=spoken(named if kind is Kind.UNKNOWN else said),
            link=clicked,
            # Opens come without the name of who opened: nobody can tell.
            machine=tracked and (agent is not None and is_program(agent)),
        )


def _delivery(data: Json) -> str:
    """From a tag, from our Message-ID among the headers, or from where Resend repeats it."""
    tags = data.get("tags")
    listed = [inside({"tag": one}, "tag") for one in items(tags)]
    named = {text(one, "name"): text(one, "value") for one in listed}
    found = named.get("delivery") or text(inside(data, "tags"), "delivery")
    for one in items(data.get("headers")):
        row = inside({"header": one}, "header")
        if text(row, "name").lower() == "message-id":
            found = found or delivery_in(text(row, "value"))
    return found or delivery_in(text(data, "message_id"))
