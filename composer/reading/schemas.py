"""JSON Schemas of what people write, for editors that complete and check while one types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from composer.reading.keys import FRONT_MATTER, SITE, TRANSLATION, WORDS, Key, Table

#: The draft that editors' TOML and YAML plugins understand.
DRAFT = "http://json-schema.org/draft-07/schema#"


def site_schema() -> dict[str, object]:
    """Of newsletter.toml."""
    return {"$schema": DRAFT, "title": "newsletter.toml", **_table(())}


def issue_schema() -> dict[str, object]:
    """Of the front matter of an issue.md."""
    return {"$schema": DRAFT, "title": "front matter of an issue", **_object(FRONT_MATTER, {})}


def translation_schema() -> dict[str, object]:
    """Of the front matter of an issue.xx.md."""
    found = {**_object(TRANSLATION, {}), "title": "front matter of a translation"}
    del found["required"]
    return {"$schema": DRAFT, **found}


SCHEMAS = {"site": site_schema, "issue": issue_schema, "translation": translation_schema}


def _table(here: Table) -> dict[str, object]:
    """A table with the tables below it."""
    if here in WORDS:
        words = WORDS[here]
        return {
            "type": "object",
            "description": words.means,
            "propertyNames": {"pattern": words.names},
            "additionalProperties": words.form,
        }
    depth = len(here)
    names = {t[depth]: None for t in (*SITE, *WORDS) if len(t) > depth and t[:depth] == here}
    below = {name: _table((*here, name)) for name in names}
    return _object(SITE.get(here, ()), below)


def _object(keys: Sequence[Key], below: Mapping[str, object]) -> dict[str, object]:
    properties = {**{key.name: _property(key) for key in keys}, **below}
    found: dict[str, object] = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if required := [key.name for key in keys if key.default == "required"]:
        found["required"] = required
    return found


def _property(key: Key) -> dict[str, object]:
    means = key.means.replace("`", "")
    if key.default not in ("none", "required"):
        means += f" (default: {key.default.replace('`', '')})"
    return {"description": means, **key.form}
