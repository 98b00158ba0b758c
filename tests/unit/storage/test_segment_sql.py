"""Segments in SQL: the same answers as in Python, and a text never changes the statement."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from composer.audience.evaluate import holds
from composer.audience.parse import MAX_RULE_CONDITIONS, compile_rules
from composer.audience.rule import (
    BUILT_IN_TYPES,
    Affix,
    All,
    AnyOf,
    Compare,
    Contains,
    Field,
    Has,
    Not,
    OneOf,
    Rule,
)
from composer.model.settings import FieldType
from composer.storage.database import Database
from composer.storage.segment_sql import condition
from tests.databases import BOTH
from tests.unit.storage.lists import FIELDS, bring_in_text, open_list, settings

WORDS = ["board", "Board", "bo", "ard", "é", "%", "_", "b%", "'", '"', "a;b", "policy", "x y"]
NUMBERS = ["0", "3", "-2.5", "1e3", "12.50"]
DAYS = ["2024-01-01", "2024-02-29", "1999-12-31", "0999-01-01"]
TRUTHS = ["yes", "no", "true", "0"]
SETS = ["policy", "policy;energy", " ports ;; policy", "pol", "b%;_"]
#: A column of each type, one of none, and the columns of every site.
TEXTS: Mapping[str, list[str]] = {
    "email": [],
    "role": WORDS,
    "seats": NUMBERS,
    "joined": DAYS,
    "press": TRUTHS,
    "topics": SETS,
    "phone": WORDS,
    "locale": ["de", "de-AT", "pt-BR"],
    "consent_source": WORDS,
    "status": ["confirmed", "unconfirmed"],
}


@pytest.fixture(scope="module", params=BOTH)
def people(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """Two hundred readers with every mixture of values, and of values that are missing."""
    folder = tmp_path_factory.mktemp("site")
    if request.param != "sqlite":
        request.getfixturevalue("server_databases").place(folder)
    database = open_list(folder)
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(TEXTS)
    for n in range(200):
        values = (
            ["", *texts][(n // (i + 1) + n * i) % (len(texts) + 1)]
            for i, texts in enumerate(TEXTS.values())
        )
        rows.writerow(
            [f"{'Ana' if n % 3 else 'bo'}{n}@{'é' * (n % 2)}mail.example.org", *list(values)[1:]]
        )
    done, refused = bring_in_text(database, out.getvalue())
    assert refused == []
    assert done.added == 200
    yield database
    database.store.engine.dispose()


def fields(*types: FieldType) -> st.SearchStrategy[Field]:
    known = {**BUILT_IN_TYPES, **FIELDS, "phone": FieldType.TEXT, "nobody_has": FieldType.TEXT}
    return st.sampled_from([Field(n, t) for n, t in known.items() if not types or t in types])


texts = st.sampled_from([*WORDS, "Ana1@mail.example.org", "mail.example.org", "de", "confirmed"])
numbers = st.sampled_from([float(n) for n in NUMBERS]) | st.floats(-1e9, 1e9)
days = st.sampled_from([date.fromisoformat(d) for d in DAYS]) | st.dates()
OF_TYPE: Mapping[FieldType, st.SearchStrategy[str | float | bool | date]] = {
    FieldType.TEXT: texts | st.text(max_size=5),
    FieldType.NUMBER: numbers,
    FieldType.DATE: days,
    FieldType.BOOLEAN: st.booleans(),
}
ordered = st.sampled_from(["==", "<", "<=", ">", ">="])
atoms: st.SearchStrategy[Rule] = st.one_of(
    fields(*OF_TYPE).flatmap(
        lambda f: st.builds(Compare, st.just(f), st.just("=="), OF_TYPE[f.type])
    ),
    fields(FieldType.NUMBER, FieldType.DATE).flatmap(
        lambda f: st.builds(Compare, st.just(f), ordered, OF_TYPE[f.type])
    ),
    fields(*OF_TYPE).flatmap(
        lambda f: st.builds(OneOf, st.just(f), st.lists(OF_TYPE[f.type], max_size=3).map(tuple))
    ),
    st.builds(
        Contains, fields(FieldType.SET), st.sampled_from([*SETS, "energy"]) | st.text(max_size=4)
    ),
    st.builds(Affix, fields(FieldType.TEXT), texts | st.text(max_size=3), at_end=st.booleans()),
    st.builds(Has, fields()),
)


def nested(parts: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    several = st.lists(parts, max_size=3).map(tuple)
    return st.builds(Not, parts) | st.builds(All, several) | st.builds(AnyOf, several)


rules: st.SearchStrategy[Rule] = st.recursive(atoms, nested, max_leaves=8)


@given(rule=rules)
def test_the_database_and_python_agree_on_every_rule(people: Database, rule: Rule) -> None:
    everybody = list(people.subscribers.matching())
    in_python = [e.subscriber.id for e in everybody if holds(rule, e.subscriber)]
    in_sql = [entry.subscriber.id for entry in people.subscribers.matching(rule)]
    assert in_sql == in_python
    assert people.subscribers.count(rule).matched == len(in_python)


@given(rule=rules)
def test_a_rule_and_its_opposite_divide_the_list(people: Database, rule: Rule) -> None:
    count = people.subscribers.count
    assert count(rule).matched + count(Not(rule)).matched == 200


def shape(rule: Rule, database: Database) -> str:
    statement = select(database.store.people.table).where(
        condition(rule, database.store.people.table)
    )
    return str(statement.compile(database.store.engine))


@given(text=st.text(min_size=1))
@pytest.mark.parametrize("name", ["role", "phone", "address"])
def test_a_text_never_changes_the_statement(people: Database, name: str, text: str) -> None:
    field = Field(name, FieldType.TEXT)
    for one, other in (
        (Compare(field, "==", text), Compare(field, "==", "x")),
        (OneOf(field, (text, "y")), OneOf(field, ("x", "y"))),
        (Affix(field, text, at_end=True), Affix(field, "x", at_end=True)),
        (Affix(field, text, at_end=False), Affix(field, "x", at_end=False)),
    ):
        assert shape(one, people) == shape(other, people)


@given(
    text=st.text(
        st.characters(exclude_characters=";", exclude_categories=["Cs", "Z", "Cc"]), min_size=1
    )
)
def test_an_item_of_a_set_never_changes_the_statement(people: Database, text: str) -> None:
    field = Field("topics", FieldType.SET)
    assert shape(Contains(field, text), people) == shape(Contains(field, "x"), people)


def test_the_longest_rule_is_one_that_the_database_takes(people: Database) -> None:
    text = " or ".join(["(seats>8 and not (press or seats<1))"] * (MAX_RULE_CONDITIONS // 4))
    assert len(text) <= 4_000
    rule = compile_rules(settings({"long": text}))["long"]
    found = people.subscribers.count(rule).matched
    assert found == sum(holds(rule, e.subscriber) for e in people.subscribers.matching())
