"""The header block: what is the same for all is written once, the rest for each delivery."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from composer.errors import ComposerError
from composer.model.address import Address
from composer.model.delivery import Delivery
from composer.model.mailing import Letterhead
from composer.sending.message.links import unsubscribe_mailto, unsubscribe_url
from composer.sending.message.readback import Expected, field_names
from composer.sending.message.words import (
    FOLD,
    clean_name,
    labelled,
    mailbox,
    unfolded,
    unstructured,
)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DELIVERY_ID = re.compile("[a-z0-9-]{1,32}")
_NOT_AN_ID = re.compile("[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Head:
    """The headers of one edition under one letterhead.

    `before`, `between` and `after` are whole lines; what changes stands around them.
    """

    letterhead: Letterhead
    before: str  #: From
    between: str  #: Reply-To, List-ID
    after: str  #: List-Unsubscribe-Post and everything behind it
    constant: dict[str, str]  #: list headers that are the same for all, unfolded
    expected: Expected = field(repr=False)  #: what must be read back
    is_listed: bool = True  #: of a mailing; else it answers one person

    @classmethod
    def of_notice(cls, letterhead: Letterhead, content_type: str) -> Head:
        """The headers of a message to one person that no mailing sends.

        It is no list mail, and no program should answer it (RFC 3834 section 5).
        """
        constant = {"Auto-Submitted": "auto-generated"}
        before, between = _sender(letterhead), _reply_to(letterhead)
        after = constant | {"MIME-Version": "1.0", "Content-Type": content_type}
        names = [*before, "To", "Subject", "Date", "Message-ID", *between, *after]
        return cls(
            letterhead=letterhead,
            before=_lines(before),
            between=_lines(between),
            after=_lines(after),
            constant=constant,
            expected=Expected(names),
            is_listed=False,
        )

    @classmethod
    def of(cls, letterhead: Letterhead, issue_id: str, content_type: str) -> Head:
        list_id = _list_id(letterhead)
        constant = {
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058 section 3.1
            "Feedback-ID": _feedback_id(letterhead, issue_id),
            "Precedence": "list",
        }
        before, between = _sender(letterhead), _reply_to(letterhead) | {"List-ID": list_id}
        after = constant | {"MIME-Version": "1.0", "Content-Type": content_type}
        names = [*before, "To", "Subject", "Date", "Message-ID"]
        names += [*between, "List-Unsubscribe", *after]
        return cls(
            letterhead=letterhead,
            before=_lines(before),
            between=_lines(between),
            after=_lines(after),
            constant={"List-ID": unfolded(list_id)} | constant,
            expected=Expected(names),
        )

    @property
    def names(self) -> list[str]:
        """Of all fields, in order."""
        return self.expected.names

    def block(self, delivery: Delivery, subject: str, at: datetime) -> bytes:
        """Every header line, each with its CRLF; the blank line is not among them.

        Raises:
            ComposerError: what was written does not read back as the headers it was made of.
        """
        recipient = delivery.recipient
        to = mailbox(clean_name(recipient.display_name), recipient.address, len("To: "))
        block = (
            f"{self.before}To: {to}\r\n"
            f"Subject: {unstructured(subject, len('Subject: '))}\r\n"
            f"Date: {date_text(at)}\r\n"
            f"Message-ID: {self._message_id(delivery)}\r\n"
            f"{self.between}"
            f"{self._way_out(recipient.token)}{self.after}"
        )
        if not self.expected.is_met_by(block) and field_names(block) != self.names:
            raise ComposerError("the headers of a message are not the ones that were meant")
        return block.encode("ascii")

    def own(self, delivery: Delivery) -> dict[str, str]:
        """The headers that make it list mail and are one reader's own, unfolded ASCII."""
        https, mailto = self._unsubscribe(delivery.recipient.token)
        return {
            "Message-ID": self._message_id(delivery),
            "List-Unsubscribe": f"{https}, {mailto}" if mailto else https,
        }

    def _message_id(self, delivery: Delivery) -> str:
        return f"<{checked_id(delivery)}@{self.letterhead.sender.address.domain}>"

    def _way_out(self, token: str) -> str:
        """The line of List-Unsubscribe."""
        if not self.is_listed:
            return ""
        https, mailto = self._unsubscribe(token)
        # Folded only here: a receiver must find each address in one piece.
        return f"List-Unsubscribe: {https}{f',{FOLD}{mailto}' if mailto else ''}\r\n"

    def _unsubscribe(self, token: str) -> tuple[str, str]:
        """The https link and, where there is a mailbox for it, the mailto link."""
        letterhead = self.letterhead
        https = f"<{unsubscribe_url(letterhead.base_url, token)}>"
        box = letterhead.unsubscribe_mailto
        return https, f"<{unsubscribe_mailto(box, token)}>" if box else ""


def _sender(letterhead: Letterhead) -> dict[str, str]:
    name, address = clean_name(letterhead.sender.name), letterhead.sender.address
    return {"From": mailbox(name, address, len("From: "))}


def _reply_to(letterhead: Letterhead) -> dict[str, str]:
    reply_to = letterhead.reply_to
    if reply_to is None:
        return {}
    return {"Reply-To": mailbox(clean_name(reply_to.name), reply_to.address, len("Reply-To: "))}


def checked_id(delivery: Delivery) -> str:
    """The delivery's id, which may stand in addresses and headers as it is."""
    name = delivery.id
    return name if _DELIVERY_ID.fullmatch(name) else _checked(name)


def _checked(name: str) -> str:
    if not _DELIVERY_ID.fullmatch(name):
        raise ComposerError(
            f"{name!r} cannot be the id of a delivery",
            hint="at most 32 of a-z, 0-9 and -",
        )
    return name


@lru_cache(maxsize=256)  # a batch has one time for all its messages; many are under way
def date_text(at: datetime) -> str:
    """RFC 5322 section 3.3, in UTC; `strftime` would ask the locale for its names."""
    if at.tzinfo is None:
        raise ComposerError("the time of a message has no time zone")
    at = at.astimezone(UTC)
    day = f"{_DAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d}"
    return f"{day} {at:%H:%M:%S} +0000"


def envelope_sender(bounces: Address, delivery: Delivery) -> str:
    """`bounces+RETURNED@domain`: at most 64 characters before the @, `fitness` sees to it."""
    return f"{bounces.local}+{_checked(delivery.returned or delivery.id)}@{bounces.domain}"


def _list_id(letterhead: Letterhead) -> str:
    """RFC 2919: the list's name, then what stays when the name changes."""
    name = clean_name(letterhead.newsletter)
    if not name:
        return f"<{letterhead.list_id}>"
    return labelled(name, letterhead.list_id, len("List-ID: "))


def _feedback_id(letterhead: Letterhead, issue_id: str) -> str:
    """Gmail's feedback loop: issue, list and kind, and at the right a name that never changes.

    Nothing in it tells one reader from another.
    """
    sender = hashlib.sha256(letterhead.sender.address.domain.encode()).hexdigest()[:12]
    parts = (issue_id, letterhead.list_id, "newsletter", sender)
    return ":".join(_NOT_AN_ID.sub("-", part)[:64] for part in parts)


def _lines(headers: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())
