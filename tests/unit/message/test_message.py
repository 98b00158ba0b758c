"""What a reader's mail program and the servers on the way are given."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.errors import ComposerError
from composer.model.address import Address
from composer.model.edition import Context, InlineImage, Slot
from composer.model.settings import Mailbox
from composer.sending.message import Message
from tests.unit.message.samples import (
    AT,
    FIRST_NAME,
    LETTERHEAD,
    NAMES,
    content_of,
    delivery,
    edition,
    faults,
    header_block,
    raw_header,
    read,
    wire_of,
)


def test_a_plain_message_is_these_bytes() -> None:
    message = Message.compile(edition(), LETTERHEAD)

    wire = wire_of(message, delivery(name="Ana Lind", values={FIRST_NAME: "Ana"})).decode()

    boundary = f"=_alternative_{message.edition.digest.removeprefix('sha256:')[:24]}"
    assert wire == (
        "From: Harbour Watch <desk@news.example.org>\r\n"
        "To: Ana Lind <ana@example.net>\r\n"
        "Subject: A quiet strike\r\n"
        "Date: Fri, 20 Nov 2026 09:05:07 +0000\r\n"
        "Message-ID: <d-0123456789abcdef@news.example.org>\r\n"
        "Reply-To: editors@news.example.org\r\n"
        "List-ID: Harbour Watch <harbour-watch.news.example.org>\r\n"
        "List-Unsubscribe: <https://news.example.org/u/tokentokentokentoken22>,\r\n"
        " <mailto:leave+tokentokentokentoken22@news.example.org?subject=unsubscribe>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        "Feedback-ID: 2026-014:harbour-watch.news.example.org:newsletter:3256d6fb6576\r\n"
        "Precedence: list\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative;\r\n"
        f' boundary="{boundary}"\r\n'
        "\r\n"
        f"--{boundary}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "Dear =\r\n"
        "Ana\r\n"
        "\r\n"
        f"--{boundary}\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "<p>Dear =\r\n"
        "Ana=\r\n"
        "</p>\r\n"
        "\r\n"
        f"--{boundary}--\r\n"
    )


def test_the_headers_given_one_by_one_are_those_of_the_whole_message() -> None:
    long_name = replace(LETTERHEAD, newsletter="Der Hafenbeobachter für die ganze Küste" * 3)
    for letterhead in (LETTERHEAD, long_name, replace(LETTERHEAD, unsubscribe_mailto=None)):
        message = Message.compile(edition(), letterhead)

        headers = message.headers(delivery())
        wire = wire_of(message, delivery())

        assert headers == {name: raw_header(wire, name) for name in headers}
        assert all(value.isascii() and value.isprintable() for value in headers.values())
        assert list(headers) == [
            "Message-ID",
            "List-Unsubscribe",
            "List-ID",
            "List-Unsubscribe-Post",
            "Feedback-ID",
            "Precedence",
        ]


def test_without_a_mailbox_for_it_unsubscribing_is_the_https_link_alone() -> None:
    message = Message.compile(edition(), replace(LETTERHEAD, unsubscribe_mailto=None))

    wire = wire_of(message, delivery())

    link = "<https://news.example.org/u/tokentokentokentoken22>"
    assert raw_header(wire, "List-Unsubscribe") == link


def test_without_reply_to_there_is_no_such_header() -> None:
    message = Message.compile(edition(), replace(LETTERHEAD, reply_to=None))

    received = read(wire_of(message, delivery()))

    assert received.keys() == [name for name in NAMES if name != "Reply-To"]


def test_a_bounce_tells_which_delivery_it_was() -> None:
    message = Message.compile(edition(), LETTERHEAD)

    assert message.envelope_sender(delivery()) == "bounces+d-0123456789abcdef@news.example.org"


@pytest.mark.parametrize("wrong", ["", "A", "a b", "a\r\nb", "a@b", "a" * 33, "é"])
def test_an_id_that_could_break_an_address_is_refused(wrong: str) -> None:
    message = Message.compile(edition(), LETTERHEAD)
    to = replace(delivery(), id=wrong)

    for use in (message.envelope_sender, message.headers, lambda d: message.chunks(d, AT)):
        with pytest.raises(ComposerError, match="cannot be the id of a delivery"):
            use(to)


def test_a_test_message_is_marked_in_its_subject() -> None:
    plain = edition()
    filled = edition(subject=("Dear ", Slot(FIRST_NAME, Context.HEADER, "reader")))

    for letter, subject in ((plain, "[TEST] A quiet strike"), (filled, "[TEST] Dear reader")):
        message = Message.compile(letter, LETTERHEAD, subject_prefix="[TEST] ")

        assert read(wire_of(message, delivery()))["Subject"] == subject


def test_a_subject_without_text_is_an_empty_header_and_not_a_missing_one() -> None:
    letter = edition(subject=(Slot(FIRST_NAME, Context.HEADER, ""),))

    wire = wire_of(Message.compile(letter, LETTERHEAD), delivery())

    assert read(wire)["Subject"] == ""
    assert read(wire).keys() == NAMES


def test_a_long_subject_in_ascii_is_folded_and_stays_readable() -> None:
    subject = "a quiet strike and a loud tariff " * 4 + "end"

    wire = wire_of(Message.compile(edition(subject=(subject,)), LETTERHEAD), delivery())

    assert raw_header(wire, "Subject") == subject
    assert list(faults(wire)) == []


def test_pictures_travel_beside_the_page_that_names_them() -> None:
    images = (
        InlineImage("cranes@news.example.org", "cranes.png", "image/png", bytes(range(256)) * 3),
        InlineImage("view", "Kräne.png", "image/png", b"\0"),
        InlineImage("map", 'Kräne "von oben" und noch viel mehr davon.png' * 3, "image/jpeg", b""),
    )
    letter = replace(edition(), images=images)

    wire = wire_of(Message.compile(letter, LETTERHEAD), delivery())
    received = read(wire)
    related = list(received.iter_parts())[1]
    _page, *pictures = related.iter_parts()

    assert list(faults(wire)) == []
    assert [part.get_content_type() for part in received.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "image/png",
        "image/jpeg",
    ]
    assert related.get_param("type") == "text/html"
    assert content_of(received, "html") == "<p>Dear reader</p>\n"
    for picture, image in zip(pictures, images, strict=True):
        assert picture["Content-ID"] == f"<{image.cid}>"
        assert picture.get_content() == image.data
        assert picture.get_filename() == image.filename
        assert picture.get_content_disposition() == "inline"


def test_the_same_delivery_at_the_same_time_is_the_same_bytes() -> None:
    first = wire_of(Message.compile(edition(), LETTERHEAD), delivery())
    again = wire_of(Message.compile(edition(), LETTERHEAD), delivery())

    assert first == again


def test_two_messages_share_everything_but_what_is_the_readers_own() -> None:
    letter = edition(html=("<p>" + "x" * 70_000, Slot(FIRST_NAME, Context.HTML, "reader"), "</p>"))
    message = Message.compile(letter, LETTERHEAD)

    one = message.chunks(delivery(values={FIRST_NAME: "Ana"}), AT)
    other = message.chunks(delivery(values={FIRST_NAME: "Zoë"}), AT)

    shared = {id(piece) for piece in one} & {id(piece) for piece in other}
    own = sum(len(piece) for piece in other if id(piece) not in shared)
    assert own < 1_500
    assert sum(map(len, other)) > 70_000


def test_a_message_may_be_used_from_many_threads() -> None:
    message = Message.compile(edition(), LETTERHEAD)
    readers = [delivery(name=f"Zoë {n}", values={FIRST_NAME: f"Zoë {n}"}) for n in range(400)]

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda reader: wire_of(message, reader), readers))

    assert made == [wire_of(message, reader) for reader in readers]


@settings(deadline=None)
@given(st.integers(-2_000_000_000, 200_000_000_000), st.integers(-14 * 60, 14 * 60))
def test_the_date_is_the_moment_of_handing_over_in_utc(second: int, offset_min: int) -> None:
    zone = timezone(timedelta(minutes=offset_min))
    at = datetime(1970, 1, 1, tzinfo=zone) + timedelta(seconds=second, microseconds=7)
    message = Message.compile(edition(), LETTERHEAD)

    raw = raw_header(b"".join(message.chunks(delivery(), at)), "Date")

    assert raw.endswith(" +0000")
    assert raw.startswith(at.astimezone(UTC).strftime("%a, %d "))
    assert parsedate_to_datetime(raw) == at.replace(microsecond=0)


def test_a_time_without_a_zone_is_refused() -> None:
    message = Message.compile(edition(), LETTERHEAD)

    with pytest.raises(ComposerError, match="no time zone"):
        message.chunks(delivery(), datetime(2026, 11, 20))  # noqa: DTZ001 - the point of it


def test_a_mailbox_too_long_for_the_token_takes_it_in_the_subject() -> None:
    token = "t" * 62
    letterhead = replace(LETTERHEAD, unsubscribe_mailto=Address("l%v", "news.example.org"))
    message = Message.compile(edition(), letterhead)

    raw = message.headers(delivery(token=token))["List-Unsubscribe"]

    assert raw.endswith(f"<mailto:l%25v@news.example.org?subject=unsubscribe%20{token}>")


def test_a_token_with_odd_characters_stays_inside_its_url() -> None:
    message = Message.compile(edition(), LETTERHEAD)
    odd = "a>, <b/../c é\r\n"

    raw = message.headers(delivery(token=odd))["List-Unsubscribe"]

    assert raw.startswith("<https://news.example.org/u/a%3E%2C%20%3Cb%2F..%2Fc%20%C3%A9%0D%0A>, ")


@settings(deadline=None)
@given(
    st.text(
        st.one_of(st.characters(exclude_categories=["C", "Z"]), st.sampled_from('é漢 "\\(),;<>@.')),
        max_size=90,
    ).map(lambda name: " ".join(name.split()))
)
def test_the_names_of_sender_and_list_arrive_whatever_they_are(name: str) -> None:
    letterhead = replace(
        LETTERHEAD,
        newsletter=name,
        sender=Mailbox(name, LETTERHEAD.sender.address),
        reply_to=Mailbox(name, LETTERHEAD.bounces),
    )

    wire = wire_of(Message.compile(edition(), letterhead), delivery())
    received = read(wire)

    assert list(faults(wire)) == []
    for header, address in (
        ("From", "desk@news.example.org"),
        ("Reply-To", "bounces@news.example.org"),
    ):
        (mailbox,) = received[header].addresses
        assert mailbox.addr_spec == address
        assert mailbox.display_name.replace(" ", "") == name.replace(" ", "")
    assert raw_header(wire, "List-ID").endswith("<harbour-watch.news.example.org>")


def test_nothing_in_the_feedback_id_is_about_the_reader() -> None:
    message = Message.compile(replace(edition(), issue_id="Ausgabe: 14 ü"), LETTERHEAD)

    ids = {
        message.headers(delivery(address=f"{name}@example.net", name=name, token=name * 5))[
            "Feedback-ID"
        ]
        for name in ("ana", "bob")
    }

    assert ids == {"Ausgabe-14-:harbour-watch.news.example.org:newsletter:3256d6fb6576"}


def test_the_boundary_can_stand_in_no_encoded_text() -> None:
    forged = "--=_alternative_"
    letter = edition(text=(forged, Slot(FIRST_NAME, Context.TEXT, "x"), "\n" + forged + "\n"))
    message = Message.compile(letter, LETTERHEAD)

    wire = wire_of(message, delivery(values={FIRST_NAME: forged + "--"}))

    assert wire.count(b"=_") == 1 + 3, "one in Content-Type, three on the boundary lines"
    assert len(list(read(wire).iter_parts())) == 2
    assert "=_" in header_block(wire)
