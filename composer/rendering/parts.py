"""The parts of a view that a template asks for, compared with those that there are."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from types import UnionType
from typing import Any, ClassVar, TypeAlias, get_args, get_origin, get_type_hints

from jinja2 import nodes
from jinja2.visitor import NodeVisitor

from composer.rendering import view as views
from composer.rendering.engine import no_part

#: A line, what is wrong there, and a hint.
Said: TypeAlias = tuple[int, str, str]
#: As `View` writes it: a dataclass, a union of them, a tuple of one kind; None where not known.
Kind: TypeAlias = Any

#: The names that every template has.
OF_VIEW: Mapping[str, Kind] = get_type_hints(views.View)


def asked(tree: nodes.Node) -> Iterator[nodes.Node]:
    """What a template looks whether it is there, before it uses it."""
    for test in tree.find_all(nodes.Test):
        if test.name in {"defined", "undefined"}:
            yield test.node
    for one in tree.find_all(nodes.Filter):
        if one.name in {"default", "d"} and one.node is not None:
            yield one.node


class Parts(NodeVisitor):
    """Follows names from the view through loops; `found` is what has no such part."""

    def __init__(self, hidden: Collection[str]) -> None:
        self.found: list[Said] = []
        self._kinds: dict[str, Kind] = {n: k for n, k in OF_VIEW.items() if n not in hidden}
        self._asked: set[int] = set()

    def visit_Template(self, node: nodes.Template) -> None:  # noqa: N802 - Jinja's naming
        self._asked = {id(one) for one in asked(node)}
        loops = {id(name) for loop in node.find_all(nodes.For) for name in _targets(loop.target)}
        for name in node.find_all(nodes.Name):
            # Where and when a name was set again, only a rendering knows.
            if name.ctx != "load" and id(name) not in loops:
                self._kinds.pop(name.name, None)
        self.generic_visit(node)

    def visit_For(self, node: nodes.For) -> None:  # noqa: N802 - Jinja's naming
        self.visit(node.iter)
        before = self._kinds
        self._kinds = dict(before)
        for name in _targets(node.target):
            self._kinds.pop(name.name, None)
        if isinstance(node.target, nodes.Name) and (each := _each(self._kind(node.iter, before))):
            self._kinds[node.target.name] = each
        for child in (*node.body, *([node.test] if node.test else [])):
            self.visit(child)
        self._kinds = before
        for child in node.else_:
            self.visit(child)

    def visit_Getattr(self, node: nodes.Getattr) -> None:  # noqa: N802 - Jinja's naming
        self.generic_visit(node)
        kinds = _classes(self._kind(node.node, self._kinds))
        if kinds and id(node) not in self._asked and not any(node.attr in _has(k) for k in kinds):
            thing = kinds[0].__name__ if len(kinds) == 1 else "Block"
            self.found.append((node.lineno, *no_part(thing, node.attr)))

    def _kind(self, node: nodes.Node, kinds: Mapping[str, Kind]) -> Kind:
        if isinstance(node, nodes.Name):
            return kinds.get(node.name)
        if isinstance(node, nodes.Getattr):
            found = [
                _has(kind)[node.attr]
                for kind in _classes(self._kind(node.node, kinds))
                if node.attr in _has(kind)
            ]
            return found[0] if len(found) == 1 else None
        return None


def _targets(target: nodes.Node) -> list[nodes.Name]:
    return [target] if isinstance(target, nodes.Name) else [*target.find_all(nodes.Name)]


@lru_cache(maxsize=64)
def _has(kind: type) -> Mapping[str, Kind]:
    """The parts of a dataclass of the view, with what each of them is."""
    hints = get_type_hints(kind)
    own = {name: hint for name, hint in hints.items() if get_origin(hint) is not ClassVar}
    return {**own, **dict.fromkeys(n for n in dir(kind) if not n.startswith("_") and n not in own)}


def _classes(kind: Kind) -> list[type]:
    """The dataclasses that a thing may be; none when it may be something else."""
    several = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    several = tuple(one for one in several if one is not type(None))
    return [*several] if several and all(map(dataclasses.is_dataclass, several)) else []


def _each(kind: Kind) -> Kind:
    """What a loop over it gives."""
    origin: object = get_origin(kind)
    return get_args(kind)[0] if origin is tuple else None
