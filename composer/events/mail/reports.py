"""Reports in the forms that have a standard: delivery status (RFC 3464), feedback (RFC 5965)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from email.message import Message

from composer.events.event import Event, Kind, Reason, key_of, spoken
from composer.events.mail.letter import Letter, fields_of, header, original_of
from composer.events.mail.marks import (
    delivery_of,
    mailbox_in,
    recipients,
    returned_in,
    token_of_list,
)
from composer.events.verdict import code_in, is_permanent

_ACTIONS: Mapping[str, Kind] = {
    "failed": Kind.BOUNCED,
    "failure": Kind.BOUNCED,
    "delayed": Kind.DEFERRED,
    "delivered": Kind.DELIVERED,
}
#: What a reader's complaint is called, and what is none.
_FEEDBACK: Mapping[str, Kind] = {
    "abuse": Kind.COMPLAINED,
    "fraud": Kind.COMPLAINED,
    "opt-out": Kind.UNSUBSCRIBED,
    "opt-out-list": Kind.UNSUBSCRIBED,
}
_STATUS = ("message/delivery-status", "message/global-delivery-status")
_FEEDBACK_REPORT = "message/feedback-report"
_MOST_RECIPIENTS = 50


@dataclass(frozen=True, slots=True)
class About:
    """Of which delivery a message tells: all that it holds of ours."""

    returned: str = ""
    delivery: str = ""
    token: str = ""

    @property
    def is_nobody(self) -> bool:
        return not (self.returned or self.delivery or self.token)

    def event(self, kind: Kind, letter: Letter, *, address: str = "", code: str = "") -> Event:
        """An event that came by mail; whoever wants to know more adds it."""
        key = (self.returned or self.delivery or self.token, kind, address.lower(), code)
        return Event(
            key=key_of("mail", *key),
            kind=kind,
            at=letter.date,
            delivery=self.delivery,
            returned=self.returned,
            token=self.token,
            address=address,
            code=code,
            forgeable=True,
        )


def about(letter: Letter, *senders: str) -> About:
    """What of ours is in `letter`; `senders` are envelope senders that it repeats."""
    original = original_of(letter)
    repeated = [*senders, header(original, "Return-Path")] if original is not None else senders
    return About(
        returned=returned_in(recipients(letter.message)) or returned_in(repeated),
        delivery=delivery_of(original),
        token=token_of_list(original),
    )


def is_status_report(letter: Letter) -> bool:
    return letter.first(*_STATUS) is not None


def is_feedback_report(letter: Letter) -> bool:
    return letter.first(_FEEDBACK_REPORT) is not None


def status_events(letter: Letter) -> Iterator[Event]:
    """An event for each recipient that a delivery status report names."""
    part = letter.first(*_STATUS)
    if part is None:
        return
    told = 0
    whom = about(letter)
    for block in fields_of(part):
        action, status = header(block, "Action").lower(), header(block, "Status")
        if not action and not status:
            continue  # of the message as a whole
        told += 1
        if told > _MOST_RECIPIENTS:
            return
        if event := _status_event(block, action.partition(" ")[0], whom, letter):
            yield event


def _status_event(block: Message, action: str, whom: About, letter: Letter) -> Event | None:
    said = header(block, "Diagnostic-Code")
    # What the server at the other end said is nearer to the truth than what was made of it.
    code = _telling(code_in(said)) or code_in(header(block, "Status")) or code_in(said)
    kind = _ACTIONS.get(action) or (Kind.BOUNCED if code[:1] == "5" else None)
    if kind is None:
        return None
    address = mailbox_in(header(block, "Original-Recipient")) or mailbox_in(
        header(block, "Final-Recipient")
    )
    event = whom.event(kind, letter, address=address, code="" if kind is Kind.DELIVERED else code)
    return replace(event, permanent=is_permanent(code, said), detail=spoken(said))


def _telling(code: str) -> str:
    """A code that says something; `5.0.0` says nothing."""
    return "" if code.endswith(".0.0") else code


def feedback_events(letter: Letter) -> Iterator[Event]:
    """What a feedback report says of a reader; nothing for reports that are no reader's word."""
    part = letter.first(_FEEDBACK_REPORT)
    if part is None:
        return
    blocks = fields_of(part)
    fields = blocks[0] if blocks else part
    named = header(fields, "Feedback-Type").lower()
    kind = _FEEDBACK.get(named)
    if kind is None:
        return
    original = original_of(letter)
    address = mailbox_in(header(fields, "Original-Rcpt-To"))
    if not address and original is not None:
        address = mailbox_in(header(original, "To"))
    whom = about(letter, header(fields, "Original-Mail-From"))
    event = whom.event(kind, letter, address=address)
    reason = Reason.SPAM if kind is Kind.COMPLAINED else Reason.UNSUBSCRIBED
    yield replace(event, reason=reason, detail=spoken(named))
