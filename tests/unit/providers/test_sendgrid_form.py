"""What is spliced for a reader is what the plain structure would be, whatever stands in it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import ComposerError
from composer.model.address import Address
from composer.model.clicks import LINK_SLOT, link_of
from composer.model.delivery import Delivery, Recipient
from composer.model.edition import Context, Edition, EditionKey, Slot
from composer.providers.sendgrid.form import Form, merge_data, without_merge_data
from composer.providers.sendgrid.tags import Tags
from composer.rendering.encoders import encode
from composer.sending.message import Message
from composer.sending.message.links import is_own_url
from composer.sending.message.words import clean_name
from tests.unit.providers.letters import EDITION, LETTERHEAD

WORDS = (Context.HTML, Context.ATTRIBUTE, Context.TEXT, Context.URL_PART, Context.HEADER)
TARGET = "https://harbour.example/14?a=1&b=2"


def edition(*, subject: tuple[str | Slot, ...], counted: bool) -> Edition:
    """Every context, a name whose slots disagree on a default, links of ours in odd places."""
    name, city = "subscriber.first_name", "subscriber.city"
    link = Slot(LINK_SLOT + link_of(TARGET), Context.URL, TARGET)
    return replace(
        EDITION,
        subject=subject,
        html=(
            *(Slot(name, context, "reader & friend") for context in WORDS),
            *(Slot(city, Context.HTML, default) for default in ("Varsund", "<here>", "")),
            *(Slot("unsubscribe_url", context) for context in (Context.URL, Context.HTML)),
            *((link,) if counted else ()),
        ),
        text=(
            Slot(name, Context.TEXT, "reader & friend"),
            Slot("subscriber.street", Context.TEXT_URL_PART, "100 % \\n"),
            Slot("preferences_url", Context.TEXT_URL),
            *((replace(link, context=Context.TEXT_URL),) if counted else ()),
        ),
    )


FIRST = Slot("subscriber.first_name", Context.HEADER, "reader & friend")
CITY = Slot("subscriber.city", Context.HEADER, "Varsund")
SUBJECTS: tuple[tuple[str | Slot, ...], ...] = (
    ("A quiet strike",),
    ("  100 % for ", FIRST, " ", FIRST, "  "),
    ("For ", FIRST, " in ", CITY),
    (Slot("unsubscribe_url", Context.HEADER),),
)
LETTERHEADS = (
    LETTERHEAD,
    replace(LETTERHEAD, unsubscribe_mailto=None),
    replace(LETTERHEAD, unsubscribe_mailto=Address("l" * 48, "news.example.org")),
)
MESSAGES = [
    Message.compile(edition(subject=subject, counted=counted), letterhead)
    for subject, counted, letterhead in zip(
        SUBJECTS, (False, True, True, False), (*LETTERHEADS, LETTERHEAD), strict=True
    )
]
FORMS = [(message, tags, Form(message, tags, {"Precedence": "list"}))
         for message in MESSAGES for tags in [Tags.of(message.edition)]]  # fmt: skip

texts = st.one_of(
    st.text(st.characters(categories=["L", "N"]), max_size=12),
    st.text("ab \"\\%&<>'é\u2028\0", max_size=12),
    st.text(max_size=20),
    st.sampled_from(["Ana", "Zoë", "O'Brien & Sons", "%s", "%(a)s", '"substitutions":', "五"]),
)
url_safe = st.text("abcXYZ019_~-", min_size=1, max_size=40)
people = st.builds(
    Delivery,
    st.text("abc019-", min_size=1, max_size=32),
    st.builds(
        Recipient,
        st.just(1),
        st.builds(Address, st.text("ab'%{}.", min_size=1, max_size=9), st.just("example.org")),
        texts,
        st.just(EditionKey("en")),
        st.dictionaries(
            st.sampled_from(["subscriber.first_name", "subscriber.city", "subscriber.street"]),
            texts,
        ),
        st.one_of(url_safe, st.text('é /%"a', min_size=1, max_size=15)),
    ),
    seal=st.sampled_from([b"", b"s" * 16]),
)


def plainly(message: Message, tags: Tags, delivery: Delivery) -> dict[str, Any]:
    recipient, values = delivery.recipient, message.values(delivery)
    name = clean_name(recipient.display_name)
    substitutions = {}
    for slot, tag in tags.slots.items():
        value = values.get(slot.name)
        raw = is_own_url(slot) and bool(value)
        value = value or slot.default or ""
        substitutions[tag] = value if raw else encode(value, slot.context)
    if tags.subject:
        substitutions[tags.subject] = message.subject(values)
    return {
        "to": [{"email": str(recipient.address)} | ({"name": name} if name else {})],
        "headers": {**message.own_headers(delivery), "Precedence": "list"},
        "custom_args": {"delivery": delivery.id},
        "substitutions": substitutions,
    }


@given(st.lists(people, min_size=1, max_size=4))
def test_what_is_spliced_is_what_the_plain_structure_would_be(readers: list[Delivery]) -> None:
    for message, tags, form in FORMS:
        for reader in readers:
            written = form.written(reader)
            meant = plainly(message, tags, reader)
            assert json.loads(written) == meant
            assert written.isascii()
            assert json.loads(merge_data(written)) == meant.pop("substitutions")
            assert json.loads(without_merge_data(written)) == meant


@given(texts)
def test_who_must_have_a_value_is_told_to(value: str) -> None:
    asked = replace(EDITION, subject=("s",), html=(Slot("subscriber.x", Context.HTML),))
    message = Message.compile(asked, LETTERHEAD)
    form = Form(message, Tags.of(asked), {})
    address = Address("reader", "example.org")
    reader = Recipient(1, address, "", EditionKey("en"), {"subscriber.x": value}, "t" * 22)
    if value:
        written = json.loads(form.written(Delivery("d1", reader)))["substitutions"].values()
        assert encode(value, Context.HTML) in written
    else:
        with pytest.raises(ComposerError, match=r"subscriber\.x has no value"):
            form.written(Delivery("d1", reader))


def test_a_whole_address_of_a_reader_is_looked_at_as_ever() -> None:
    asked = replace(
        EDITION,
        subject=("s",),
        html=(Slot("subscriber.site", Context.URL, "https://example.org/"),),
    )
    form = Form(Message.compile(asked, LETTERHEAD), Tags.of(asked), {})
    address = Address("reader", "example.org")
    for value, fits in (("https://example.net/?a&b", True), ("word", False)):
        reader = Recipient(1, address, "", EditionKey("en"), {"subscriber.site": value}, "t" * 22)
        if fits:
            assert "https://example.net/?a&amp;b" in form.written(Delivery("d1", reader))
        else:
            with pytest.raises(ComposerError, match="is not a URL"):
                form.written(Delivery("d1", reader))
