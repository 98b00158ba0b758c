"""What a key is, and the forms that values may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Table = tuple[str, ...]
Form = Mapping[str, object]  #: JSON Schema, draft 7


@dataclass(frozen=True, slots=True)
class Key:
    """`default` is as a person would write it; `required` and `none` speak for themselves."""

    name: str
    form: Form
    means: str
    default: str = "none"


@dataclass(frozen=True, slots=True)
class Words:
    """A table whose keys the site chooses itself: what they look like, and their values."""

    names: str  #: a regular expression
    form: Form
    means: str


def text(**more: object) -> Form:
    return {"type": "string", **more}


def whole(low: int, high: int) -> Form:
    return {"type": "integer", "minimum": low, "maximum": high}


def one_of(*choices: str) -> Form:
    return {"enum": list(choices)}


def listed(form: Form) -> Form:
    return {"type": "array", "items": form}


TEXT, LINE = text(), text(pattern=r"^[^\r\n]*$")
ADDRESS = text(pattern=r"^[^\s<>,;\"]+@[^\s<>,;\"]+$")
MAILBOX = text(pattern="@")
URL = text(pattern="^https?://")
LOCALE = text(pattern="^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")
NAME = text(pattern="^[A-Za-z0-9_-]+$")
COLOUR = text(pattern="^#[0-9A-Fa-f]{6}$")
TRUTH: Form = {"type": "boolean"}
ZONE = text(pattern="^[A-Z][A-Za-z0-9_+/-]*$")
SPAN = text(pattern=r"^[1-9]\d{0,3}\s*[smhdSMHD]$")
PERCENT = text(pattern=r"^([1-9]\d?|100)\s*%$")
RATES: Form = {
    "oneOf": [text(pattern=r"^[1-9]\d*\s*/\s*[a-z]+$"), listed(text(pattern="/"))],
}
SECONDS: Form = {"type": "number", "exclusiveMinimum": 0}
SECRET: Form = {
    "type": "object",
    "properties": {"env": text(pattern="^[A-Z_][A-Z0-9_]*$")},
    "required": ["env"],
    "additionalProperties": False,
}
KEY: Form = {
    "oneOf": [
        SECRET,
        {
            "type": "object",
            "properties": {"file": text(minLength=1)},
            "required": ["file"],
            "additionalProperties": False,
        },
    ]
}
SELECTOR = text(pattern="^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$")
NAMES = listed(LINE)
VARIANTS: Form = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-z][a-z0-9-]{0,19}$"},
    "additionalProperties": LINE,
    "minProperties": 2,
}
