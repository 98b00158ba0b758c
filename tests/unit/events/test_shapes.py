"""What every provider tells, in the shapes that their documentation describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.events.event import Event, Kind
from composer.events.verdict import verdict_of
from composer.events.webhooks import Unreadable
from tests.unit.events.signing import PROVIDERS, call, source_of

SHAPES = Path(__file__).parent / "shapes"
TOLD: list[tuple[str, Any]] = [
    (name, case)
    for name in PROVIDERS
    for case in json.loads((SHAPES / f"{name}.json").read_text(encoding="utf-8"))
]
CASES = [pytest.param(name, case, id=f"{name}: {case['told']}") for name, case in TOLD]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_what_is_told_is_what_we_understand(name: str, case: dict[str, Any]) -> None:
    source, post = source_of(name), call(name, case["content"])

    assert source.admit(post).nonce
    told = list(source.events(post.body))

    assert len(told) == len(case["events"])
    for event, expected in zip(told, case["events"], strict=True):
        assert {field: _field(event, field) for field in expected} == expected


def _field(event: Event, name: str) -> object:
    return str(verdict_of(event)) if name == "verdict" else getattr(event, name)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_same_call_has_the_same_keys_and_nobodys_ip(name: str, case: dict[str, Any]) -> None:
    source, post = source_of(name), call(name, case["content"])
    first, second = (list(source.events(post.body)) for _ in range(2))

    assert [event.key for event in first] == [event.key for event in second]
    assert len({event.key for event in first}) == len(first)
    shown = repr(first)
    for ip in ("203.0.113.", "192.0.2.1", "198.51.100."):
        assert ip not in shown
    assert all("@" not in event.detail for event in first)


def test_sendgrid_repeats_an_event_under_another_id() -> None:
    row = json.loads((SHAPES / "sendgrid.json").read_text())[1]["content"][0]
    again, later = {**row, "sg_event_id": "x"}, {**row, "timestamp": row["timestamp"] + 1}
    posts = [call("sendgrid", [one]) for one in (row, again, later)]
    keys = [next(iter(source_of("sendgrid").events(post.body))).key for post in posts]

    assert keys[0] == keys[1] != keys[2]


def test_every_kind_is_told_by_somebody() -> None:
    """Of answers, only mailboxes tell."""
    told = {event["kind"] for _, case in TOLD for event in case["events"]}

    assert told == {str(kind) for kind in Kind} - {"replied"}


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["\ud800", "1" * 400, "https://x.example/\n", "<a@b>", "5.1.1", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.sampled_from(TOLD), st.data())
def test_a_field_of_another_type_brings_nobody_down(
    told_so: tuple[str, Any], data: st.DataObject
) -> None:
    name, content = told_so[0], json.loads(json.dumps(told_so[1]["content"]))
    _spoil(content, data)
    body = json.dumps(content).encode()
    if name == "ses":
        body = json.dumps({"Type": "Notification", "Message": body.decode()}).encode()
    if name == "mailgun":
        body = json.dumps({"event-data": content}).encode()
    try:
        told = list(source_of(name).events(body))
    except Unreadable:
        return

    for event in told:
        assert len(event.key) == 16
        assert isinstance(verdict_of(event), str)
        for text in (event.detail, event.link, event.code):
            text.encode()
            assert "\0" not in text
            assert "\n" not in text


def _spoil(content: Any, data: st.DataObject) -> None:
    """Put something else in the place of something, at any depth."""
    here = content
    while isinstance(here, dict | list) and here:
        keys = sorted(here) if isinstance(here, dict) else list(range(len(here)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(here[key], dict | list) and here[key] and data.draw(st.booleans()):
            here = here[key]
            continue
        here[key] = data.draw(anything)
        return


@given(st.sampled_from(PROVIDERS), st.binary(max_size=200))
def test_what_is_not_in_the_providers_format_is_told_so(name: str, body: bytes) -> None:
    try:
        list(source_of(name).events(body))
    except Unreadable:
        return
    assert json.loads(body) is not None or name == "sendgrid"
