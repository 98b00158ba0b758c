"""Where templates run: no way out, nothing mutable, nothing undefined, and an end to everything.

Templates are their site's own, and a mistake in one must still end in a sentence: a loop over
loops, a macro that calls itself twice, or a text that doubles forty times would otherwise take
the machine with it. Every loop, macro, block and template therefore pays for itself out of the
rendering's `Budget`, and what could make something huge in one step is capped or absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from contextvars import ContextVar
from dataclasses import is_dataclass
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, nodes, pass_context, pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.filters import do_replace, sync_do_join
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from composer.rendering import view

#: Turns of loops and calls of macros; a long issue needs some ten thousand.
MOST_STEPS = 1_000_000
#: What a macro, a block or an included file costs: it takes that much longer than a turn.
_CALL_STEPS = 20
#: Characters written, also by macros into one another.
MOST_CHARS = 32_000_000
#: Items of a `range()` and characters of a text that is multiplied.
MOST_ITEMS = 10_000

#: What templates need. Absent: what pads or repeats without end (`center`, `format`, `batch`),
#: what shows the inside of things (`attr`, `pprint`), and `random`.
FILTERS = frozenset(
    {
        *("abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first"),
        *("float", "forceescape", "groupby", "int", "items", "join", "last", "length", "list"),
        *("lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round"),
        *("safe", "select", "selectattr", "sort", "string", "striptags", "sum", "title", "trim"),
        *("truncate", "unique", "upper", "urlencode", "wordcount"),
    }
)
_METHODS = frozenset(
    {
        *("count", "endswith", "find", "get", "index", "isdigit", "items", "keys", "lower"),
        *("lstrip", "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper"),
        "values",
    }
)
_GLOBALS = frozenset({"dict", "namespace", "range"})
_CHARGE = "_charge"
_VIEWS = frozenset(thing for thing in vars(view).values() if is_dataclass(thing))


class OverBudget(Exception):
    """The template would go on for ever, or nearly."""


class Budget:
    """What one rendering may still spend."""

    def __init__(self) -> None:
        self.steps = MOST_STEPS
        self.chars = MOST_CHARS

    def spend(self, steps: int, chars: int) -> None:
        """Raises OverBudget when there is nothing left."""
        self.steps -= steps
        self.chars -= chars
        if self.steps < 0:
            raise OverBudget(f"it takes more than {MOST_STEPS:,} turns of loops and macros")
        if self.chars < 0:
            raise OverBudget(f"it writes more than {MOST_CHARS:,} characters")


#: The budget of the rendering that goes on in this thread; imported macros see no variables.
BUDGET: ContextVar[Budget] = ContextVar("BUDGET")


class Sandbox(ImmutableSandboxedEnvironment):
    """Autoescape always on; blocks leave no blank lines behind."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            finalize=_finalize,
            cache_size=-1,
            auto_reload=False,
        )
        self.globals = {n: v for n, v in self.globals.items() if n in _GLOBALS}
        self.globals["range"] = _range
        self.filters = {n: f for n, f in self.filters.items() if n in FILTERS}
        self.filters[_CHARGE] = _charge
        self.filters["replace"] = _replace
        self.filters["join"] = _join
        self._asked: set[str] = set()

    def asks_for(self, parts: Set[str]) -> bool:
        """Whether a template that was loaded looks at one of these parts of anything."""
        return not self._asked.isdisjoint(parts)

    @property
    def asked(self) -> frozenset[str]:
        """The names of all parts that its templates look at, as far as they can be seen."""
        return frozenset(self._asked)

    def now_asks_for(self, parts: Set[str]) -> None:
        """A template that looks at these parts was loaded without being read again."""
        self._asked |= parts

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        # A part may also be asked for as a text: `map(attribute="subject")`, `issue["subject"]`.
        self._asked |= {node.attr for node in template.find_all(nodes.Getattr)}
        texts = (node.value for node in template.find_all(nodes.Const))
        self._asked |= {part for text in texts if isinstance(text, str) for part in text.split(".")}
        return Toll().visit(template)  # type: ignore[no-any-return]  # visitors are untyped

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The parts of a view are data through and through: there is no more to ask."""
        if type(obj) in _VIEWS and not attribute.startswith("_"):
            try:
                return getattr(obj, attribute)
            except AttributeError:
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if type(obj) in _VIEWS:  # `issue["sub" ~ "ject"]`
            self._asked.add(str(argument))
        return super().getitem(obj, argument)

    def wrap_str_format(self, value: Any) -> None:
        """`format` is no method of a template: one width in it could fill the memory."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Data may be read; of the methods, only those that cannot make something huge."""
        if not super().is_safe_attribute(obj, attr, value):
            return False
        if isinstance(obj, str | bytes | dict | list | tuple | int | float):
            return attr in _METHODS
        return True

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on numbers that people write; a longer text or list has to be paid."""
        if isinstance(left, str) and operator == "%":
            raise SecurityError("templates have no % for texts; write a ~ b")
        if operator == "*":
            _refuse_long(left, right)
            _refuse_long(right, left)
        if operator == "**" and (abs(right) > 64 or abs(left) > 1_000):
            raise SecurityError("this power is too large for a template")
        made = super().call_binop(context, operator, left, right)
        if isinstance(made, int) and abs(made) > 10**200:
            raise SecurityError("this number is too large for a template")
        if isinstance(made, str | list | tuple):
            BUDGET.get().spend(1, len(made))
        return made


class Toll(NodeTransformer):
    """Makes every body that can run many times pay on each run, by its own length."""

    def visit_Template(self, node: nodes.Template) -> nodes.Template:  # noqa: N802 - Jinja's naming
        self.generic_visit(node)
        if not any(isinstance(child, nodes.Extends) for child in node.body):
            node.body.insert(0, _toll(node, _CALL_STEPS))
        return node

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - Jinja's naming
        self.generic_visit(node)
        if node.test is not None:
            node.test = nodes.And(_paid(1, 0, node.lineno), node.test, lineno=node.lineno)
        node.body.insert(0, _toll(node, 1))
        return node

    def _body(self, node: Any) -> nodes.Node:
        self.generic_visit(node)
        node.body.insert(0, _toll(node, _CALL_STEPS))
        return node  # type: ignore[no-any-return]  # one of the nodes below

    visit_Macro = visit_CallBlock = visit_Block = _body  # noqa: N815 - Jinja's naming

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 - Jinja's naming
        """`a ~ b` becomes `[a ~ b]|_charge`: a text that doubles in a loop has to pay."""
        self.generic_visit(node)
        return nodes.Filter(node, _CHARGE, [], [], None, None, lineno=node.lineno)


def _toll(node: nodes.Node, steps: int) -> nodes.ExprStmt:
    chars = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
    return nodes.ExprStmt(_paid(steps, chars, node.lineno), lineno=node.lineno)


def _paid(steps: int, chars: int, line: int) -> nodes.Filter:
    price = nodes.Const((steps, chars))
    return nodes.Filter(price, _CHARGE, [], [], None, None, lineno=line)


@pass_context  # keeps the compiler from working it out beforehand
def _charge(_context: Context, value: Any) -> Any:
    """Pay a price of steps and characters, or for a text by its length."""
    if isinstance(value, tuple):
        BUDGET.get().spend(*value)
        return True
    BUDGET.get().spend(0, len(value))
    return value


def _finalize(value: Any) -> Any:
    """What every `{{ }}` passes through; None is written as nothing."""
    if isinstance(value, str):
        if budget := BUDGET.get(None):
            budget.spend(0, len(value))
        return value
    return "" if value is None else value


def _range(*arguments: int) -> range:
    made = range(*arguments)
    if len(made) > MOST_ITEMS:
        raise OverBudget(f"range() makes at most {MOST_ITEMS:,} numbers, not {len(made):,}")
    return made


def _refuse_long(value: Any, times: Any) -> None:
    if isinstance(value, str | list | tuple) and len(value) * times > MOST_ITEMS:
        raise OverBudget(f"a text is repeated to more than {MOST_ITEMS:,} characters")


@pass_eval_context
def _replace(context: EvalContext, value: Any, old: str, new: str, count: int | None = None) -> Any:
    BUDGET.get().spend(1, str(value).count(str(old)) * len(str(new)))
    return do_replace(context, value, old, new, count)


@pass_eval_context
def _join(context: EvalContext, value: Any, d: str = "", attribute: str | int | None = None) -> Any:
    pieces = list(value)
    BUDGET.get().spend(1, len(pieces) * len(str(d)))
    return sync_do_join(context, pieces, d, attribute)


def join_capped(pieces: Iterable[str], most_chars: int) -> str:
    """The rendering as one text.

    Raises:
        OverBudget: it is longer than `most_chars`.
    """
    written: list[str] = []
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > most_chars:
            raise OverBudget(f"it writes more than {most_chars:,} characters")
        written.append(piece)
    return "".join(written)
