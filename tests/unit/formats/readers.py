"""The outputs, read back as their consumers read them."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator
from lxml import etree  # type: ignore[import-untyped]  # has no types

SCHEMAS = Path(__file__).parents[2] / "schemas"


@cache
def _sarif_schema() -> Draft4Validator:
    return Draft4Validator(json.loads((SCHEMAS / "sarif-2.1.0.json").read_text("utf-8")))


@cache
def _junit_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))


def read_sarif(text: str) -> dict[str, Any]:
    """The one run of a document that holds to the schema of OASIS."""
    document = json.loads(text)
    (run,) = document["runs"]
    assert isinstance(run, dict)
    driver = run["tool"]["driver"]
    # The hundreds of rules are the same in all documents, and take a second each time.
    rules = driver.pop("rules")
    empty = {**document, "runs": [{"tool": {"driver": {**driver, "rules": rules}}, "results": []}]}
    assert _against_sarif(json.dumps(empty)) == []
    assert _against_sarif(json.dumps(document)) == []
    driver["rules"] = rules
    return run


@lru_cache(maxsize=64)
def _against_sarif(text: str) -> list[str]:
    errors = _sarif_schema().iter_errors(json.loads(text))
    return [f"{list(e.absolute_path)}: {e.message}" for e in errors]


def read_junit(text: str) -> Any:
    """The root of a document that holds to the schema of Jenkins' xUnit plugin."""
    root = etree.fromstring(text.encode("utf-8", "replace"))
    schema = _junit_schema()
    assert schema.validate(root), schema.error_log
    for suite in root.iter("testsuite"):
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
        assert suite.get("errors") == str(len(suite.findall("testcase/error")))
        names = [(case.get("classname"), case.get("name")) for case in cases]
        assert len(set(names)) == len(names)
    return root


def read_commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Level, properties and message of each command, split as GitHub's runner does it."""
    found = []
    for line in text.split("\n")[:-1]:
        nothing, head, message = line.split("::", 2)
        assert nothing == ""
        level, _, rest = head.partition(" ")
        pairs = [pair.split("=", 1) for pair in rest.split(",")]
        properties = {key: _unescaped(what, colon=True) for key, what in pairs}
        found.append((level, properties, _unescaped(message, colon=False)))
    return found


def _unescaped(text: str, *, colon: bool) -> str:
    text = text.replace("%0D", "\r").replace("%0A", "\n")
    if colon:
        text = text.replace("%3A", ":").replace("%2C", ",")
    return text.replace("%25", "%")
