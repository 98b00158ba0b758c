"""What MJML allows: its components, their attributes, the values of these, who stands in whom.

The table is made from npm's mjml by `scripts/make_mjml_schema.py`; a value is judged by the
same patterns as there.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from composer.reading.suggest import near

_TABLE = Path(__file__).parents[1] / "tables" / "mjml.json"

#: On every component (mjml-validator, `validAttributes`).
_EVERYWHERE = {"mj-class": "string", "css-class": "string"}
#: Names that are MJML and no component of their own (mjml-validator, `validTag`).
_WITHOUT_COMPONENT: Mapping[str, Mapping[str, str]] = {
    "mjml": {"lang": "string", "dir": "enum(ltr,rtl,auto)", "owa": "enum(desktop,mobile)"},
    "mj-include": {"path": "string", "type": "enum(mjml,html,css)", "css-inline": "enum(inline)"},
    "mj-selector": {"path": "string"},
    "mj-html-attribute": {"name": "string"},
}
_HEX = re.compile(r"#([0-9a-f]{3}){1,2}", re.IGNORECASE)
_RGB = re.compile(
    r"rgba?\(\d{1,3},\s?\d{1,3},\s?\d{1,3}(,\s?\d(\.\d{1,3})?)?\)",
    re.IGNORECASE,
)
_TYPE = re.compile(r"(\w+)(?:\(([^)]*)\))?(?:\{(\d+),(\d+)\})?")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Schema:
    """`attributes` has an entry for every name that MJML knows; `ending` holds HTML, no MJML."""

    version: str
    attributes: Mapping[str, Mapping[str, str]]
    children: Mapping[str, frozenset[str]]
    ending: frozenset[str]
    colors: frozenset[str]

    def holds(self, parent: str, child: str) -> bool:
        """Whether `child` may stand directly in `parent`."""
        inside = self.children.get(parent, frozenset())
        return child == "mj-include" or child in inside or "*" in inside

    def parents(self, child: str) -> tuple[str, ...]:
        """Where `child` may stand, sorted."""
        if child in {"mj-all", "mj-class"}:
            return ("mj-attributes",)
        return tuple(sorted(parent for parent, inside in self.children.items() if child in inside))

    def value_problem(self, kind: str, value: str) -> tuple[str, str] | None:
        """What is wrong with `value` for the type `kind` of the table, and what to write."""
        name, allowed, least, most = _parsed(kind)
        match name:
            case "color":
                return self._color_problem(value)
            case "unit" | "unitWithNegative":
                count = (int(least or 1), int(most or least or 1))
                return _unit_problem(allowed.split(","), count, value, minus=name != "unit")
            case "enum":
                known = allowed.split(",")
                return None if value in known else ("is not one of its values", near(value, known))
            case "boolean":
                fits = value in {"true", "false"}
                return None if fits else ("is neither true nor false", "write true or false")
            case "integer":
                return None if re.search(r"\d", value) else ("is no number", "write a number")
            case _:
                return None

    def _color_problem(self, value: str) -> tuple[str, str] | None:
        if value in self.colors or _HEX.fullmatch(value) or _RGB.search(value):
            return None
        close = difflib.get_close_matches(value.lower(), self.colors, n=1)
        if close:
            return "is no colour", f"did you mean {close[0]!r}?"
        if re.fullmatch(r"[0-9a-fA-F]{3}|[0-9a-fA-F]{6}", value):
            return "is no colour", f"write #{value}"
        return "is no colour", "write #rrggbb, rgb(0, 0, 0) or a colour's name"


@lru_cache(maxsize=1)
def schema() -> Schema:
    """The table, read once."""
    table = json.loads(_TABLE.read_text(encoding="utf-8"))
    components: dict[str, dict[str, str]] = {
        name: {**_EVERYWHERE, **component["attributes"]}
        for name, component in table["components"].items()
    }
    some = {name: kind for own in components.values() for name, kind in own.items()}
    # A class may carry what any component takes; the value is judged where it is not ambiguous.
    shared = {name: _common(name, kind, components) for name, kind in some.items()}
    return Schema(
        version=table["version"],
        attributes={
            **components,
            **_WITHOUT_COMPONENT,
            "mj-all": shared,
            "mj-class": {**shared, "name": "string"},
        },
        children={parent: frozenset(inside) for parent, inside in table["children"].items()},
        ending=frozenset(name for name, c in table["components"].items() if c["ending"]),
        colors=frozenset(table["colors"].split()),
    )


def _common(name: str, kind: str, components: Mapping[str, Mapping[str, str]]) -> str:
    same = all(own.get(name, kind) == kind for own in components.values())
    return kind if same else "string"


@lru_cache(maxsize=256)
def _parsed(kind: str) -> tuple[str, str, str, str]:
    match = _TYPE.match(kind)
    if match is None:
        return "string", "", "", ""
    return match[1], match[2] or "", match[3] or "", match[4] or ""


def _unit_problem(
    units: list[str], count: tuple[int, int], value: str, *, minus: bool
) -> tuple[str, str] | None:
    least, most = count
    if _unit_pattern(",".join(units), f"{least},{most}", minus=minus).fullmatch(value):
        return None
    named = [unit for unit in units if unit]
    parts = value.split()
    if least <= len(parts) <= most and all(map(_NUMBER.fullmatch, parts)) and "px" in named:
        return "has no unit", f"write {' '.join(p if p == '0' else f'{p}px' for p in parts)}"
    if not least <= len(parts) <= most:
        return f"has {len(parts)} values", f"write {least} to {most}" if most > 1 else "write one"
    return "is no such size", f"write a number with {' or '.join(named)}"


@lru_cache(maxsize=64)
def _unit_pattern(units: str, count: str, *, minus: bool) -> re.Pattern[str]:
    names = units.split(",")
    auto = "|auto" if "auto" in names else ""
    ends = "|".join(re.escape(name) for name in names if name != "auto")
    digit = "[-0-9,.]" if minus else "[0-9,.]"
    return re.compile(f"(?:(?:{digit}+(?:{ends})|0{auto}) ?){{{count}}}")
