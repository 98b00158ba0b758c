"""SendGrid's event webhook: a batch of events, signed with ECDSA over time and raw body."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from composer.errors import ConfigError
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
    header,
    link,
    read_json,
    refuse_age,
    text,
)

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
#: By which our own calls name a delivery, `composer.providers.sendgrid.body` says it so.
DELIVERY_ARG = "delivery"

_KINDS: Mapping[str, Kind] = {
    "processed": Kind.QUEUED,
    "dropped": Kind.REJECTED,
    "deferred": Kind.DEFERRED,
    "delivered": Kind.DELIVERED,
    "bounce": Kind.BOUNCED,
    "open": Kind.OPENED,
    "click": Kind.CLICKED,
    "spamreport": Kind.COMPLAINED,
    "unsubscribe": Kind.UNSUBSCRIBED,
    "group_unsubscribe": Kind.UNSUBSCRIBED,
    "group_resubscribe": Kind.SUBSCRIBED,
}
#: Why it would not try, by how its sentence begins.
_DROPPED: Mapping[str, Reason] = {
    "bounced": Reason.BOUNCED,
    "unsubscribed": Reason.UNSUBSCRIBED,
    "spam reporting": Reason.SPAM,
    "invalid address": Reason.INVALID,
    "spam content": Reason.BLOCKED,
}
_CLASSES: Mapping[str, Reason] = {
    "invalid address": Reason.INVALID,
    "content": Reason.BLOCKED,
    "reputation": Reason.BLOCKED,
    "frequency or volume too high": Reason.BLOCKED,
    "mailbox unavailable": Reason.OTHER,
}


@dataclass(frozen=True, slots=True)
class Sendgrid:
    """Implements `Source`; `key` is the verification key as SendGrid's settings show it."""

    key: ec.EllipticCurvePublicKey
    max_age_s: float
    name: str = "sendgrid"

    @classmethod
    def of(cls, key: str, max_age_s: float) -> Sendgrid:
        """Raises ConfigError when the key cannot be read."""
        try:
            found = load_der_public_key(base64.b64decode(key, validate=True))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise ConfigError("the key of [webhooks.sendgrid] is no public key") from error
        if not isinstance(found, ec.EllipticCurvePublicKey):
            raise ConfigError("the key of [webhooks.sendgrid] is not one for ECDSA")
        return cls(found, max_age_s)

    def admit(self, post: Post) -> Taken:
        signature, timestamp = header(post, SIGNATURE), header(post, TIMESTAMP)
        # Nothing stands between time and body: only a time of digits leaves the border clear,
        # and a body that begins with a digit is none of SendGrid's.
        refuse_age(timestamp.decode(), post.now, self.max_age_s)
        if post.body[:1].isdigit():
            raise Refusal("the body does not begin as one of SendGrid's does")
        try:
            raw = base64.b64decode(signature, validate=True)
            self.key.verify(raw, timestamp + post.body, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise Refusal("the signature is not SendGrid's") from error
        # Whoever has one signature can write another one of the same: the nonce is not of it.
        return Taken(nonce=blake2b(timestamp + post.body, digest_size=16).hexdigest())

    def events(self, body: bytes) -> Iterator[Event]:
        told = read_json(body)
        if not isinstance(told, list):
            raise Unreadable("it is not a list of events")
        return (_event(row) for row in told if isinstance(row, dict))


def _event(row: Json) -> Event:
    named, at = text(row, "event"), text(row, "timestamp")
    kind = _KINDS.get(named, Kind.UNKNOWN)
    said = text(row, "reason", "response")
    clicked = link(row.get("url")) if kind is Kind.CLICKED else ""
    code = code_in(text(row, "status")) or code_in(said)
    if kind not in (Kind.BOUNCED, Kind.DEFERRED):
        code = ""
    return Event(
        # `sg_event_id` is a new one whenever the call is repeated.
        key=key_of("sendgrid", text(row, "sg_message_id"), text(row, "email"), named, at, clicked),
        kind=kind,
        at=moment(at),
        delivery=text(row, DELIVERY_ARG) or delivery_in(text(row, "smtp-id")),
        address=text(row, "email"),
        permanent=_permanent(kind, row, code, said),
        code=code,
        reason=_reason(kind, row, said),
        detail=spoken(named if kind is Kind.UNKNOWN else said),
        link=clicked,
        machine=_is_machine(kind, row),
    )


def _permanent(kind: Kind, row: Json, code: str, said: str) -> bool | None:
    if kind is Kind.DEFERRED:
        return False
    if kind is not Kind.BOUNCED:
        return None
    by_code = is_permanent(code, said)
    # `blocked` is a refusal that SendGrid itself would try again with the next message.
    return by_code if by_code is not None else row.get("type") != "blocked"


def _reason(kind: Kind, row: Json, said: str) -> Reason:
    if kind is Kind.REJECTED:
        begins = said.lower()
        found = (reason for start, reason in _DROPPED.items() if begins.startswith(start))
        return next(found, Reason.OTHER)
    if kind is not Kind.BOUNCED:
        return Reason.NONE
    if row.get("type") == "blocked":
        return Reason.BLOCKED
    return _CLASSES.get(text(row, "bounce_classification").lower(), Reason.OTHER)


def _is_machine(kind: Kind, row: Mapping[str, Any]) -> bool:
    if kind not in (Kind.OPENED, Kind.CLICKED):
        return False
    return row.get("sg_machine_open") is True or is_program(row.get("useragent"))
