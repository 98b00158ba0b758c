"""Whatever goes in comes out: our splice against the standard library's parser."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from composer.model.address import MAX_ADDRESS_CHARS
from composer.model.edition import Context, Parts, Slot
from composer.rendering.encoders import clean, fill
from composer.sending.message import Message
from composer.sending.message.words import MAX_NAME_CHARS
from tests.unit.message.samples import (
    FIRST_NAME,
    LETTERHEAD,
    NAMES,
    content_of,
    decoded,
    delivery,
    display_name,
    edition,
    faults,
    header_block,
    parts,
    raw_header,
    read,
    wild_text,
    wire_of,
)

PAGE = [Context.HTML, Context.ATTRIBUTE, Context.URL_PART]
TEXT = [Context.TEXT, Context.TEXT_URL_PART]

# CVE-2024-6923 and its relatives: line ends raw, and hidden in what a receiver may decode.
INJECTIONS = [
    "Ana\r\nBcc: x@example.org",
    "Ana\nBcc: x@example.org",
    "Ana\rBcc: x@example.org",
    "Ana\r\n\r\n<h1>hello</h1>",
    "=?utf-8?q?a=0D=0ABcc:_x@example.org?=",
    "=?utf-8?b?YQ0KQmNjOiB4QGV4YW1wbGUub3Jn?=",
    "=?UTF-8?Q?a=0D=0A=0D=0Abody?= rest",
    "=?utf-8?q?split?=\r\n =?utf-8?q?=0D=0ABcc:_x?=",
    "a\u2028Bcc: x@example.org",
    "a\u2029Bcc: x\x85Cc: y\x0bTo: z\x0cz",
    "a\0b\x7fc\x1bd",
    "\u202egro.elpmaxe@live\u202c",
    'Ana" <evil@example.org>, "B',
    "Ana <evil@example.org>",
    "Ana (comment \\",
    "Ana, Bob; Team: Carl",
    "\\",
    '"',
    ".",
    "From ",
    "=",
    "=\r\n",
    "--=_alternative",
    "half of a pair: \ud83d",
]


@settings(deadline=None)
@given(
    text=parts(TEXT),
    html=parts(PAGE),
    subject=parts([Context.HEADER]),
    first=wild_text,
    city=wild_text,
    name=wild_text,
)
@example((), (), (), "", "", "")
def test_every_part_decodes_to_the_filled_edition_and_no_line_breaks_a_rule(
    text: Parts, html: Parts, subject: Parts, first: str, city: str, name: str
) -> None:
    subject = tuple(p if isinstance(p, Slot) else clean(p) for p in subject)
    letter = edition(subject=subject, html=html, text=text)
    message = Message.compile(letter, LETTERHEAD)
    to = delivery(name=name, values={FIRST_NAME: first, "subscriber.city": city})
    values = message.values(to)

    wire = wire_of(message, to)
    received = read(wire)

    assert list(faults(wire)) == []
    assert received.keys() == NAMES
    assert content_of(received, "plain") == fill(text, values)
    assert content_of(received, "html") == fill(html, values)
    expected = re.sub(" +", " ", fill(subject, values)).strip(" ")
    assert decoded(raw_header(wire, "Subject")) == expected


@settings(deadline=None)
@given(wild_text)
def test_a_subject_means_to_the_library_what_it_means_to_us(first: str) -> None:
    slot = Slot(FIRST_NAME, Context.HEADER, "reader")
    message = Message.compile(edition(subject=("For ", slot, ": the strike")), LETTERHEAD)
    to = delivery(values={FIRST_NAME: first})

    wire = wire_of(message, to)

    ours = decoded(raw_header(wire, "Subject"))
    assert read(wire)["Subject"] == ours
    assert ours == re.sub(" +", " ", fill(message.edition.subject, message.values(to)))


def test_no_injection_reaches_a_header() -> None:
    slot = Slot(FIRST_NAME, Context.HEADER, "reader")
    message = Message.compile(edition(subject=(slot, " and more")), LETTERHEAD)
    for payload in INJECTIONS:
        to = delivery(name=payload, values={FIRST_NAME: payload})

        wire = wire_of(message, to)
        received = read(wire)

        assert list(faults(wire)) == [], payload
        assert received.keys() == NAMES, payload
        assert received["To"].addresses[0].addr_spec == "ana@example.net", payload
        assert len(received["To"].addresses) == 1, payload
        for header in ("To", "Subject"):
            assert not re.search("[\x00-\x1f\x7f\u2028\u2029\u202e]", received[header]), payload
        assert "=?utf-8?q?a=0D" not in header_block(wire), payload


_local = st.text(
    st.characters(
        codec="ascii", min_codepoint=33, max_codepoint=126, exclude_characters='<>,;:"\\()[]@'
    ),
    min_size=1,
    max_size=64,
)


@settings(deadline=None)
@given(
    name=wild_text,
    local=_local.filter(lambda text: "=?" not in text),
    domain_chars=st.integers(1, 180),
)
@example("Ana", ".dots..and.", 3)
@example("An" * 60, "a" * 64, 180)
def test_to_is_exactly_one_reader_under_the_cleaned_name(
    name: str, local: str, domain_chars: int
) -> None:
    address = f"{local}@{'d' * domain_chars}.example"
    assert len(address) <= MAX_ADDRESS_CHARS
    to = delivery(name=name, address=address)

    wire = wire_of(Message.compile(edition(), LETTERHEAD), to)
    (mailbox,) = read(wire)["To"].addresses

    assert list(faults(wire)) == []
    assert (mailbox.username, mailbox.domain) == (local, to.recipient.address.domain)
    shown = " ".join(clean(name).split())
    shown = shown if len(shown) <= MAX_NAME_CHARS else ""
    assert display_name(raw_header(wire, "To")) == shown
    # Some versions of the library keep the blank between two encoded words of a name.
    assert mailbox.display_name.replace(" ", "") == shown.replace(" ", "")


@settings(deadline=None)
@given(st.integers(1, 900))
@example(30)
@example(60)
@example(80)
@example(300)
@example(900)
def test_the_unsubscribe_links_arrive_whole_however_long_the_token(length: int) -> None:
    token = ("Ab3_-~xyz0" * 90)[:length]
    message = Message.compile(edition(), LETTERHEAD)
    to = delivery(token=token)

    wire = wire_of(message, to)
    raw = raw_header(wire, "List-Unsubscribe")
    https, mailto = raw.split(", ")

    assert list(faults(wire)) == []
    assert https == f"<https://news.example.org/u/{token}>"
    assert mailto.startswith("<mailto:leave")
    assert token in mailto
    assert raw == message.headers(to)["List-Unsubscribe"] == read(wire)["List-Unsubscribe"]
    for line in header_block(wire).split("\r\n"):
        assert line.count("<") == line.count(">"), "a fold inside an address"
