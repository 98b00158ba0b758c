from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from composer.reading.toml_places import find_places

EVERYTHING = """\
# a comment with key = "value"
top = 1
"quoted key" = 'x'   # after it
a.b . "c.d" = 2
text = "with \\" quote and = [sign] # no comment"
[table]   # with a comment
  indented = [1, 2, # in between
    "]", { deep = "}" }]
inline = { env = "NAME", inner = { x = 'y' }, list = [1] }
long = \"\"\"
first "line"
second\"\"\"
raw = '''no \\ escape'''
when = 1979-05-27 07:32:00Z
[ other . "table" ]
last = true
[[many]]
x = 1
[[many]]
x = 2
"""


def keys_of(data: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*path, key)
            yield from keys_of(value, (*path, key))
    elif isinstance(data, list):
        for value in data:
            if isinstance(value, dict) and path == ("many",):
                yield from keys_of(value, path)


def test_every_key_of_every_form_has_its_place() -> None:
    places = find_places(EVERYTHING)
    lines = EVERYTHING.splitlines()

    expected = set(keys_of(tomllib.loads(EVERYTHING)))
    assert expected <= set(places) | {("other",)}
    assert set(places) <= expected
    for path, found in places.items():
        rest = lines[found.key.line - 1][found.key.column - 1 :]
        name = path[-1] if not rest.startswith("[") else ""
        assert name in rest or path[0] in rest


def test_a_string_starts_at_its_first_character() -> None:
    places = find_places(EVERYTHING)
    lines = EVERYTHING.splitlines()

    def at(*path: str) -> str:
        spot = places[path].value
        return lines[spot.line - 1][spot.column - 1 :]

    assert at("quoted key").startswith("x'")
    assert at("table", "long") == 'first "line"'
    assert at("table", "raw").startswith("no ")
    assert at("table", "inline", "env").startswith("NAME")
    assert at("table", "inline", "inner", "x").startswith("y'")
    assert at("table", "when").startswith("1979")
    assert at("table", "indented").startswith("[1, 2")


NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
VALUES = st.one_of(
    st.integers(-9999, 9999).map(str),
    st.booleans().map(lambda b: str(b).lower()),
    TEXTS.map(lambda t: json.dumps(t, ensure_ascii=False)),
    TEXTS.filter(lambda t: "'" not in t).map(lambda t: f"'{t}'"),
    st.lists(st.integers(0, 9), max_size=4).map(json.dumps),
    st.dictionaries(NAMES, st.integers(0, 9), max_size=3).map(
        lambda d: "{ " + ", ".join(f"{k} = {v}" for k, v in d.items()) + " }"
    ),
)


@given(
    st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=4), max_size=4),
    st.sampled_from(["", "  ", "# note = 1\n", "\n"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_the_places_are_those_of_the_keys_that_tomllib_reads(
    tables: dict[str, dict[str, str]], gap: str, end: str
) -> None:
    text = "".join(
        f"[{table}]\n" + "".join(f"{gap}{key} = {value}\n" for key, value in rows.items())
        for table, rows in tables.items()
    )

    places = find_places(text.replace("\n", end))

    lines = text.split("\n")
    assert set(places) == set(keys_of(tomllib.loads(text)))
    for path, found in places.items():
        name = re.escape(path[-1])
        rest = lines[found.key.line - 1][found.key.column - 1 :]
        assert re.match(rf"\[?{name}(?![\w-])", rest)
