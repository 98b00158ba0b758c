"""A letterhead, an edition, a reader, and a receiver that is stricter than most."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from hypothesis import strategies as st

from composer.model.address import Address
from composer.model.delivery import Delivery, Recipient
from composer.model.edition import Context, Edition, EditionKey, Parts, Slot
from composer.model.mailing import Letterhead
from composer.model.settings import Mailbox
from composer.sending.message import Message

AT = datetime(2026, 11, 20, 9, 5, 7, tzinfo=UTC)

LETTERHEAD = Letterhead(
    newsletter="Harbour Watch",
    sender=Mailbox("Harbour Watch", Address.parse("desk@news.example.org")),
    reply_to=Mailbox("", Address.parse("editors@news.example.org")),
    list_id="harbour-watch.news.example.org",
    base_url="https://news.example.org",
    bounces=Address.parse("bounces@news.example.org"),
    unsubscribe_mailto=Address.parse("leave@news.example.org"),
)

FIRST_NAME = "subscriber.first_name"

HTML: Parts = ("<p>Dear ", Slot(FIRST_NAME, Context.HTML, "reader"), "</p>\n")
TEXT: Parts = ("Dear ", Slot(FIRST_NAME, Context.TEXT, "reader"), "\n")

#: The headers of every message under `LETTERHEAD`, in order.
NAMES = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "List-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
    "Precedence",
    "MIME-Version",
    "Content-Type",
]


def edition(
    *,
    subject: Parts = ("A quiet strike",),
    html: Parts = HTML,
    text: Parts = TEXT,
) -> Edition:
    return Edition("2026-014", EditionKey("en"), subject, html, text)


def delivery(
    *,
    name: str = "",
    address: str = "ana@example.net",
    values: dict[str, str] | None = None,
    token: str = "tokentokentokentoken22",  # noqa: S107 - invented
) -> Delivery:
    recipient = Recipient(
        7, Address.parse(address), name, EditionKey("en"), values or {}, token=token
    )
    return Delivery("d-0123456789abcdef", recipient)


def wire_of(message: Message, to: Delivery) -> bytes:
    return b"".join(message.chunks(to, AT))


def read(wire: bytes) -> EmailMessage:
    """The standard library's reading."""
    message = BytesParser(policy=default).parsebytes(wire)
    assert isinstance(message, EmailMessage)
    return message


def content_of(message: EmailMessage, kind: str) -> str:
    """The decoded `plain` or `html` part with LF line ends."""
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def header_block(wire: bytes) -> str:
    return wire.partition(b"\r\n\r\n")[0].decode("ascii") + "\r\n"


def raw_header(wire: bytes, name: str) -> str:
    """The value as it is on the wire, folds taken out."""
    block = header_block(wire).replace("\r\n ", " ")
    (value,) = re.findall(f"^{name}: (.*)\r$", block, re.MULTILINE)
    assert isinstance(value, str)
    return value


_ENCODED_WORD = re.compile(r"=\?utf-8\?([qb])\?([!->@-~]+)\?=")


def decoded(raw: str) -> str:
    """RFC 2047 to the letter: every word must make sense alone, a blank between two is dropped."""
    raw = re.sub(r"(\?=) (?==\?utf-8\?)", r"\1", raw)
    return _ENCODED_WORD.sub(_decoded_word, raw)


def display_name(raw: str) -> str:
    """Of a mailbox as it is on the wire: quoted, encoded or plain."""
    phrase = raw.rpartition(" <")[0]
    if phrase.startswith('"'):
        return re.sub(r"\\(.)", r"\1", phrase[1:-1])
    return decoded(phrase)


def _decoded_word(match: re.Match[str]) -> str:
    assert len(match[0]) <= 75
    if match[1] == "b":
        return base64.b64decode(match[2], validate=True).decode()
    plain = match[2].replace("_", " ").encode()
    return re.sub(rb"=([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), plain).decode()


def faults(wire: bytes) -> Iterator[str]:
    """Whatever a strict receiver, relay or archive could take offence at."""
    if not wire.isascii() or b"\0" in wire:
        yield "not ASCII"
    if wire.count(b"\r\n") != wire.count(b"\r") or wire.count(b"\r\n") != wire.count(b"\n"):
        yield "a bare CR or LF"
    if not wire.endswith(b"\r\n"):
        yield "no line end at the end"
    head, _, body = wire.decode("latin-1").partition("\r\n\r\n")
    for line in head.split("\r\n"):
        yield from header_line_faults(line)
    for line in body.split("\r\n"):
        yield from body_line_faults(line)


def body_line_faults(line: str) -> Iterator[str]:
    if len(line) > 76:
        yield f"a body line of {len(line)}: {line!r}"
    if line.endswith((" ", "\t")):
        yield f"a blank at the end of {line!r}"
    if line.startswith((".", "From ")):
        yield f"the start of {line!r}"


def header_line_faults(line: str) -> Iterator[str]:
    if not line.strip() or not line.isprintable():
        yield f"no header line: {line!r}"
    if len(line) > 998:
        yield f"a header line of {len(line)}"
    value = line[1:] if line.startswith(" ") else line.partition(": ")[2]
    limit = 76 if "=?utf-8?" in line else 78
    if len(line) > limit and " " in value:
        yield f"{line!r} could be folded"


# What people and their files put into names, and what attackers do.
wild_text = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(" .,;:<>@\"'()\\=?_\r\n\t\0\x0b\x7f\x85\u2028\u202e\u200dé漢🎉"),
        st.sampled_from("abcABC 019"),
    ),
    max_size=120,
)
_literal_characters = st.one_of(
    st.characters(codec="utf-8", exclude_categories=["Cc"]),
    st.sampled_from('\n\n\t  ..==<>"aF—é漢🎉'),
)
literal_text = st.lists(
    st.one_of(
        st.text(_literal_characters, max_size=40),
        st.sampled_from(["\nFrom ", "\n.", " \n", "=" * 30, "x" * 80, "é" * 30]),
    ),
    max_size=5,
).map("".join)


def parts(contexts: list[Context]) -> st.SearchStrategy[Parts]:
    slots = st.builds(
        Slot,
        st.sampled_from([FIRST_NAME, "subscriber.city"]),
        st.sampled_from(contexts),
        st.sampled_from(["reader", ""]),
    )
    return st.lists(st.one_of(literal_text, slots), max_size=8).map(_without_neighbours)


def _without_neighbours(pieces: list[str | Slot]) -> Parts:
    """No two neighbours are both literals, as an edition promises."""
    kept: list[str | Slot] = []
    for piece in pieces:
        if isinstance(piece, str) and kept and isinstance(kept[-1], str):
            kept[-1] += piece
        else:
            kept.append(piece)
    return tuple(kept)
