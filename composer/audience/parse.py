"""Read segment rules: a small, safe subset of Python's expressions, parsed and never evaluated."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping
from datetime import date

from composer.audience.rule import (
    BUILT_IN_TYPES,
    EVERYONE,
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
    Value,
)
from composer.audience.rule_text import RuleText
from composer.errors import AudienceError, SourceError
from composer.model.finding import Finding, Severity
from composer.model.settings import FieldType, SegmentRule, Settings
from composer.reading.field_values import read_value

MAX_RULE_DEPTH = 20
MAX_RULE_CONDITIONS = 200
LARGEST_NUMBER = 10**300  # below the largest that a database holds

_OPERATORS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_KINDS = {
    FieldType.TEXT: "text",
    FieldType.NUMBER: "a number",
    FieldType.DATE: "a date",
    FieldType.BOOLEAN: "true or false",
    FieldType.SET: "a set",
}
_FORMS = {
    FieldType.NUMBER: "a number, as 3",
    FieldType.BOOLEAN: "True or False",
    FieldType.DATE: 'a date, as "2026-11-20"',
}
_FUNCTIONS = ("startswith", "endswith", "has")
_ALLOWED = "and, or, not, == != < <= > >=, in, not in, startswith(x, …), endswith(x, …), has(x)"


def compile_rules(settings: Settings) -> Mapping[str, Rule]:
    """The site's segments by name, `everyone` first.

    Raises:
        SourceError: one or more rules are wrong; each is a finding with its place.
    """
    rules: dict[str, Rule] = {EVERYONE: All(())}
    wrong: list[Finding] = []
    for name, segment in settings.segments.items():
        try:
            rules[name] = parse_rule(segment, settings.fields)
        except AudienceError as error:
            wrong.append(_finding(error, segment))
    if wrong:
        wrong.sort(key=lambda found: (found.line, found.column))
        raise SourceError(wrong)
    return rules


def _finding(error: AudienceError, segment: SegmentRule) -> Finding:
    at = error.place or segment.place
    return Finding(
        "config/segment-rule",
        Severity.ERROR,
        error.problem,
        error.hint,
        at.path,
        at.line or 1,
        at.column or 1,
    )


def parse_rule(segment: SegmentRule, fields: Mapping[str, FieldType]) -> Rule:
    """The tree of one rule.

    Raises:
        AudienceError: it is not a rule; the place is that of the wrong part.
    """
    text = RuleText(segment)
    return _Parser(text, fields).read(text.tree(), 0)


class _Parser:
    def __init__(self, text: RuleText, fields: Mapping[str, FieldType]) -> None:
        self._error = text.error
        self._types = {**BUILT_IN_TYPES, **fields}
        self._conditions = 0

    # --- conditions -------------------------------------------------------------------

    def read(self, node: ast.expr, depth: int) -> Rule:
        if depth > MAX_RULE_DEPTH:
            raise self._error("the rule is nested too deeply", node)
        match node:
            case ast.BoolOp():
                parts = tuple(self.read(part, depth + 1) for part in node.values)
                return All(parts) if isinstance(node.op, ast.And) else AnyOf(parts)
            case ast.UnaryOp(op=ast.Not()):
                return Not(self.read(node.operand, depth + 1))
            case ast.Compare():
                return self._comparison(node)
            case ast.Call():
                return self._call(node)
            case ast.Name():
                return self._truth(node)
            case _:
                raise self._error("this is not part of the rule language", node, hint=_ALLOWED)

    def _truth(self, node: ast.Name) -> Rule:
        found = self._field(node)
        if found.type is FieldType.BOOLEAN:
            return Compare(found, "==", value=True)
        raise self._error(
            f"{found.name!r} alone says nothing",
            node,
            hint=f'{found.name} == "…" or has({found.name})',
        )

    def _comparison(self, node: ast.Compare) -> Rule:
        parts = []
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            symbol = _OPERATORS.get(type(operator))
            if symbol is None:
                raise self._error("rules compare values with == and !=", node, hint=_ALLOWED)
            parts.append(self._pair(left, symbol, right))
            left = right
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _pair(self, left: ast.expr, symbol: str, right: ast.expr) -> Rule:
        self._count(left)
        if symbol in {"in", "not in"}:
            inside = self._membership(left, right)
            return inside if symbol == "in" else Not(inside)
        if not isinstance(left, ast.Name):
            if not isinstance(right, ast.Name):
                raise self._error("one side must be a field", left, hint='as in role == "board"')
            left, right, symbol = right, left, _MIRRORED[symbol]
        found = self._field(left)
        if found.type is FieldType.SET:
            raise self._error(
                f"{found.name!r} is a set", left, hint=f'write "policy" in {found.name}'
            )
        value = self._value(right, found)
        if symbol in {"<", "<=", ">", ">="} and found.type in {FieldType.TEXT, FieldType.BOOLEAN}:
            raise self._error(
                f"{found.name!r} is {_KINDS[found.type]}: it has no order",
                left,
                hint="declare it as a number or a date in [subscribers.fields]",
            )
        if symbol == "!=":
            return Not(Compare(found, "==", value))
        return Compare(found, symbol, value)

    def _membership(self, left: ast.expr, right: ast.expr) -> Rule:
        if isinstance(left, ast.Name) and isinstance(right, ast.Tuple | ast.List | ast.Set):
            found = self._field(left)
            if found.type is FieldType.SET:
                raise self._error(
                    f"{found.name!r} is a set", left, hint=f'write "policy" in {found.name}'
                )
            if not right.elts:
                raise self._error("nothing is listed here", right)
            return OneOf(found, tuple(self._value(item, found) for item in right.elts))
        if isinstance(right, ast.Name):
            found = self._field(right)
            if found.type is not FieldType.SET:
                raise self._error(
                    f"{found.name!r} is {_KINDS[found.type]}, not a set",
                    right,
                    hint=f'write {found.name} in ("…", "…"), or declare it as a set',
                )
            return Contains(found, self._text(left))
        raise self._error(
            "`in` needs a field on one side",
            right,
            hint='country in ("US", "CA"), or "policy" in topics',
        )

    def _call(self, node: ast.Call) -> Rule:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in _FUNCTIONS or node.keywords:
            near = difflib.get_close_matches(name, _FUNCTIONS, n=1)
            hint = f"did you mean {near[0]}?" if near else _ALLOWED
            raise self._error("rules have no such function", node, hint=hint)
        wanted = 1 if name == "has" else 2
        if len(node.args) != wanted or not isinstance(node.args[0], ast.Name):
            form = "has(field)" if name == "has" else f'{name}(field, "text")'
            raise self._error(f"{name} is written {form}", node)
        self._count(node)
        found = self._field(node.args[0])
        if name == "has":
            return Has(found)
        if found.type is not FieldType.TEXT:
            raise self._error(f"{found.name!r} is {_KINDS[found.type]}, not text", node)
        return Affix(found, self._text(node.args[1]), at_end=name == "endswith")

    def _count(self, node: ast.expr) -> None:
        """A database reads an expression of a thousand conditions no more; stay far below."""
        self._conditions += 1
        if self._conditions > MAX_RULE_CONDITIONS:
            hint = f'at most {MAX_RULE_CONDITIONS}; `in ("…", "…")` counts as one'
            raise self._error("the rule has too many conditions", node, hint=hint)

    # --- names and values -------------------------------------------------------------

    def _field(self, node: ast.Name) -> Field:
        """A field that is not declared is text; one that looks like a slip of the pen is not."""
        name = "address" if node.id == "email" else node.id
        if name in self._types:
            return Field(name, self._types[name])
        near = difflib.get_close_matches(name.lower(), self._types, n=1, cutoff=0.8)
        if near:
            hint = f"did you mean {near[0]!r}? else declare it in [subscribers.fields]"
            raise self._error(f"there is no field {name!r}", node, hint=hint)
        if name != name.lower():
            raise self._error(f"there is no field {name!r}", node, hint=f"write {name.lower()}")
        return Field(name, FieldType.TEXT)

    def _text(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            raise self._error("a text in quotes is needed here", node)
        if not node.value.strip():
            raise self._error("an empty text is no value", node, hint="write has(…) or not has(…)")
        if any(c < " " or "\ud800" <= c <= "\udfff" for c in node.value):
            raise self._error("no field holds such a character", node)
        return node.value

    def _value(self, node: ast.expr, found: Field) -> Value:
        value: Value | None = None
        if found.type is FieldType.NUMBER:
            value = _number(node)
        elif isinstance(node, ast.Constant):
            value = self._constant(node, found.type)
        if value is None:
            form = _FORMS.get(found.type, 'a text, as "board"')
            raise self._error(
                f"{found.name!r} is {_KINDS[found.type]}", node, hint=f"compare it with {form}"
            )
        return value

    def _constant(self, node: ast.Constant, kind: FieldType) -> Value | None:
        if kind is FieldType.BOOLEAN:
            return node.value if isinstance(node.value, bool) else None
        if not isinstance(node.value, str):
            return None
        if kind is not FieldType.DATE:
            return self._text(node)
        try:
            day = read_value(node.value, kind)
        except ValueError:
            return None
        return day if isinstance(day, date) else None


def _number(node: ast.expr) -> float | None:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as inner):
            value = _number(inner)
            return None if value is None else -value
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number) if abs(number) < LARGEST_NUMBER else None
        case _:
            return None
