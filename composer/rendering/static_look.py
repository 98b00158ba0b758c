"""A look at a template without data: what would go wrong, also where no issue has led yet.

Names and their parts are compared with what a `View` has; where a template makes a name itself,
nothing is known of its parts, and nothing is said. The words are those of a rendering, so that
what both find is told once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.meta import find_undeclared_variables

from composer.errors import Place, TemplateError
from composer.reading.suggest import near
from composer.rendering.engine import no_name, tools_like
from composer.rendering.parts import OF_VIEW, Parts, Said, asked
from composer.rendering.sandbox import Sandbox
from composer.rendering.templates import SUFFIX, Templates

_LOADS = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
_PATHS = "paths begin at email_templates/"
#: What Jinja itself brings into macros and loops.
_OWN = frozenset({"caller", "kwargs", "loop", "self", "super", "varargs"})


class StaticLook:
    """At the templates of one site, as they are when it is made."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._environment = Sandbox(BaseLoader())
        self._trees: dict[str, nodes.Template] = {}
        self._made: dict[str, frozenset[str]] = {}

    def problems(self, name: str) -> list[TemplateError]:
        """What is wrong with the file `name`, in the order of its lines, each said once.

        Raises:
            TemplateError: the file cannot be read.
        """
        path = self._templates.path(name)
        source = self._templates.read(name)
        if path is None or source is None:
            return []
        try:
            return self._problems(name, source, path)
        except RecursionError:
            hint = "let macros or files of their own hold what is within"
            return [TemplateError("is nested too deeply", place=Place(path), hint=hint)]

    def _problems(self, name: str, source: str, path: Path) -> list[TemplateError]:
        try:
            tree = self._tree(name, source, path)
        except TemplateSyntaxError as error:
            said = error.message or "is not a template"
            hint = tools_like(said, self._environment)
            return [TemplateError(said, place=Place(path, error.lineno), hint=hint)]
        given = frozenset() if name.endswith(SUFFIX) else self._made_anywhere
        parts = Parts(OF_VIEW.keys() & given)
        parts.visit(tree)
        found = [
            *parts.found,
            *self._unknown_names(tree, given | self._made_in(name)),
            *self._unknown_tools(tree),
            *self._lost_files(tree),
        ]
        return [
            TemplateError(problem, place=Place(path, line), hint=hint)
            for line, problem, hint in dict.fromkeys(sorted(found))
        ]

    def _tree(self, name: str, source: str, path: Path) -> nodes.Template:
        """The file `name` as it was read, each once."""
        if name not in self._trees:
            self._trees[name] = self._environment.parse(source, name, str(path))
        return self._trees[name]

    @cached_property
    def _made_anywhere(self) -> frozenset[str]:
        """What a file that others include may find where it is included."""
        return frozenset().union(*map(self._made_in, self._files))

    def _made_in(self, name: str) -> frozenset[str]:
        """Every name that the file `name` gives to something; none where there is no such file."""
        if name not in self._made:
            self._made[name] = frozenset()
            try:
                path, source = self._templates.path(name), self._templates.read(name)
                if path is not None and source is not None:
                    self._made[name] = _made(self._tree(name, source, path))
            except (TemplateError, TemplateSyntaxError, RecursionError):
                pass  # told of that file itself
        return self._made[name]

    def _unknown_names(self, tree: nodes.Template, given: frozenset[str]) -> Iterator[Said]:
        known = {*OF_VIEW, *self._environment.globals, *_OWN, *given}
        known |= {node.name for node in asked(tree) if isinstance(node, nodes.Name)}
        try:
            unknown = find_undeclared_variables(tree) - known
        except TemplateSyntaxError:  # a filter that there is not
            return
        for node in tree.find_all(nodes.Name):
            if node.name in unknown:
                unknown.remove(node.name)
                yield (node.lineno, *no_name(node.name))

    def _unknown_tools(self, tree: nodes.Template) -> Iterator[Said]:
        of_kind = ((nodes.Filter, self._environment.filters), (nodes.Test, self._environment.tests))
        for kind, known in of_kind:
            for node in tree.find_all(kind):
                if node.name not in known:
                    problem = f"No {kind.__name__.lower()} named {node.name!r}."
                    yield node.lineno, problem, tools_like(problem, self._environment)

    def _lost_files(self, tree: nodes.Template) -> Iterator[Said]:
        loads: Iterable[Any] = tree.find_all(_LOADS)
        for node in loads:
            names = _names(node.template)
            if not names or getattr(node, "ignore_missing", False):
                continue
            there = [name for name in names if self._is_there(name)]
            if not there:
                problem = f"there is no file {names[-1]!r} in email_templates/"
                yield node.lineno, problem, near(names[-1], self._files, otherwise=_PATHS)
            elif isinstance(node, nodes.FromImport):
                yield from self._lost_macros(node, there[0])

    @cached_property
    def _files(self) -> list[str]:
        found = (
            path.relative_to(folder).as_posix()
            for folder in self._templates.folders
            for path in sorted(folder.rglob("*.j2"))
        )
        return list(dict.fromkeys(found))  # the site's own stand before ours of the same name

    def _is_there(self, name: str) -> bool:
        try:
            return self._templates.path(name) is not None
        except TemplateError:
            return False

    def _lost_macros(self, node: nodes.FromImport, file: str) -> Iterator[Said]:
        made = self._made_in(file)
        for wanted in node.names:
            name = wanted[0] if isinstance(wanted, tuple) else wanted
            if made and name not in made:
                yield node.lineno, f"{file!r} has no {name!r}", ""


def _made(tree: nodes.Template) -> frozenset[str]:
    """Every name that a template gives to something, wherever it does."""
    made = {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}
    made |= {node.name for node in tree.find_all(nodes.Macro)}
    made |= {node.target for node in tree.find_all(nodes.Import)}
    for node in tree.find_all(nodes.FromImport):
        made |= {name[1] if isinstance(name, tuple) else name for name in node.names}
    return frozenset(made)


def _names(template: nodes.Expr) -> list[str]:
    """The files that are named word for word; none when one of them is put together."""
    several = template.items if isinstance(template, nodes.List | nodes.Tuple) else [template]
    if not all(isinstance(one, nodes.Const) and isinstance(one.value, str) for one in several):
        return []
    return [one.value for one in several if isinstance(one, nodes.Const)]
