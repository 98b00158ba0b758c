"""What fills a slot: the reader's value, the default, our own links, or nothing at all."""

from __future__ import annotations

import pytest

from composer.errors import ComposerError
from composer.model.edition import Context, Edition, Slot
from composer.sending.message import Message
from tests.unit.message.samples import (
    AT,
    FIRST_NAME,
    LETTERHEAD,
    content_of,
    delivery,
    edition,
    read,
    wire_of,
)


def text_of(letter: Edition, values: dict[str, str]) -> str:
    message = Message.compile(letter, LETTERHEAD)
    return content_of(read(wire_of(message, delivery(values=values))), "plain")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({FIRST_NAME: "Zoë"}, "Dear Zoë\n"),
        ({}, "Dear reader\n"),
        ({FIRST_NAME: ""}, "Dear reader\n"),
        ({FIRST_NAME: "<b>&amp; {{ 7*7 }}"}, "Dear <b>&amp; {{ 7*7 }}\n"),
    ],
)
def test_a_value_or_else_the_default_stands_in_the_slot(values: dict[str, str], text: str) -> None:
    assert text_of(edition(), values) == text


def test_a_slot_with_neither_is_named_before_anything_is_made() -> None:
    letter = edition(subject=("For ", Slot("subscriber.role", Context.HEADER)))
    message = Message.compile(letter, LETTERHEAD)

    for values in ({}, {"subscriber.role": ""}):
        with pytest.raises(ComposerError, match=r"subscriber\.role has no value") as caught:
            message.chunks(delivery(values=values), AT)
        assert 'subscriber.role | default("…")' in caught.value.hint
        assert "ana@example.net" not in str(caught.value)


def test_an_empty_default_leaves_nothing_behind() -> None:
    letter = edition(text=("Dear", Slot(FIRST_NAME, Context.TEXT, ""), ",\n"))

    assert text_of(letter, {}) == "Dear,\n"


def test_two_slots_of_one_name_may_have_defaults_of_their_own() -> None:
    here, there = (Slot(FIRST_NAME, Context.TEXT, default) for default in ("reader", "friend"))
    letter = edition(subject=(Slot(FIRST_NAME, Context.HEADER, "you"),), text=(here, there))
    message = Message.compile(letter, LETTERHEAD)

    assert FIRST_NAME not in message.values(delivery())
    assert text_of(letter, {}) == "readerfriend"
    assert read(wire_of(message, delivery()))["Subject"] == "you"
    assert text_of(letter, {FIRST_NAME: "Ana"}) == "AnaAna"


def test_one_slot_without_a_default_makes_the_value_necessary() -> None:
    letter = edition(text=(Slot(FIRST_NAME, Context.TEXT), Slot(FIRST_NAME, Context.TEXT, "x")))

    with pytest.raises(ComposerError, match="has no value"):
        text_of(letter, {})


def test_our_own_links_are_made_for_every_reader_and_nobody_can_replace_them() -> None:
    letter = edition(
        text=(Slot("unsubscribe_url", Context.TEXT_URL), "\n"),
        html=('<a href="', Slot("preferences_url", Context.URL), '">choose</a>'),
    )
    message = Message.compile(letter, LETTERHEAD)
    to = delivery(values={"unsubscribe_url": "https://evil.example.org"})

    received = read(wire_of(message, to))

    token = "tokentokentokentoken22"  # noqa: S105 - invented
    assert content_of(received, "plain") == f"https://news.example.org/u/{token}\n"
    page = f'<a href="https://news.example.org/preferences/{token}">choose</a>'
    assert content_of(received, "html") == page


def test_values_are_plain_text_for_every_slot() -> None:
    message = Message.compile(edition(), LETTERHEAD)

    token = "tokentokentokentoken22"  # noqa: S105 - invented
    assert message.values(delivery(values={FIRST_NAME: "<Ana>", "subscriber.other": "x"})) == {
        FIRST_NAME: "<Ana>",
        "unsubscribe_url": f"https://news.example.org/u/{token}",
        "preferences_url": f"https://news.example.org/preferences/{token}",
    }


def test_the_subject_given_by_itself_is_the_one_that_is_sent() -> None:
    letter = edition(subject=("For ", Slot(FIRST_NAME, Context.HEADER, "you"), ": a  strike"))
    message = Message.compile(letter, LETTERHEAD, subject_prefix="[TEST] ")
    to = delivery(values={FIRST_NAME: "Zoë\r\nBcc: x"})

    subject = message.subject(message.values(to))

    assert subject == "[TEST] For Zoë Bcc: x: a strike"
    assert read(wire_of(message, to))["Subject"] == subject
