"""Which functions of the storage hold statements that change lines of the ledger, and which ran."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Connection, Engine, event

import composer.storage

TABLE = "deliveries"
_FOLDER = Path(composer.storage.__file__).parent
_ROOM = "composer.storage."
_CHANGES = re.compile(rf"\b(UPDATE|INSERT INTO|DELETE FROM|COPY)\s+\"?{TABLE}\b")
_MAKERS = frozenset({"update", "insert", "delete"})


@dataclass(frozen=True)
class Holder:
    """A function that holds a statement which changes lines; `calls` are the names it calls."""

    name: str
    calls: frozenset[str]

    @property
    def drops(self) -> bool:
        return "tallies.drop" in self.calls


@cache
def holders(folder: Path = _FOLDER) -> Mapping[str, Holder]:
    """By their names, such as `ledger.SqlLedger.begin`: found in the source, none is listed."""
    trees = _trees(folder)
    texts = {name for tree in trees.values() for name in _texts(tree)}
    return {
        name: Holder(name, _calls(node))
        for name, node in _functions(trees)
        if any(_changes(part, texts) for part in ast.walk(node))
    }


def callers(name: str) -> list[Holder]:
    """Every function of the storage that calls `module.function`."""
    found = ((own, _calls(node)) for own, node in _functions(_trees(_FOLDER)))
    return [Holder(own, calls) for own, calls in found if name in calls]


def _trees(folder: Path) -> dict[str, ast.Module]:
    return {path.stem: ast.parse(path.read_text("utf-8")) for path in sorted(folder.glob("*.py"))}


def _functions(trees: Mapping[str, ast.Module]) -> Iterator[tuple[str, ast.FunctionDef]]:
    for module, tree in trees.items():
        for node in tree.body:
            inner = node.body if isinstance(node, ast.ClassDef) else [node]
            prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
            for part in inner:
                if isinstance(part, ast.FunctionDef):
                    yield f"{module}.{prefix}{part.name}", part


def _texts(tree: ast.Module) -> Iterator[str]:
    """Names of a module's constants that hold such a statement, or one that another holds."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            _is_text(part) or (isinstance(part, ast.Name) and part.id in found)
            for part in ast.walk(node.value)
        ):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    yield from found


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(_CHANGES.search(node.value))
    )


def _changes(node: ast.AST, texts: set[str]) -> bool:
    if _is_text(node):
        return True
    if isinstance(node, ast.Name):
        return node.id in texts
    if isinstance(node, ast.Attribute):
        return node.attr in texts
    if not isinstance(node, ast.Call):
        return False
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    if any(isinstance(one, ast.Constant) and one.value == TABLE for one in given):
        return True  # the table by its name, as for COPY
    of_table = any(_named(one).rpartition(".")[2] == TABLE for one in given)
    return of_table and _named(node.func).rpartition(".")[2] in _MAKERS


def _calls(node: ast.FunctionDef) -> frozenset[str]:
    return frozenset(_named(part.func) for part in ast.walk(node) if isinstance(part, ast.Call))


def _named(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_named(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


# --- what runs ------------------------------------------------------------------------------


@dataclass
class Seen:
    """Who changed at least one line; `resting`: while a tally was kept of some mailing."""

    found: Mapping[str, Holder] = field(default_factory=holders)
    ran: set[str] = field(default_factory=set)
    resting: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)

    def note(self, statement: str, cursor: Any, connection: Connection) -> None:
        if not _CHANGES.search(statement):
            return
        name = next((name for name in _stack() if name in self.found), None)
        if name is None:
            self.strangers.add(statement)
        elif cursor.rowcount != 0:  # drivers say -1 where they do not know
            self.ran.add(name)
            with closing(connection.connection.cursor()) as own:
                own.execute("SELECT 1 FROM tallies")
                if own.fetchone():
                    self.resting.add(name)


def _stack() -> Iterator[str]:
    """Functions of the storage that are being run, the innermost first."""
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - there is no other way to ask
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(_ROOM):
            yield f"{module.removeprefix(_ROOM)}.{frame.f_code.co_qualname}"
        frame = frame.f_back


@contextmanager
def watched(engine: Engine) -> Iterator[Seen]:
    """Note who changes lines through `engine` meanwhile."""
    seen = Seen()

    def note(connection: Connection, cursor: Any, statement: str, *_: object) -> None:
        seen.note(statement, cursor, connection)

    event.listen(engine, "after_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "after_cursor_execute", note)
