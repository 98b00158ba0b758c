"""What a message in the mailbox for bounces is, and what it tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from composer.events.event import Event, Kind, Reason, spoken
from composer.events.mail.fallback import guess
from composer.events.mail.letter import Letter, header
from composer.events.mail.marks import answered, token_for
from composer.events.mail.reports import (
    About,
    about,
    feedback_events,
    is_feedback_report,
    is_status_report,
    status_events,
)
from composer.events.verdict import code_in, is_permanent
from composer.model.address import Address


class Sort(StrEnum):
    """What a message is."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    LEAVING = "leaving"  #: a reader who writes to be taken off
    AUTO_REPLY = "auto-reply"
    OTHER = "other"  #: for people to read


@dataclass(frozen=True, slots=True)
class Sorted:
    """`events` may be empty: a report of something that is none of ours, or no complaint."""

    sort: Sort
    events: Sequence[Event] = ()


@dataclass(frozen=True, slots=True)
class Boxes:
    """Our own mailboxes."""

    unsubscribe: Address | None = None


_DAEMON = re.compile(r"mailer-daemon|postmaster|mail delivery (?:sub)?system", re.IGNORECASE)
_REPLYING = re.compile(r"auto-replied|auto-generated|auto-notified", re.IGNORECASE)
_AWAY = re.compile(
    r"\A\W*(?:auto(?:matic)?[ -]?(?:reply|response)|out of (?:the )?office|automatische antwort|"
    r"abwesenheit|réponse automatique|respuesta automática|autosvar|vacation)",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"undeliver|delivery (?:status|failure|has failed|problem)|returned mail|mail delivery failed|"
    r"failure notice|non[- ]?remis|unzustellbar|returned to sender|could not be delivered",
    re.IGNORECASE,
)


def sort_message(raw: bytes, boxes: Boxes) -> Sorted:
    """Read one message; whatever it is, this returns."""
    letter = Letter.of(raw)
    if is_feedback_report(letter):
        return Sorted(Sort.COMPLAINT, tuple(feedback_events(letter)))
    if is_status_report(letter):
        return Sorted(Sort.BOUNCE, tuple(status_events(letter)))
    if _is_auto_reply(letter):
        return Sorted(Sort.AUTO_REPLY)
    if token := token_for(letter.message, boxes.unsubscribe):
        event = About(token=token).event(Kind.UNSUBSCRIBED, letter)
        return Sorted(Sort.LEAVING, (replace(event, reason=Reason.UNSUBSCRIBED),))
    if _is_failure(letter):
        return _unusual_bounce(letter)
    return Sorted(Sort.OTHER, _reply(letter))


def _reply(letter: Letter) -> tuple[Event, ...]:
    """That a reader answered; what they say is for people, and not written down."""
    delivery = answered(letter.message)
    return (About(delivery=delivery).event(Kind.REPLIED, letter),) if delivery else ()


def _is_auto_reply(letter: Letter) -> bool:
    message = letter.message
    if _is_failure(letter):
        return False  # a server that bounces says that it does so by itself, too
    if header(message, "X-Autoreply") or header(message, "X-Autorespond"):
        return True
    if _REPLYING.search(header(message, "Auto-Submitted")):
        return True
    if header(message, "Precedence").lower() == "auto_reply":
        return True
    return _AWAY.search(header(message, "Subject")) is not None


def _is_failure(letter: Letter) -> bool:
    """From a mail server, or about a delivery that failed; both names and words can be wrong."""
    message = letter.message
    from_server = header(message, "Return-Path").strip() == "<>" or bool(
        _DAEMON.search(header(message, "From"))
    )
    if header(message, "X-Failed-Recipients"):
        return True
    return from_server and not _AWAY.search(header(message, "Subject"))


def _unusual_bounce(letter: Letter) -> Sorted:
    """A bounce in a form of its own: who by our marks, why by what stands in it."""
    whom, found = about(letter), guess(letter.message)
    whom = whom if whom.delivery else replace(whom, delivery=answered(letter.message))
    text = letter.text
    code = code_in(text[:20_000])
    failed = bool(_FAILED.search(header(letter.message, "Subject"))) or bool(code)
    if not failed and found.permanent is None:
        return Sorted(Sort.OTHER)
    if whom.is_nobody and not found.address:
        return Sorted(Sort.BOUNCE)
    permanent = is_permanent(code, text[:20_000])
    if permanent is None:
        permanent = found.permanent
    address = header(letter.message, "X-Failed-Recipients") or found.address
    kind = Kind.DEFERRED if found.permanent is False and not code else Kind.BOUNCED
    event = whom.event(kind, letter, address=address.partition(",")[0], code=code)
    line = next((line for line in text.splitlines() if code and code in line), "")
    return Sorted(Sort.BOUNCE, (replace(event, permanent=permanent, detail=spoken(line)),))
