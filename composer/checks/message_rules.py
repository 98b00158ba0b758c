"""The headers of the whole message: what Gmail, Yahoo and the RFCs ask of mail to many."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.letters import Letter, domain_of, local_of, mailboxes_in, organisation_of
from composer.model.finding import Severity

_REPORT = "please report it: newsletter writes this header itself"
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>")
_LIST_ID = re.compile(
    r"(?:(?:\"(?:\\.|[^\"\\])*\"|[^<>\"])*\s)?"
    r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)+>"
)
_URIS = re.compile(r"<([^<>\s]+)>")
_ENCODED = re.compile(rb"=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=")
_NOBODY = re.compile(r"(?:no|do-?not)[-_.]?reply", re.IGNORECASE)
#: RFC 2606: names that lead nowhere.
_NOWHERE = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|net|org))?|test|invalid|localhost|local)$")

Problems = Iterator[tuple[str, str]]


def _looks(problems: Callable[[Letter], Problems]) -> Callable[[Examined], Iterator[Remark]]:
    """A rule that says each problem of the sample messages once."""

    def look(examined: Examined) -> Iterator[Remark]:
        found = {p: None for letter in examined.letters for p in problems(letter)}
        for message, hint in found:
            yield Remark(message, hint)

    look.__doc__ = problems.__doc__
    return look


def one_from(letter: Letter) -> Problems:
    """RFC 5322, 3.6.2; DMARC refuses a message with two."""
    senders = letter.every("from")
    if len(senders) != 1 or not domain_of(senders[0]) or mailboxes_in(senders[0]) > 1:
        yield f"the message has {len(senders)} From that can be read as one sender", _REPORT


def to(letter: Letter) -> Problems:
    """One reader for each message: lists in To or Bcc give addresses away."""
    readers = letter.every("to")
    if len(readers) != 1 or not domain_of(readers[0]) or mailboxes_in(readers[0]) > 1:
        yield f"the message has To: {', '.join(readers) or 'nobody'}", _REPORT
    for name in ("cc", "bcc"):
        if letter.every(name):
            yield f"the message has a {name.title()}", _REPORT


def date(letter: Letter) -> Problems:
    """RFC 5322, 3.3: one, with its time zone."""
    dates = letter.every("date")
    try:
        known = len(dates) == 1 and parsedate_to_datetime(dates[0]).tzinfo is not None
    except ValueError:
        known = False
    if not known:
        yield f"the message has Date: {', '.join(dates) or 'none'}", _REPORT


def message_id(letter: Letter) -> Problems:
    """RFC 5322, 3.6.4: bounces and replies name the message by it."""
    ids = letter.every("message-id")
    if len(ids) != 1 or not _MESSAGE_ID.fullmatch(ids[0]):
        yield f"the message has Message-ID: {', '.join(ids) or 'none'}", _REPORT


def list_id(letter: Letter) -> Problems:
    """RFC 2919: readers sort by it, and it stays when the name changes."""
    ids = letter.every("list-id")
    if len(ids) != 1 or not _LIST_ID.fullmatch(ids[0]):
        hint = 'list_id = "name.news.example.org" in [newsletter]'
        yield f"the message has List-ID: {', '.join(ids) or 'none'}", hint


def list_unsubscribe(letter: Letter) -> Problems:
    """RFC 8058: one click for readers, and what Gmail and Yahoo ask of mail to many."""
    values = letter.every("list-unsubscribe")
    uris = _URIS.findall(values[0]) if len(values) == 1 else []
    web = [uri for uri in uris if not uri.startswith("mailto:")]
    if len(values) != 1:
        yield f"the message has {len(values)} List-Unsubscribe", _REPORT
    elif len(web) != 1 or uris[0] != web[0]:
        yield f"List-Unsubscribe does not begin with one web address: {values[0][:80]}", _REPORT
    elif not web[0].startswith("https://"):
        yield f"List-Unsubscribe is not https: {web[0][:80]}", 'base_url = "https://…"'
    post = letter.every("list-unsubscribe-post")
    if post != ["List-Unsubscribe=One-Click"]:
        yield f"the message has List-Unsubscribe-Post: {', '.join(post) or 'none'}", _REPORT


def reply_to(letter: Letter) -> Problems:
    """Replies reach a person, and one."""
    boxes = letter.every("reply-to")
    if len(boxes) > 1 or any(not domain_of(box) or mailboxes_in(box) > 1 for box in boxes):
        yield f"the message has Reply-To: {', '.join(boxes)}", "one address in reply_to"


def subject_encoded(letter: Letter) -> Problems:
    """RFC 2047, section 2: else receivers show the code and not the words."""
    if len(letter.every("subject")) != 1:
        yield f"the message has {len(letter.every('subject'))} Subject", _REPORT
    for line in letter.head_lines:
        words = _ENCODED.findall(line)
        if any(len(word) > 75 for word in words):
            yield "an encoded word of the header is longer than 75 characters", _REPORT
        if words and len(line) > 76:
            yield "a header line with encoded words is longer than 76 characters", _REPORT
        if len(line) > 78 and line.lower().startswith(b"subject:"):
            yield "a line of the subject is longer than 78 characters", _REPORT


def line_length(letter: Letter) -> Problems:
    """RFC 5322, 2.1.1: servers cut or refuse longer ones."""
    longest = max(map(len, letter.wire.split(b"\r\n")))
    if longest > 998:
        yield f"a line of the message has {longest:,} bytes; 998 are allowed", _REPORT


def structure(letter: Letter) -> Problems:
    """Text first, HTML last: programs show the last that they can."""
    whole = letter.parts[0].kind
    kinds = [part.kind for part in letter.parts if not part.multipart]
    if whole != "multipart/alternative":
        yield f"the message is {whole}, not multipart/alternative", _REPORT
    elif kinds[:2] != ["text/plain", "text/html"]:
        yield f"the message has {', '.join(kinds) or 'no parts'}; text comes before HTML", _REPORT
    for part in letter.parts:
        if part.kind.startswith("text/") and part.charset != "utf-8":
            yield f"{part.kind} is {part.charset}, not utf-8", _REPORT
    if any(part.defects for part in letter.parts):
        yield "the message does not parse without defects", _REPORT
    if len({letter.wire.count(end) for end in (b"\r\n", b"\n", b"\r")}) > 1:
        yield "the message has a line end that is not CRLF", _REPORT


def eight_bit(letter: Letter) -> Problems:
    """Not every server on the way carries more than ASCII."""
    if not letter.wire.isascii():
        yield "the message has bytes beyond ASCII", _REPORT
    for part in letter.parts:
        if part.kind.startswith("text/") and part.encoding != "quoted-printable":
            yield f"{part.kind} is encoded as {part.encoding or 'nothing'}", _REPORT


def from_domain(examined: Examined) -> Iterator[Remark]:
    """DMARC compares From with the envelope: replies and reputation belong to one house."""
    newsletter = examined.settings.newsletter
    sender = newsletter.sender.address.domain
    bounces = (newsletter.bounces or newsletter.sender.address).domain
    for letter in examined.letters:
        if (written := domain_of(letter.one("from"))) and written != sender:
            yield Remark(f"From is on {written}, the site's sender on {sender}", _REPORT)
    if organisation_of(bounces) != organisation_of(sender):
        yield Remark(
            f"bounces go to {bounces}, the letter comes from {sender}: SPF does not align",
            f'bounces = "bounces@{sender}" in [newsletter], or sign with DKIM for {sender}',
            path=examined.site_file,
            severity=Severity.WARNING,
        )


def no_reply(examined: Examined) -> Iterator[Remark]:
    """Readers who cannot answer mark as spam, and addresses that refuse mail look like it."""
    newsletter = examined.settings.newsletter
    for key, box in (("from", newsletter.sender), ("reply_to", newsletter.reply_to)):
        if box is not None and _NOBODY.match(local_of(str(box.address))):
            yield Remark(
                f"{key} is {box.address}: readers cannot answer",
                "an address that somebody reads",
                path=examined.site_file,
            )


def base_url(examined: Examined) -> Iterator[Remark]:
    """Every reader's way out leads there."""
    url = urlsplit(examined.settings.newsletter.base_url)
    said = examined.settings.newsletter.base_url
    if url.scheme != "https":
        yield Remark(
            f"base_url {said} is not https: one-click unsubscribe needs it (RFC 8058)",
            'base_url = "https://…" in [newsletter]',
            path=examined.site_file,
            severity=Severity.ERROR if examined.live else Severity.WARNING,
        )
    elif examined.live and _NOWHERE.search(url.hostname or ""):
        yield Remark(
            f"base_url {said} leads nowhere, and so does every unsubscribe link",
            'base_url = "https://…" of a site that answers, in [newsletter]',
            path=examined.site_file,
            severity=Severity.WARNING,
        )


