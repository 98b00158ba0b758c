"""Why a subscriber is in a segment, or not: each part of the rule with the value it met."""

from __future__ import annotations

from collections.abc import Iterator

from composer.audience.evaluate import holds, value_of
from composer.audience.rule import (
    Affix,
    All,
    AnyOf,
    Compare,
    Contains,
    Has,
    Not,
    OneOf,
    Rule,
    Value,
)
from composer.model.subscriber import FieldValue, Subscriber


def explain(rule: Rule, subscriber: Subscriber) -> list[str]:
    """One line for each part, indented under the part it belongs to: `✓` holds, `✗` does not."""
    if rule == All(()):
        return ["✓ everyone"]
    return list(_lines(rule, subscriber, 0))


def _lines(rule: Rule, subscriber: Subscriber, depth: int) -> Iterator[str]:
    mark = "✓" if holds(rule, subscriber) else "✗"
    indent = "  " * depth
    match rule:
        case All() | AnyOf():
            yield f"{indent}{mark} {'all of' if isinstance(rule, All) else 'any of'}"
            for part in rule.parts:
                yield from _lines(part, subscriber, depth + 1)
        case Not(part=Compare() | OneOf() | Contains() | Affix() | Has()):
            yield f"{indent}{mark} not {_atom(rule.part, subscriber)}"
        case Not():
            yield f"{indent}{mark} not"
            yield from _lines(rule.part, subscriber, depth + 1)
        case _:
            yield f"{indent}{mark} {_atom(rule, subscriber)}"


def _atom(rule: Rule, subscriber: Subscriber) -> str:
    assert isinstance(rule, Compare | OneOf | Contains | Affix | Has)  # noqa: S101 - by the caller
    name, text = rule.field.name, ""
    match rule:
        case Compare():
            text = f"{name} {rule.operator} {shown(rule.value)}"
        case OneOf():
            text = f"{name} in ({', '.join(map(shown, rule.values))})"
        case Contains():
            text = f"{shown(rule.value)} in {name}"
        case Affix():
            text = f"{'endswith' if rule.at_end else 'startswith'}({name}, {shown(rule.text)})"
        case Has():
            text = f"has({name})"
    value = value_of(rule.field, subscriber)
    return f"{text}   ({name} is {shown(value) if value is not None else 'missing'})"


def shown(value: Value | FieldValue) -> str:
    """A value as it would be written in a rule."""
    if isinstance(value, frozenset):
        return "{" + ", ".join(f'"{item}"' for item in sorted(value)) + "}"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, bool):
        return str(value)
    return f'"{value}"'
