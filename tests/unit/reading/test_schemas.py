"""What an editor's plugin accepts is what reading accepts, and the other way round."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from composer.reading.front_matter import KEYS as FRONT_MATTER_KEYS
from composer.reading.schemas import SCHEMAS, issue_schema, site_schema
from composer.reading.site_file import KEYS, read_settings

ROOT = Path(__file__).parents[3]
GOOD_SITES = [ROOT / "newsletter.toml", ROOT / "tests" / "rules" / "base" / "newsletter.toml"]
ISSUES = sorted((ROOT / "issues").glob("*/issue.md"))

SITE = """\
[newsletter]
name = "Harbour Watch"
from = "desk@news.example.org"
base_url = "https://news.example.org"
"""
#: Lines that reading refuses, and an editor should mark.
WRONG_IN_SITE = [
    'nmae = "x"',
    'locale = "English please"',
    'images = "inline"',
    'base_url = "ftp://news.example.org"',
    '[provider]\nkind = "pigeon"',
    "[provider.smtp]\nport = 70000",
    '[provider.smtp]\npassword = "secret"',
    "[provider.smtp]\ntimeout_s = 0",
    '[theme]\nink = "black"',
    '[subscribers.fields]\njoined = "time"',
    '[subscribers.fields]\nFirstName = "text"',
    "[segments]\nboard = 1",
    '[checks]\nclients = "Gmail!"',
    '[checks.severity]\n"link/insecure" = "fatal"',
    "[checks.spelling]\nharbor = 1",
]
WRONG_IN_FRONT_MATTER = [
    {"titel": "x"},
    {"date": "20 November 2026"},
    {"schema": 2},
    {"authors": "Mira Okafor"},
    {"subject": {"a": "one"}},
    {"archive": "secret"},
    {"ab_test": {"sample": "half"}},
    {"ab_test": {"metric": "sales"}},
    {"locale": "English please"},
]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMAS[name]())


def test_a_schema_has_every_key_with_a_word_about_it() -> None:
    site: dict[str, Any] = site_schema()
    for table, keys in KEYS.items():
        here = site
        for name in table:
            here = here["properties"][name]
        assert {k for k, v in here["properties"].items() if v.get("description")} >= set(keys)
    issue: dict[str, Any] = issue_schema()
    assert set(issue["properties"]) == set(FRONT_MATTER_KEYS)


@pytest.mark.parametrize("path", GOOD_SITES, ids=lambda p: p.parent.name)
def test_a_good_site_is_good_for_the_schema(path: Path) -> None:
    jsonschema.validate(tomllib.loads(path.read_text(encoding="utf-8")), site_schema())


@pytest.mark.parametrize("path", ISSUES, ids=lambda p: p.parent.name)
def test_a_good_front_matter_is_good_for_the_schema(path: Path) -> None:
    front = path.read_text(encoding="utf-8").split("---\n")[1]
    data = YAML(typ="safe", pure=True).load(front)
    data["date"] = data["date"].isoformat()

    jsonschema.validate(data, issue_schema())


@pytest.mark.parametrize("line", WRONG_IN_SITE)
def test_what_reading_refuses_of_a_site_the_schema_refuses(line: str, tmp_path: Path) -> None:

    text = "\n".join(row for row in SITE.splitlines() if line.partition(" =")[0] not in row)
    (tmp_path / "newsletter.toml").write_text(f"{text}\n{line}\n", encoding="utf-8")

    with pytest.raises(Exception, match=r"newsletter\.toml"):
        read_settings(tmp_path, {})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(f"{text}\n{line}\n"), site_schema())


@pytest.mark.parametrize("change", WRONG_IN_FRONT_MATTER, ids=str)
def test_what_reading_refuses_of_a_front_matter_the_schema_refuses(
    change: dict[str, object],
) -> None:
    good: dict[str, object] = {"title": "Harbour Watch No. 14", "date": "2026-11-20"}
    jsonschema.validate(good, issue_schema())

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(good | change, issue_schema())
