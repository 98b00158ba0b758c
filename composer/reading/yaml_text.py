"""Front matter as text: the few kinds of value that an issue's front matter has."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date

Value = str | int | date | Sequence[str] | Mapping[str, str]

_PLAIN = re.compile(r"[^\W\d_](?:[\w .&'’()/–—+-]*[\w.)’])?")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})


def front_matter(values: Mapping[str, Value]) -> str:
    """`---`, a line for each value that is not empty, and `---`."""
    lines = [f"{key}: {_text(value)}" for key, value in values.items() if value not in ("", (), [])]
    return "\n".join(("---", *lines, "---", ""))


def _text(value: Value) -> str:
    match value:
        case str():
            return scalar(value)
        case int() | date():
            return str(value)
        case Mapping():
            return "{" + ", ".join(f"{key}: {scalar(text)}" for key, text in value.items()) + "}"
        case _:
            return "[" + ", ".join(map(scalar, value)) + "]"


def scalar(text: str) -> str:
    """`text` as it stands where YAML reads it back as that text, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if _shows(c) else f"\\U{ord(c):08X}" for c in quoted)


def _shows(c: str) -> bool:
    return unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co")
