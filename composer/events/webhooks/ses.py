"""Amazon SES through SNS: its notifications, and the events of a configuration set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from composer.events.event import Event, Kind, Reason, key_of, moment, spoken
from composer.events.machines import is_program
from composer.events.mail.marks import returned_in
from composer.events.verdict import code_in
from composer.events.webhooks.post import (
    Json,
    Post,
    Refusal,
    Taken,
    Unreadable,
    delivery_in,
    inside,
    items,
    link,
    read_json,
    read_object,
    text,
)
from composer.events.webhooks.sns import CONFIRMATION, NOTIFICATION, Topics, is_amazons

_KINDS: Mapping[str, Kind] = {
    "Send": Kind.SENT,
    "Delivery": Kind.DELIVERED,
    "DeliveryDelay": Kind.DEFERRED,
    "Bounce": Kind.BOUNCED,
    "Complaint": Kind.COMPLAINED,
    "Reject": Kind.REJECTED,
    "Rendering Failure": Kind.FAILED,
    "Open": Kind.OPENED,
    "Click": Kind.CLICKED,
}
#: The part of an event that belongs to its kind, and the list of whom it is about.
_PARTS: Mapping[str, tuple[str, str]] = {
    "Send": ("send", ""),
    "Delivery": ("delivery", "recipients"),
    "DeliveryDelay": ("deliveryDelay", "delayedRecipients"),
    "Bounce": ("bounce", "bouncedRecipients"),
    "Complaint": ("complaint", "complainedRecipients"),
    "Reject": ("reject", ""),
    "Rendering Failure": ("failure", ""),
    "Open": ("open", ""),
    "Click": ("click", ""),
    "Subscription": ("subscription", ""),
}
_PERMANENT: Mapping[str, bool] = {"Permanent": True, "Transient": False}
#: By subtype; SES itself did not try where it goes by a list of its own.
_SUBTYPES: Mapping[str, tuple[Kind, Reason]] = {
    "NoEmail": (Kind.BOUNCED, Reason.INVALID),
    "Suppressed": (Kind.REJECTED, Reason.BOUNCED),
    "OnAccountSuppressionList": (Kind.REJECTED, Reason.BOUNCED),
    "ContentRejected": (Kind.BOUNCED, Reason.BLOCKED),
    "AttachmentRejected": (Kind.BOUNCED, Reason.BLOCKED),
    "MessageTooLarge": (Kind.BOUNCED, Reason.OTHER),
    "MailboxFull": (Kind.BOUNCED, Reason.OTHER),
}
#: ARF types that are no complaint about the mail.
_NO_COMPLAINTS = frozenset({"auth-failure", "not-spam"})


@dataclass(frozen=True, slots=True)
class Ses:
    """Implements `Source`."""

    topics: Topics
    name: str = "ses"

    def admit(self, post: Post) -> Taken:
        try:
            row = read_object(post.body)
        except Unreadable as error:
            raise Refusal("it is not a message of SNS", 400) from error
        self.topics.refuse_forged(row, post.now)
        confirm = ""
        if text(row, "Type") == CONFIRMATION:
            confirm = text(row, "SubscribeURL")
            if not is_amazons(confirm):
                raise Refusal("it would be confirmed elsewhere than at Amazon's")
        return Taken(nonce=text(row, "MessageId")[:200], confirm=confirm)

    def events(self, body: bytes) -> Iterator[Event]:
        row = read_object(body)
        if text(row, "Type") != NOTIFICATION:
            return iter(())
        message = text(row, "Message")
        if message.startswith("Successfully validated SNS topic"):
            return iter(())  # what SES says of itself when it is set up
        told = read_json(message.encode("utf-8", "surrogatepass"))
        if not isinstance(told, dict):
            raise Unreadable("its message is not a JSON object")
        return _events(told)


def _events(told: Json) -> Iterator[Event]:
    named = text(told, "eventType", "notificationType")
    part_name, list_name = _PARTS.get(named, ("", ""))
    mail, part = inside(told, "mail"), inside(told, part_name)
    kind, reason, permanent = _what(named, part)
    at = text(part, "timestamp") or text(mail, "timestamp")
    clicked = link(part.get("link")) if kind is Kind.CLICKED else ""
    tracked = kind in (Kind.OPENED, Kind.CLICKED)
    event = Event(
        key=b"",
        kind=kind,
        at=moment(at),
        delivery=_delivery(mail),
        returned=returned_in([text(mail, "source")]),  # the envelope sender, as we wrote it
        permanent=permanent,
        reason=reason,
        detail=spoken(_said(named, kind, part)),
        link=clicked,
        machine=tracked and is_program(part.get("userAgent")),
    )
    people = items(part.get(list_name)) or items(mail.get("destination")) or [""]
    for person in people:
        row = inside({"person": person}, "person")
        address = person if isinstance(person, str) else text(row, "emailAddress")
        said = text(row, "diagnosticCode")
        code = code_in(text(row, "status")) or code_in(said)
        yield replace(
            event,
            key=key_of("ses", text(mail, "messageId"), named, at, address, clicked),
            address=address,
            code=code if kind in (Kind.BOUNCED, Kind.DEFERRED) else "",
            detail=spoken(said) or event.detail,
        )


def _what(named: str, part: Json) -> tuple[Kind, Reason, bool | None]:
    kind = _KINDS.get(named, Kind.UNKNOWN)
    if named == "Subscription":
        left = inside(part, "newTopicPreferences").get("unsubscribeAll") is True
        return (Kind.UNSUBSCRIBED if left else Kind.UNKNOWN), Reason.NONE, None
    if kind is Kind.COMPLAINED:
        if text(part, "complaintFeedbackType") in _NO_COMPLAINTS:
            return Kind.UNKNOWN, Reason.NONE, None
        return kind, Reason.SPAM, None
    if kind is Kind.BOUNCED:
        kind, reason = _SUBTYPES.get(text(part, "bounceSubType"), (kind, Reason.OTHER))
        return kind, reason, _PERMANENT.get(text(part, "bounceType"))
    if kind is Kind.DEFERRED:
        return kind, Reason.OTHER, False
    return kind, Reason.OTHER if kind in (Kind.REJECTED, Kind.FAILED) else Reason.NONE, None


def _said(named: str, kind: Kind, part: Json) -> str:
    if kind is Kind.UNKNOWN:
        return f"{named} {text(part, 'complaintFeedbackType')}".strip()
    if kind is Kind.BOUNCED:
        return text(part, "bounceSubType")
    return text(part, "smtpResponse", "reason", "errorMessage", "delayType")


def _delivery(mail: Json) -> str:
    """From a tag, or from our Message-ID, which SES tells in the place of its own."""
    tagged = items(inside(mail, "tags").get("delivery"))
    if tagged and isinstance(tagged[0], str):
        return tagged[0]
    for one in items(mail.get("headers")):
        row = inside({"header": one}, "header")
        if text(row, "name").lower() == "message-id":
            return delivery_in(text(row, "value"))
    return delivery_in(text(inside(mail, "commonHeaders"), "messageId"))
