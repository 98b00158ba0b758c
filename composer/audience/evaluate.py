"""Does a rule hold for one subscriber? The same answer as the database gives."""

from __future__ import annotations

from datetime import date
from operator import eq, ge, gt, le, lt
from typing import Any

from composer.audience.rule import (
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
from composer.model.subscriber import FieldValue, Subscriber

_OPERATORS: dict[str, Any] = {"==": eq, "<": lt, "<=": le, ">": gt, ">=": ge}


def holds(rule: Rule, subscriber: Subscriber) -> bool:
    """Whether `subscriber` is in the segment of `rule`."""
    match rule:
        case All():
            return all(holds(part, subscriber) for part in rule.parts)
        case AnyOf():
            return any(holds(part, subscriber) for part in rule.parts)
        case Not():
            return not holds(rule.part, subscriber)
        case _:
            return _atom(rule, subscriber)


def _atom(rule: Compare | OneOf | Contains | Affix | Has, subscriber: Subscriber) -> bool:
    value = value_of(rule.field, subscriber)
    if value is None:
        return False
    match rule:
        case Compare():
            return bool(_OPERATORS[rule.operator](value, rule.value))
        case OneOf():
            return value in rule.values
        case Contains():
            return isinstance(value, frozenset) and rule.value in value
        case Affix():
            text = str(value)
            return text.endswith(rule.text) if rule.at_end else text.startswith(rule.text)
        case Has():
            return True


def value_of(field: Field, subscriber: Subscriber) -> FieldValue | date | None:
    """A subscriber's value as rules see it; None when there is none."""
    match field.name:
        case "address":
            return str(subscriber.address)
        case "domain":
            return subscriber.address.domain
        case "status":
            return "confirmed" if subscriber.confirmed else "unconfirmed"
        case "locale":
            return subscriber.locale or None
        case "consent_source":
            return subscriber.consent_source or None
        case _:
            return subscriber.fields.get(field.name)
