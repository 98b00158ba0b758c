"""A message that was saved as a file (`.eml`): its HTML, its subject and its day."""

from __future__ import annotations

import email
import email.policy
import html
from datetime import date
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime

from composer.reading.importing.escape import clean


def html_of_mail(data: bytes) -> tuple[str, str]:
    """The message's letter as an HTML document, and a remark about what else was in it.

    `""` when it has none that can be read. The subject stands in as the title, the day of its
    `Date` as `<meta name="date">`, where the HTML has none of its own.
    """
    message = email.message_from_bytes(data, policy=email.policy.default)
    body = message.get_body(("html", "plain"))
    text = _text(body)
    if body is not None and body.get_content_type() == "text/plain":
        paragraphs = "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n\n"))
        text = f"<html><body>{paragraphs}</body></html>"
    if not text.strip():
        return "", ""
    subject = " ".join(clean(str(message.get("Subject", "")))[0].split())
    day = _day(message)
    head = f'<meta name="date" content="{day.isoformat()}">' if day else ""
    if subject and "<title" not in text.lower():
        head += f"<title>{html.escape(subject)}</title>"
    others = sum(1 for _ in message.iter_attachments())
    remark = f"{others} attachments were left out." if others else ""
    return _with_head(text, head), remark


def _text(body: MIMEPart | None) -> str:
    if body is None:
        return ""
    try:
        content = body.get_content()
    except (LookupError, UnicodeError, ValueError):
        raw = body.get_payload(decode=True)
        content = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
    return content if isinstance(content, str) else ""


def _day(message: EmailMessage) -> date | None:
    try:
        return parsedate_to_datetime(str(message.get("Date", ""))).date()
    except (ValueError, TypeError, IndexError):
        return None


def _with_head(text: str, head: str) -> str:
    """`head` behind `<head>`, or before everything else: a parser puts it where it belongs."""
    at = text.lower().find("<head>")
    return text[: at + 6] + head + text[at + 6 :] if at >= 0 else head + text
