"""A header we write is the header that arrives: nothing leaves before it was read back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.errors import ComposerError, ConfigError
from composer.sending.message import Message
from composer.sending.message.crosscheck import refuse_misread
from composer.sending.message.head import Head
from composer.sending.message.readback import MAX_LINE, Expected, field_names
from tests.unit.message.samples import (
    AT,
    LETTERHEAD,
    NAMES,
    delivery,
    edition,
    header_block,
    wire_of,
)

GOOD = header_block(wire_of(Message.compile(edition(), LETTERHEAD), delivery()))


def test_the_names_are_read_in_order() -> None:
    assert field_names(GOOD) == NAMES


@pytest.mark.parametrize(
    "block",
    [
        "Subject: a\r\n\r\nBcc: x\r\n",
        "Subject: a\r\nno header\r\n",
        "Subject : a\r\n",
        "Subject: a\nBcc: x\r\n",
        "Subject: a\rBcc: x\r\n",
        "Subject: a\r\n \r\nTo: b\r\n",
        " folded: from nothing\r\n",
        "Subject: a",
        "Subject: é\r\n",
        "Subject: a\tb\r\n",
        "Subject: a\0\r\n",
        f"Subject: {'a' * 990}\r\n",
    ],
)
def test_a_block_that_is_not_header_lines_is_refused(block: str) -> None:
    with pytest.raises(ComposerError, match="header"):
        field_names(block)


@settings(deadline=None)
@given(
    st.integers(0, len(GOOD) - 1), st.sampled_from(["\r\n", "\n", "\r", "\0", "é", "\r\nBcc: x"])
)
def test_nothing_slipped_into_a_block_goes_unseen(place: int, intruder: str) -> None:
    forged = GOOD[:place] + intruder + GOOD[place:]

    try:
        names = field_names(forged)
    except ComposerError:
        return

    # What is left is a fold before a blank, which changes no field.
    assert names != NAMES or forged.replace("\r\n ", " ") == GOOD.replace("\r\n ", " ")


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(GOOD) - 1),
            st.integers(0, 3),
            st.sampled_from(
                ["", "\r\n", "\r\n ", "\n", "\r", " ", ": ", "x", "\0", "é", "\r\nBcc: x"]
            ),
        ),
        max_size=3,
    ),
)
def test_one_look_sees_what_a_reader_of_every_line_sees(
    changes: list[tuple[int, int, str]],
) -> None:
    block = GOOD
    for place, gone, come in changes:
        block = block[:place] + come + block[place + gone :]

    try:
        read = field_names(block)
    except ComposerError:
        read = []

    assert Expected(NAMES).is_met_by(block) == (read == NAMES)


@pytest.mark.parametrize("over", [0, 1])
def test_one_look_measures_lines_as_a_reader_of_every_line_does(over: int) -> None:
    for block in (
        f"Subject: {'a' * (MAX_LINE - 9 + over)}\r\n",
        f"Subject: a\r\n {'b' * (MAX_LINE - 1 + over)}\r\n",
    ):
        assert Expected(["Subject"]).is_met_by(block) == (over == 0)
        if not over:
            assert field_names(block) == ["Subject"]


def test_a_message_whose_headers_are_not_the_intended_ones_is_never_handed_over() -> None:
    head = Head.of(LETTERHEAD, "2026-014", 'multipart/alternative; boundary="x"')
    forged = replace(head, between=head.between + "Bcc: x@example.org\r\n")

    with pytest.raises(ComposerError, match="not the ones that were meant"):
        forged.block(delivery(), "A strike", AT)


def test_a_link_that_fits_on_no_header_line_is_an_error_and_not_a_broken_link() -> None:
    letterhead = replace(LETTERHEAD, base_url=f"https://news.example.org/{'a' * 400}")
    message = Message.compile(edition(), letterhead)

    with pytest.raises(ComposerError, match="longer than 998"):
        message.chunks(delivery(token="t" * 600), AT)


def test_a_block_that_another_program_would_misread_is_refused() -> None:
    sample = Head.of(LETTERHEAD, "2026-014", 'multipart/alternative; boundary="x"')
    block = sample.block(delivery(address="reader@example.org"), "", AT)
    refuse_misread(block, sample.names, LETTERHEAD)

    for was, forged in (
        (b"<desk@", b"<desk2@"),
        (b"Reply-To: ", b"Reply-To: more@example.org, "),
        (b"To: ", b"Sender: a@example.org\r\nTo: "),
        (b"multipart/alternative", b"text/plain"),
        (b'boundary="x"', b'border="x"'),
        (b"Reply-To: ", b"Answer-To: "),
    ):
        with pytest.raises(ConfigError, match="misread"):
            refuse_misread(block.replace(was, forged, 1), sample.names, LETTERHEAD)
