"""The JSON for SendGrid: by its own description where that is at hand, and by rules of ours."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.model.delivery import Delivery
from composer.model.edition import Context, Edition, Slot
from composer.providers.sendgrid.body import RESERVED_HEADERS, Bodies, is_too_long
from composer.providers.sendgrid.form import merge_data
from composer.providers.sendgrid.tags import Tags
from composer.rendering.encoders import fill
from composer.sending.message import Message
from tests.servers.sendgrid_like import arrived_in, troubles_of
from tests.unit.providers.letters import EDITION, LETTERHEAD, MESSAGE, batch_of, delivery

DESCRIPTION = Path(__file__).parents[4] / "shared" / "specs" / "tsg_mail_v3.json"

Json = dict[str, Any]


def body_of(*deliveries: Delivery, message: Message = MESSAGE, sandbox: bool = False) -> Json:
    bodies = Bodies(message, sandbox=sandbox)
    wire = bodies.shared_by([bodies.personalization(one) for one in deliveries])
    body: Json = json.loads(wire)
    return body


@pytest.fixture(scope="session")
def validator() -> jsonschema.Draft202012Validator:
    """The official description of the request, with what is known to be wrong in it put right."""
    if not DESCRIPTION.exists():
        pytest.skip("the API's description is not beside the repository")
    whole = json.loads(DESCRIPTION.read_text())
    request = whole["components"]["requestBodies"]["PostMailSend"]
    schema = request["content"]["application/json"]["schema"]
    # It says "string" where the API takes an object, and leaves values and names open.
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    schema["properties"]["custom_args"] = texts
    one = schema["properties"]["personalizations"]
    one["minItems"] = 1
    one["items"]["properties"]["custom_args"] = texts
    one["items"]["properties"]["headers"] = texts
    one["items"]["additionalProperties"] = False
    schema["additionalProperties"] = False
    schema["components"] = whole["components"]
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


@pytest.mark.parametrize("count", [1, 500])
@pytest.mark.parametrize("sandbox", [False, True])
def test_a_body_is_what_the_api_describes(
    validator: jsonschema.Draft202012Validator, count: int, sandbox: bool
) -> None:
    body = body_of(*batch_of(count).deliveries, sandbox=sandbox)

    assert [error.message for error in validator.iter_errors(body)] == []


def test_a_merged_body_is_what_the_api_describes(
    validator: jsonschema.Draft202012Validator,
) -> None:
    body = json.loads(Bodies(MESSAGE, sandbox=False).merged(delivery(1)))

    assert [error.message for error in validator.iter_errors(body)] == []


def test_the_description_would_find_our_mistakes(
    validator: jsonschema.Draft202012Validator,
) -> None:
    spoils: list[Json] = [{"from": {}}, {"subject": ""}, {"personalizations": []}, {"unknown": 1}]
    for spoil in spoils:
        assert list(validator.iter_errors(body_of(delivery(1)) | spoil)), spoil


def test_five_rules_that_no_description_sees() -> None:
    body = body_of(*batch_of(500).deliveries)

    assert troubles_of(body) == []
    assert sum(len(each["to"]) for each in body["personalizations"]) == 500
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]


def test_a_reader_sees_nobody_but_himself() -> None:
    body = body_of(*batch_of(5).deliveries)

    for number, each in enumerate(body["personalizations"], start=1):
        assert each["to"] == [{"email": f"reader{number}@example.org", "name": f"Reader {number}"}]
        assert not {"cc", "bcc"} & set(each)
        assert each["custom_args"] == {"delivery": f"d{number:06d}"}


def test_list_headers_are_each_readers_own_and_none_is_reserved() -> None:
    one, two = body_of(*batch_of(2).deliveries)["personalizations"]

    assert one["headers"] == MESSAGE.headers(delivery(1, city="x"))
    assert one["headers"]["List-Unsubscribe"] != two["headers"]["List-Unsubscribe"]
    assert not {name.lower() for name in one["headers"]} & RESERVED_HEADERS


def test_nothing_is_tracked_and_nothing_is_added() -> None:
    tracking = body_of(delivery(1))["tracking_settings"]

    assert {name: settings["enable"] for name, settings in tracking.items()} == {
        "click_tracking": False,
        "open_tracking": False,
        "subscription_tracking": False,
        "ganalytics": False,
    }


def test_sender_and_pictures_are_those_of_the_message() -> None:
    body = body_of(delivery(1))

    assert body["from"] == {"email": "desk@news.example.org", "name": "Harbour Watch"}
    assert body["reply_to"] == {"email": "editors@news.example.org"}
    (picture,) = body["attachments"]
    assert picture["content_id"] == "crane@news.example.org"
    assert picture["disposition"] == "inline"
    assert f'src="cid:{picture["content_id"]}"' in body["content"][1]["value"]


def test_a_message_without_pictures_or_reply_to_says_nothing_of_them() -> None:
    plain = Message.compile(replace(EDITION, images=()), replace(LETTERHEAD, reply_to=None))

    assert not {"attachments", "reply_to", "mail_settings"} & set(body_of(message=plain))


@given(
    st.lists(
        st.tuples(st.text(max_size=40), st.text(st.characters(exclude_categories=["Cs"]))),
        min_size=1,
        max_size=4,
    )
)
def test_substitution_gives_what_filling_would(values: list[tuple[str, str]]) -> None:
    people = [
        delivery(number, first_name=name, city=city)
        for number, (name, city) in enumerate(values, start=1)
    ]

    arrived = arrived_in([json.dumps(body_of(*people)).encode()])

    for one, letter in zip(people, arrived, strict=True):
        filled = MESSAGE.values(one)
        assert letter.text == fill(EDITION.text, filled)
        assert letter.html == fill(EDITION.html, filled)
        assert letter.subject == MESSAGE.subject(filled)


def test_no_value_can_call_up_another() -> None:
    bodies = Bodies(MESSAGE, sandbox=False)
    tags = list(json.loads(merge_data(bodies.personalization(delivery(1)))))

    other = json.loads(merge_data(Bodies(MESSAGE, sandbox=False).personalization(delivery(1))))

    assert not set(tags) & set(other)
    assert len(set(map(len, tags))) == 1


def test_a_tag_is_never_a_word_of_the_issue() -> None:
    edition = Edition("1", EDITION.key, ("key1",), ("key2",), ("Hello ", Slot("x", Context.TEXT)))
    keys = iter(["key1", "key2", "key3"])

    assert list(Tags.of(edition, lambda: next(keys)).slots.values()) == ["-key30001-"]


def test_slots_of_one_name_keep_their_own_defaults() -> None:
    ana, ben = (Slot("subscriber.x", Context.TEXT, default) for default in ("Ana", "Ben"))
    edition = replace(EDITION, subject=("s",), text=(ana, " and ", ben), html=("<p></p>",))
    message = Message.compile(edition, LETTERHEAD)

    (letter,) = arrived_in([json.dumps(body_of(delivery(1), message=message)).encode()])

    assert letter.text == "Ana and Ben"
    assert letter.subject == "s"


@pytest.mark.parametrize(("letters", "too_long"), [(100, False), (9_000, True), (20_000, True)])
def test_the_size_of_merge_data_is_counted(letters: int, too_long: bool) -> None:
    one = delivery(1, first_name="x" * letters)

    assert is_too_long(Bodies(MESSAGE, sandbox=False).personalization(one)) is too_long
