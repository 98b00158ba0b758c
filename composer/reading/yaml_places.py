"""YAML with the place of every key and value, and nothing that YAML can do beyond plain data.

It is built from the parser's events, without recursion: aliases (and with them documents that
unfold to gigabytes), tags, and deep nesting are refused where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from composer.model.issue import Position
from composer.reading.source import Findings
from composer.reading.yaml_repair import FIRST_LINE, without_line

MAX_DEPTH = 10
_SHORT = "write key: value on each line, and lists as [one, two]"
MAX_TRIES = 20  #: lines that cannot be read

#: What YAML 1.2 (section 10.3.2) reads as something other than text when it is not in quotes.
_NOTHING = re.compile(r"|~|null|Null|NULL")
_TRUTH = re.compile(r"true|True|TRUE|false|False|FALSE")
_NUMBER = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
)


@dataclass(frozen=True, slots=True)
class Scalar:
    """`text` is the value as text; `start` and `end` are offsets of its source, quotes included."""

    text: str
    quoted: bool
    at: Position
    start: int
    end: int

    @property
    def kind(self) -> str:
        if self.quoted:
            return "text"
        if _NOTHING.fullmatch(self.text):
            return "nothing"
        if _TRUTH.fullmatch(self.text):
            return "true or false"
        return "a number" if _NUMBER.fullmatch(self.text) else "text"


@dataclass(frozen=True, slots=True)
class Items:
    at: Position
    items: list[Node] = field(default_factory=list)
    kind: str = "a list"


@dataclass(frozen=True, slots=True)
class Pairs:
    """`keys` has the place of each key of `values`."""

    at: Position
    values: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Position] = field(default_factory=dict)
    kind: str = "a table of keys"


Node = Scalar | Items | Pairs


class _Refused(Exception):
    def __init__(self, code: str, at: Position, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.at, self.message, self.hint = code, at, message, hint


def read_yaml(yaml: str, findings: Findings) -> Pairs | None:
    """The one document of `yaml`; empty text is no keys.

    A line that cannot be read is told, and the others are read without its value. None when
    nothing can be read.
    """
    for _ in range(MAX_TRIES):
        try:
            node = _Build(findings).node(YAML(typ="safe", pure=True).parse(yaml))
        except _Refused as wrong:
            at, problem, hint = wrong.at, wrong.message, wrong.hint
            findings.error(wrong.code, at, problem, hint)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = _at(mark.line, mark.column) if mark else Position(FIRST_LINE)
            problem = " ".join(str(error.problem or error.context or "").split())
            around = range(at.line - 1, at.line + 2)
            if not any(findings.has("meta/tab", line) for line in around):  # which is why, then
                message = f"the front matter is not YAML: {problem}"
                findings.error("meta/yaml", at, message, _advice(problem))
        except (YAMLError, ValueError):
            message = "the front matter holds a character that YAML does not allow"
            findings.error("meta/yaml", Position(FIRST_LINE), message, "type its lines anew")
            return None
        else:
            return _pairs(node, findings)
        repaired = without_line(yaml, at.line - FIRST_LINE)
        if repaired is None:
            return None
        yaml = repaired
    return None


def _at(line: int, column: int) -> Position:
    return Position(line + FIRST_LINE, column + 1)


def _pairs(node: Node | None, findings: Findings) -> Pairs | None:
    if node is None:
        return Pairs(Position(FIRST_LINE))
    if isinstance(node, Pairs):
        return node
    message = f"the front matter is {node.kind}"
    findings.error("meta/yaml", node.at, message, "write key: value on each line")
    return None


def _advice(problem: str) -> str:
    if "mapping values" in problem:
        return 'put a value that holds a colon in quotes: title: "Harbours: a year"'
    if "quoted scalar" in problem:
        return "close the quotation mark"
    if "cannot start any token" in problem:
        return "put the value in quotes"
    return "write key: value on each line, and values with special characters in quotes"


class _Build:
    """Nested nodes out of a row of events."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.open: list[Items | Pairs] = []
        self.waiting: list[Scalar | None] = []  #: for each open node, the key without a value yet
        self.root: Node | None = None

    def node(self, events: Iterator[Any]) -> Node | None:
        for event in events:
            name = type(event).__name__
            at = _at(event.start_mark.line, event.start_mark.column)
            if name == "DocumentStartEvent" and self.root is not None:
                raise _Refused(
                    "meta/yaml", at, "the front matter is more than one document", _SHORT
                )
            self._plain(event, name, at)
            match name:
                case "ScalarEvent":
                    span = (event.start_mark.index, event.end_mark.index)
                    quoted = event.style is not None
                    self._add(Scalar(event.value, quoted, at, *span))
                case "SequenceStartEvent":
                    self._begin(Items(at))
                case "MappingStartEvent":
                    self._begin(Pairs(at))
                case "SequenceEndEvent" | "MappingEndEvent":
                    self.open.pop()
                    self.waiting.pop()
        return self.root

    def _plain(self, event: Any, name: str, at: Position) -> None:
        if name == "AliasEvent" or getattr(event, "anchor", None) is not None:
            hint = "write the value out; a value that begins with & or * needs quotes"
            raise _Refused("meta/alias", at, "YAML anchors and aliases are not allowed", hint)
        if getattr(event, "tag", None) is not None and name != "DocumentStartEvent":
            hint = "a value that begins with ! needs quotes"
            raise _Refused("meta/tag", at, "YAML tags are not allowed", hint)

    def _begin(self, node: Items | Pairs) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise _Refused("meta/yaml", node.at, "the front matter is nested too deeply", _SHORT)
        self._add(node)
        self.open.append(node)
        self.waiting.append(None)

    def _add(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
        elif (key := self.waiting[-1]) is not None:
            self.waiting[-1] = None
            self._pair(parent, key, node)
        elif isinstance(node, Scalar):
            self.waiting[-1] = node
        else:
            hint = 'a key is a word; a value with {{ }} stands in quotes: "{{ issue.title }}"'
            raise _Refused("meta/yaml", node.at, f"{node.kind} cannot be a key", hint)

    def _pair(self, parent: Pairs, key: Scalar, node: Node) -> None:
        if key.text in parent.values:
            before = parent.keys[key.text].line
            self.findings.error(
                "meta/duplicate-key",
                key.at,
                f"the key {key.text!r} stands here again",
                f"it is already on line {before}; keep one of the two",
            )
            return
        parent.values[key.text] = node
        parent.keys[key.text] = key.at
