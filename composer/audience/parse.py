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
from composer.errors import AudienceError, ConfigError, Place
from composer.model.settings import FieldType, SegmentRule, Settings

MAX_RULE_CHARS = 4_000
MAX_RULE_DEPTH = 40

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
_FUNCTIONS = ("startswith", "endswith", "has")
_ALLOWED = "and, or, not, == != < <= > >=, in, not in, startswith(x, …), endswith(x, …), has(x)"


def compile_rules(settings: Settings) -> Mapping[str, Rule]:
    """The site's segments by name, `everyone` first.

    Raises:
        ConfigError: one or more rules are wrong; each is told with its place.
    """
    rules: dict[str, Rule] = {EVERYONE: All(())}
    wrong: list[AudienceError] = []
    for name, segment in settings.segments.items():
        try:
            rules[name] = parse_rule(segment, settings.fields)
        except AudienceError as error:
            wrong.append(error)
    if wrong:
        first, *others = wrong
        more = "".join(f"\n{error}" for error in others)
        raise ConfigError(first.problem, place=first.place, hint=first.hint + more)
    return rules


def parse_rule(segment: SegmentRule, fields: Mapping[str, FieldType]) -> Rule:
    """The tree of one rule.

    Raises:
        AudienceError: it is not a rule; the place is that of the wrong part.
    """
    return _Parser(segment, fields).rule()


class _Parser:
    def __init__(self, segment: SegmentRule, fields: Mapping[str, FieldType]) -> None:
        self._segment = segment
        self._types = {**BUILT_IN_TYPES, **fields}

    def rule(self) -> Rule:
        text = self._segment.rule
        if len(text) > MAX_RULE_CHARS:
            raise self._error(f"the rule is longer than {MAX_RULE_CHARS:,} characters")
        if not text.strip():
            raise self._error("the rule is empty", hint='write a condition, as role == "board"')
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            column = (getattr(error, "offset", None) or 1) - 1
            message = getattr(error, "msg", None) or "it cannot be read"
            raise self._error(f"this is not a rule: {message}", column=column) from None
        return self._read(tree.body, 0)

    # --- conditions -------------------------------------------------------------------

    def _read(self, node: ast.expr, depth: int) -> Rule:
        if depth > MAX_RULE_DEPTH:
            raise self._error("the rule is nested too deeply", node)
        match node:
            case ast.BoolOp():
                parts = tuple(self._read(part, depth + 1) for part in node.values)
                return All(parts) if isinstance(node.op, ast.And) else AnyOf(parts)
            case ast.UnaryOp(op=ast.Not()):
                return Not(self._read(node.operand, depth + 1))
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
        if symbol in {"in", "not in"}:
            inside = self._membership(left, right)
            return inside if symbol == "in" else Not(inside)
        if not isinstance(left, ast.Name):
            left, right, symbol = right, left, _MIRRORED[symbol]
        if not isinstance(left, ast.Name):
            raise self._error("one side must be a field", left, hint='as in role == "board"')
        found = self._field(left)
        if found.type is FieldType.SET:
            raise self._error(
                f"{found.name!r} is a set", left, hint=f'write "policy" in {found.name}'
            )
        value = self._value(right, found)
        if symbol in {"<", "<=", ">", ">="} and found.type in {FieldType.TEXT, FieldType.BOOLEAN}:
            raise self._error(
                f"{found.name!r} is {found.type}: it has no order",
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
            return OneOf(found, tuple(self._value(item, found) for item in right.elts))
        if isinstance(right, ast.Name):
            found = self._field(right)
            if found.type is not FieldType.SET:
                raise self._error(
                    f"{found.name!r} is {found.type}, not a set",
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
        found = self._field(node.args[0])
        if name == "has":
            return Has(found)
        if found.type is not FieldType.TEXT:
            raise self._error(f"{found.name!r} is {found.type}, not text", node)
        return Affix(found, self._text(node.args[1]), at_end=name == "endswith")

    # --- names and values -------------------------------------------------------------

    def _field(self, node: ast.Name) -> Field:
        name = node.id
        if name == "email":
            name = "address"
        known = self._types.get(name)
        if known is None:
            near = difflib.get_close_matches(name, self._types, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "declare it in [subscribers.fields]"
            raise self._error(f"there is no field {name!r}", node, hint=hint)
        return Field(name, known)

    def _text(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        raise self._error("a text in quotes is needed here", node)

    def _value(self, node: ast.expr, found: Field) -> Value:
        negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        inner = node.operand if isinstance(node, ast.UnaryOp) and negative else node
        raw = inner.value if isinstance(inner, ast.Constant) else None
        match found.type:
            case FieldType.NUMBER if type(raw) in {int, float} and abs(float(str(raw))) < 1e300:
                return -float(str(raw)) if negative else float(str(raw))
            case FieldType.BOOLEAN if isinstance(raw, bool):
                return raw
            case FieldType.DATE if isinstance(raw, str):
                try:
                    return date.fromisoformat(raw)
                except ValueError:
                    pass
            case FieldType.TEXT | FieldType.SET if isinstance(raw, str):
                return raw
            case _:
                pass
        forms = {
            FieldType.NUMBER: "a number, as 3",
            FieldType.BOOLEAN: "True or False",
            FieldType.DATE: 'a date, as "2026-11-20"',
        }
        form = forms.get(found.type, 'a text, as "board"')
        raise self._error(f"{found.name!r} is {found.type}", node, hint=f"compare it with {form}")

    def _error(
        self,
        problem: str,
        node: ast.expr | None = None,
        *,
        hint: str = "",
        column: int = 0,
    ) -> AudienceError:
        offset = node.col_offset if node is not None else column
        place = self._segment.place
        at = Place(place.path, place.line, (place.column or 1) + offset)
        return AudienceError(f"segment {self._segment.name!r}: {problem}", place=at, hint=hint)