def unsubscribe_host(examined: Examined) -> Iterator[Remark]:
    """A way out on somebody else's domain looks like phishing, to readers and to filters."""
    newsletter = examined.settings.newsletter
    host = urlsplit(newsletter.base_url).hostname or ""
    sender = newsletter.sender.address.domain
    if organisation_of(host) != organisation_of(sender):
        yield Remark(
            f"unsubscribe links lead to {host}, and the letter comes from {sender}",
            f"a base_url on {organisation_of(sender)}",
            path=examined.site_file,
        )


_E, _W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule("message/one-from", _E, "not exactly one sender", _looks(one_from), firm=True),
    Rule("message/to", _E, "not exactly one reader", _looks(to), firm=True),
    Rule("message/date", _E, "not one date", _looks(date), firm=True),
    Rule("message/message-id", _E, "not one Message-ID", _looks(message_id), firm=True),
    Rule("message/list-id", _E, "no List-ID of RFC 2919", _looks(list_id), firm=True),
    Rule(
        "message/list-unsubscribe",
        _E,
        "no unsubscribing with one click (RFC 8058)",
        _looks(list_unsubscribe),
    ),
    Rule("message/reply-to", _E, "not one address for replies", _looks(reply_to), firm=True),
    Rule(
        "message/subject-encoded",
        _E,
        "a header that is encoded wrongly",
        _looks(subject_encoded),
        firm=True,
    ),
    Rule("message/line-length", _E, "a line that is too long", _looks(line_length), firm=True),
    Rule("message/structure", _E, "parts in the wrong order or form", _looks(structure), firm=True),
    Rule("message/8bit", _E, "bytes that not every server carries", _looks(eight_bit), firm=True),
    Rule("message/from-domain", _E, "a sender and an envelope that do not align", from_domain),
    Rule("message/no-reply", _W, "a sender that nobody can answer", no_reply),
    Rule("message/base-url", _E, "a base_url that cannot serve readers", base_url),
    Rule("message/unsubscribe-host", _W, "a way out on a stranger's domain", unsubscribe_host),
)
