"""Segment rules: what is understood, what is refused and where, and what a rule means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.audience.evaluate import holds
from composer.audience.explain import explain
from composer.audience.parse import MAX_RULE_CONDITIONS, compile_rules, parse_rule
from composer.audience.rule import Rule
from composer.audience.rule_text import MAX_RULE_CHARS
from composer.errors import AudienceError, Place, SourceError
from composer.model.address import Address
from composer.model.settings import SegmentRule
from composer.model.subscriber import FieldValue, Subscriber
from tests.unit.storage.lists import FIELDS, settings

FILE = Path("newsletter.toml")
ANA: Mapping[str, FieldValue] = {
    "role": "board",
    "seats": 3.0,
    "joined": date(2024, 5, 1),
    "press": True,
    "topics": frozenset({"policy", "energy"}),
    "nickname": "ana",
}


def rule(text: str) -> Rule:
    return parse_rule(SegmentRule("press", text, Place(FILE, 20, 9)), FIELDS)


def person(fields: Mapping[str, FieldValue] = ANA, address: str = "Ana@example.org") -> Subscriber:
    return Subscriber(1, Address.parse(address), fields, locale="de-AT", consent_source="form")


@pytest.mark.parametrize(
    "text",
    [
        'role == "board"',
        '"board" == role',
        'role in ("board", "staff")',
        'role in ["board"]',
        'role not in ("staff",)',
        'role != "staff"',
        '"policy" in topics',
        '"ports" not in topics',
        "seats >= 3",
        "1 < seats <= 3",
        "seats > -2.5",
        "press",
        "press == True",
        "not press == False",
        'joined >= "2024-01-01"',
        '"2024-01-01" <= joined < "2025-01-01"',
        "has(role) and not has(phone)",
        'startswith(role, "bo") and endswith(role, "rd")',
        'domain == "example.org"',
        'address == "Ana@example.org" and email == "Ana@example.org"',
        'endswith(domain, ".org")',
        'status == "confirmed"',
        'locale == "de-AT"',
        'consent_source == "form"',
        'nickname == "ana"',
        'role == "board"\nand (seats > 2\n  or press)  # the big ones',
        'role == "staff" or "policy" in topics and joined > "2024-04-30"',
    ],
)
def test_a_rule_that_holds(text: str) -> None:
    assert holds(rule(text), person())


@pytest.mark.parametrize(
    "text",
    [
        'role == "Board"',
        'role in ("staff", "press")',
        '"polic" in topics',
        '"policy;energy" in topics',
        "seats < 3",
        'joined == "2024-05-02"',
        'startswith(role, "board of")',
        'status == "unconfirmed"',
        'startswith(role, "%")',
    ],
)
def test_a_rule_that_does_not_hold(text: str) -> None:
    assert not holds(rule(text), person())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('role == "board"', False),
        ('role in ("board", "staff")', False),
        ('"policy" in topics', False),
        ("seats < 3", False),
        ("seats >= 3", False),
        ('startswith(nickname, "a")', False),
        ("has(role)", False),
        ("press", False),
        ('role != "board"', True),
        ('role not in ("board", "staff")', True),
        ('"policy" not in topics', True),
        ("not seats < 3", True),
        ("not has(role)", True),
    ],
)
def test_a_missing_value_equals_nothing_so_that_the_opposites_hold(
    text: str, expected: bool
) -> None:
    assert holds(rule(text), person({})) is expected


@pytest.mark.parametrize(
    ("text", "line", "column", "problem", "hint"),
    [
        ("rol == 'x'", 20, 9, "there is no field 'rol'", "did you mean 'role'?"),
        ("Role == 'x'", 20, 9, "there is no field 'Role'", "did you mean 'role'?"),
        ("Phone == 'x'", 20, 9, "there is no field 'Phone'", "write phone"),
        ("role >= 3", 20, 17, "'role' is text", 'compare it with a text, as "board"'),
        ("role >= 'a'", 20, 9, "'role' is text: it has no order", "declare it as a number"),
        ("seats == '3'", 20, 18, "'seats' is a number", "compare it with a number, as 3"),
        ("seats == True", 20, 18, "'seats' is a number", "a number"),
        ("seats == 1e999", 20, 18, "'seats' is a number", "a number"),
        ("press == 1", 20, 18, "'press' is true or false", "True or False"),
        ("role == -'x'", 20, 17, "'role' is text", "a text"),
        ("joined > '1 May 2024'", 20, 18, "'joined' is a date", 'as "2026-11-20"'),
        ("joined > '2024-W01-1'", 20, 18, "'joined' is a date", 'as "2026-11-20"'),
        ("topics == 'policy'", 20, 9, "'topics' is a set", 'write "policy" in topics'),
        ("topics in ('a', 'b')", 20, 9, "'topics' is a set", 'write "policy" in topics'),
        ("'policy' in role", 20, 21, "'role' is text, not a set", "write role in"),
        ("'a' in 'b'", 20, 16, "`in` needs a field", "country in"),
        ("'a' == 'b'", 20, 9, "one side must be a field", 'role == "board"'),
        ("role.upper() == 'X'", 20, 9, "one side must be a field", 'role == "board"'),
        ("role in ()", 20, 17, "nothing is listed here", ""),
        ("role == ''", 20, 17, "an empty text is no value", "has("),
        ("role == '\\x00'", 20, 17, "no field holds such a character", ""),
        ("role", 20, 9, "'role' alone says nothing", "has(role)"),
        ("role is 'x'", 20, 9, "rules compare values with == and !=", "startswith"),
        ("startwith(role, 'b')", 20, 9, "rules have no such function", "did you mean startswith?"),
        ("startswith(role)", 20, 9, 'startswith is written startswith(field, "text")', ""),
        ("startswith(seats, '3')", 20, 9, "'seats' is a number, not text", ""),
        ("endswith(role, 3)", 20, 24, "a text in quotes is needed here", ""),
        ("has('role')", 20, 9, "has is written has(field)", ""),
        ("__import__('os')", 20, 9, "rules have no such function", ""),
        ("(lambda: 1)()", 20, 9, "rules have no such function", ""),
        ("role if press else seats", 20, 9, "this is not part of the rule language", ""),
        ("[x for x in topics]", 20, 9, "this is not part of the rule language", ""),
        ("role == 'a', press", 20, 22, "a comma joins nothing", "write and, or or"),
        ("role == 'a') or (press", 20, 9, "the brackets do not match", "each ( needs its )"),
        ("has(role", 20, 9, "the brackets do not match", ""),
        ("role == 'a' press", 20, 21, "this is not a rule: invalid syntax", "missing before press"),
        ("role == 'a' andd press", 20, 21, "this is not a rule", "did you mean 'and'?"),
        ("press and (\n role == 'é' orr press)", 21, 14, "this is not a rule", "mean 'or'?"),
        ("role = 'a'", 20, 9, "this is not a rule", "write == to compare"),
        ("", 20, 9, "the rule is empty", 'role == "board"'),
        ("  # nothing yet", 20, 9, "this is not one condition", ""),
        ("role == 'é' and sets > 3", 20, 25, "there is no field 'sets'", "'seats'"),
        ("press and\n  sets > 3", 21, 3, "there is no field 'sets'", "'seats'"),
        ("not " * 40 + "press", 20, None, "the rule is nested too deeply", ""),
        (f"role == '{'x' * MAX_RULE_CHARS}'", 20, 9, "the rule is longer than 4,000", ""),
        (" or ".join(["press"] * 10 + ["seats>1"] * 201), 20, None, "too many conditions", "in"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    text: str, line: int, column: int | None, problem: str, hint: str
) -> None:
    with pytest.raises(AudienceError) as caught:
        rule(text)
    assert caught.value.problem.startswith("segment 'press': ")
    assert problem in caught.value.problem
    assert hint in caught.value.hint
    assert caught.value.place is not None
    assert (caught.value.place.path, caught.value.place.line) == (FILE, line)
    assert column in {None, caught.value.place.column}


def test_every_wrong_rule_of_a_site_is_told_at_once() -> None:
    wrong = {"a": "rol == 'x'", "fine": "press", "b": "seats == '3'"}
    with pytest.raises(SourceError) as caught:
        compile_rules(settings(wrong))
    assert str(caught.value).splitlines() == [
        "newsletter.toml:20:9: error[config/segment-rule] segment 'a': there is no field 'rol'",
        "  hint: did you mean 'role'? else declare it in [subscribers.fields]",
        "newsletter.toml:22:18: error[config/segment-rule] segment 'b': 'seats' is a number",
        "  hint: compare it with a number, as 3",
    ]


def test_everyone_is_always_there_and_matches_everybody() -> None:
    rules = compile_rules(settings())
    assert list(rules) == ["everyone", "board", "policy"]
    assert holds(rules["everyone"], person({}))


@given(st.text(max_size=60) | st.text("()[]{}'\"\\ \n#,=<>!noraditsep.19", max_size=60))
def test_any_text_is_a_rule_or_an_error_with_a_place_in_the_file(text: str) -> None:
    place: Place | None = Place(FILE, 20, 9)
    try:
        assert holds(rule(text), person()) in {True, False}
    except AudienceError as error:
        place = error.place
    assert place is not None
    assert (place.line or 0) >= 20
    assert (place.column or 0) >= 1


def test_the_longest_rule_that_is_allowed_is_understood() -> None:
    text = " or ".join(["seats>9"] * (MAX_RULE_CONDITIONS - 1) + ["seats>1"])
    assert holds(rule(text), person())


def test_explaining_shows_which_part_failed_and_the_value_that_it_met() -> None:
    text = (
        'role == "board" and (seats > 5 or "ports" in topics) and not has(phone) and phone != "x"'
    )
    assert explain(rule(text), person()) == [
        "✗ all of",
        '  ✓ role == "board"   (role is "board")',
        "  ✗ any of",
        "    ✗ seats > 5   (seats is 3)",
        '    ✗ "ports" in topics   (topics is {"energy", "policy"})',
        "  ✓ not has(phone)   (phone is missing)",
        '  ✓ not phone == "x"   (phone is missing)',
    ]


def test_explaining_every_kind_of_part() -> None:
    text = (
        'joined >= "2024-01-01" and press and role in ("board", "staff") and '
        'startswith(role, "b") and endswith(domain, "org") and not (press and seats == 2)'
    )
    assert explain(rule(text), person()) == [
        "✓ all of",
        '  ✓ joined >= "2024-01-01"   (joined is "2024-05-01")',
        "  ✓ press == True   (press is True)",
        '  ✓ role in ("board", "staff")   (role is "board")',
        '  ✓ startswith(role, "b")   (role is "board")',
        '  ✓ endswith(domain, "org")   (domain is "example.org")',
        "  ✓ not",
        "    ✗ all of",
        "      ✓ press == True   (press is True)",
        "      ✗ seats == 2   (seats is 3)",
    ]
    assert explain(compile_rules(settings())["everyone"], person({})) == ["✓ everyone"]
