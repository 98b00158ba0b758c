"""Postmark's webhooks: one record a call, behind a name and a password."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from composer.events.event import Event, Kind, Reason, key_of, moment, spoken
from composer.events.machines import is_program
from composer.events.verdict import code_in
from composer.events.webhooks.basic import BasicAuth
from composer.events.webhooks.post import Json, Post, Taken, inside, link, read_object, text

_RECORDS: Mapping[str, Kind] = {
    "Delivery": Kind.DELIVERED,
    "Bounce": Kind.BOUNCED,
    "SpamComplaint": Kind.COMPLAINED,
    "Open": Kind.OPENED,
    "Click": Kind.CLICKED,
}
#: Kind, reason and whether it is for good, by the type of a bounce.
_BOUNCES: Mapping[str, tuple[Kind, Reason, bool | None]] = {
    "HardBounce": (Kind.BOUNCED, Reason.OTHER, True),
    "BadEmailAddress": (Kind.REJECTED, Reason.INVALID, True),
    "SoftBounce": (Kind.BOUNCED, Reason.OTHER, False),
    "Undeliverable": (Kind.BOUNCED, Reason.TIMED_OUT, False),
    "DnsError": (Kind.BOUNCED, Reason.TIMED_OUT, False),
    "Transient": (Kind.DEFERRED, Reason.OTHER, False),
    "SpamNotification": (Kind.BOUNCED, Reason.BLOCKED, None),
    "VirusNotification": (Kind.BOUNCED, Reason.BLOCKED, None),
    "Blocked": (Kind.BOUNCED, Reason.BLOCKED, None),
    "DMARCPolicy": (Kind.BOUNCED, Reason.BLOCKED, None),
    "ManuallyDeactivated": (Kind.REJECTED, Reason.OTHER, None),
    "SMTPApiError": (Kind.FAILED, Reason.OTHER, None),
    "TemplateRenderingFailed": (Kind.FAILED, Reason.OTHER, None),
    "SpamComplaint": (Kind.COMPLAINED, Reason.SPAM, None),
    "Unsubscribe": (Kind.UNSUBSCRIBED, Reason.UNSUBSCRIBED, None),
    "Subscribe": (Kind.SUBSCRIBED, Reason.NONE, None),
    "AutoResponder": (Kind.AUTORESPONDED, Reason.NONE, None),
    "ChallengeVerification": (Kind.AUTORESPONDED, Reason.NONE, None),
}
#: Why Postmark stopped sending to somebody.
_CHANGES: Mapping[str, tuple[Kind, Reason]] = {
    "HardBounce": (Kind.REJECTED, Reason.BOUNCED),
    "SpamComplaint": (Kind.COMPLAINED, Reason.SPAM),
    "ManualSuppression": (Kind.UNSUBSCRIBED, Reason.UNSUBSCRIBED),
}


@dataclass(frozen=True, slots=True)
class Postmark:
    """Implements `Source`."""

    auth: BasicAuth
    name: str = "postmark"

    def admit(self, post: Post) -> Taken:
        return self.auth.admit(post)

    def events(self, body: bytes) -> Iterator[Event]:
        yield _event(read_object(body))


def _event(row: Json) -> Event:
    record = text(row, "RecordType")
    kind, reason, permanent = _what(record, row)
    at = text(row, "BouncedAt", "DeliveredAt", "ReceivedAt", "ChangedAt")
    address = text(row, "Recipient", "Email")
    said = text(row, "Details", "Description")
    bounced = kind is Kind.BOUNCED
    clicked = link(row.get("OriginalLink")) if kind is Kind.CLICKED else ""
    return Event(
        key=key_of("postmark", record, text(row, "MessageID"), address, at, clicked),
        kind=kind,
        at=moment(at),
        delivery=text(inside(row, "Metadata"), "delivery"),
        address=address,
        permanent=permanent,
        code=code_in(said) if bounced or kind is Kind.DEFERRED else "",
        reason=reason,
        detail=spoken(f"{record} {text(row, 'Type')}" if kind is Kind.UNKNOWN else said),
        link=clicked,
        machine=kind in (Kind.OPENED, Kind.CLICKED) and is_program(row.get("UserAgent")),
    )


def _what(record: str, row: Json) -> tuple[Kind, Reason, bool | None]:
    if record == "Bounce":
        return _BOUNCES.get(text(row, "Type"), (Kind.UNKNOWN, Reason.NONE, None))
    if record == "SubscriptionChange":
        if row.get("SuppressSending") is not True:
            return Kind.SUBSCRIBED, Reason.NONE, None
        change = _CHANGES.get(text(row, "SuppressionReason"), (Kind.UNKNOWN, Reason.NONE))
        return (*change, None)
    reason = Reason.SPAM if record == "SpamComplaint" else Reason.NONE
    return _RECORDS.get(record, Kind.UNKNOWN), reason, None
