"""Blocks under their headings: the introduction and the sections of an issue."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from composer.model.issue import Block, Condition, Inline, Only, Position, Section
from composer.reading.blocks import Blocks, refuse_heading
from composer.reading.conditions import fence_name, read_condition
from composer.reading.desk import Desk
from composer.reading.inlines import words_of
from composer.reading.markdown import Parsed
from composer.reading.nested import Nested
from composer.reading.site_values import slug
from composer.reading.targets import check_anchors

_END_BRACES = re.compile(r"[ \t]*(?P<braces>\{[^{}\n]*\})$")
_PARTS = re.compile(
    r"#(?P<id>\S+)|(?P<key>[\w-]+)=(?:\"(?P<text>[^\"]*)\"|(?P<word>\S+))|(?P<rest>\S+)"
)
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(slots=True)
class _Draft:
    """A section that is being read; `id` is `""` until it gets one from its heading."""

    id: str
    heading: tuple[Inline, ...]
    conditions: tuple[Condition, ...]
    at: Position
    blocks: list[Block] = field(default_factory=list)


def read_sections(
    desk: Desk, parsed: Parsed, nodes: Sequence[Nested]
) -> tuple[tuple[Block, ...], tuple[Section, ...]]:
    """The introduction and the sections; ids are given, and links to them checked."""
    reader = _Reader(desk, parsed)
    reader.read(nodes, ())
    sections = _named(desk, reader.drafts)
    check_anchors(desk, {section.id for section in sections})
    return tuple(reader.introduction), sections


def _named(desk: Desk, drafts: Sequence[_Draft]) -> tuple[Section, ...]:
    """Every section with an id: its own, or its heading's words, made unique by a number."""
    taken: dict[str, Position] = {}
    for draft in drafts:
        if draft.id and draft.id in taken:
            hint = f"it is already on line {taken[draft.id].line}; each section needs its own"
            message = f"the id {draft.id!r} stands here again"
            desk.findings.error("section/duplicate-id", draft.at, message, hint)
        elif draft.id:
            taken[draft.id] = draft.at
    sections = []
    used = Counter[str]()
    for number, draft in enumerate(drafts, 1):
        name = draft.id or _free(slug(words_of(draft.heading)) or f"section-{number}", taken, used)
        taken.setdefault(name, draft.at)
        blocks = tuple(draft.blocks)
        sections.append(Section(name, draft.heading, blocks, draft.conditions, draft.at))
    return tuple(sections)


def _free(name: str, taken: dict[str, Position], used: Counter[str]) -> str:
    """`name`, or `name-2` and so on; `used` has how many were tried."""
    name = name[:60].rstrip("-")
    name = name if name[0].isalpha() else f"s-{name}"
    free = name
    while free in taken:
        used[name] += 1
        free = f"{name}-{used[name] + 1}"
    return free


class _Reader:
    def __init__(self, desk: Desk, parsed: Parsed) -> None:
        self.desk = desk
        self.blocks = Blocks(desk, parsed)
        self.introduction: list[Block] = []
        self.drafts: list[_Draft] = []
        self.closed: Position | None = None  #: of the `:::only` whose sections just ended

    def read(self, nodes: Sequence[Nested], conditions: tuple[Condition, ...]) -> None:
        for node in nodes:
            if node.kind == "heading" and node.token.tag == "h2":
                self._section(node, conditions)
            elif _holds_sections(node) and fence_name(self.desk, node) == "only":
                self._conditional(node, conditions)
            else:
                self._blocks(node)

    def _section(self, node: Nested, conditions: tuple[Condition, ...]) -> None:
        self.closed = None
        if refuse_heading(self.desk, node):
            return
        content = node.children[0].token.content
        name, cut = "", _END_BRACES.search(content)
        if cut:
            content = content[: cut.start()]
        heading, spots = self.blocks.heading(node, content)
        if cut:
            name = self._attributes(cut["braces"], spots.at(cut.start("braces")))
        if not heading:
            hint = "write its words behind the ##"
            self.desk.findings.error("section/empty", node.at, "the heading is empty", hint)
        self.drafts.append(_Draft(name, heading, conditions, node.at))

    def _attributes(self, braces: str, at: Position) -> str:
        """The id in `{#id categories="…"}`."""
        name = ""
        for part in _PARTS.finditer(braces[1:-1]):
            if part["id"] and _ID.fullmatch(part["id"]):
                name = part["id"]
            elif part["id"]:
                hint = "letters, digits, - and _, and a letter first: {#dockers}"
                message = f"{part['id'][:40]!r} cannot be an id"
                self.desk.findings.error("section/id", at, message, hint)
            elif part["key"] != "categories":
                hint = 'a heading takes {#id} and categories="…"'
                message = f"{part[0][:40]} means nothing on a heading"
                self.desk.findings.error("attributes/unknown", at, message, hint)
        return name

    def _conditional(self, node: Nested, conditions: tuple[Condition, ...]) -> None:
        """An `only` around whole sections; text before the first goes with the section before."""
        condition = read_condition(self.desk, node)
        first = next(n for n, child in enumerate(node.children) if _begins_section(child))
        if before := self.blocks.read(node.children[:first]):
            self._add((Only(condition, before, node.at),))
        self.read(node.children[first:], (*conditions, condition))
        self.closed = node.at

    def _blocks(self, node: Nested) -> None:
        self._add(self.blocks.read([node]), node.at)

    def _add(self, blocks: tuple[Block, ...], at: Position | None = None) -> None:
        if blocks and self.closed is not None:
            message = f"the sections of the :::only on line {self.closed.line} have ended"
            hint = "begin a section with ## here, or move this text before its closing :::"
            self.desk.findings.error("fence/after", at or blocks[0].at, message, hint)
            self.closed = None
        (self.drafts[-1].blocks if self.drafts else self.introduction).extend(blocks)


def _holds_sections(node: Nested) -> bool:
    is_only = node.kind == "fence_mark" and node.token.info.split()[0] == "only"
    return is_only and any(_begins_section(child) for child in node.children)


def _begins_section(node: Nested) -> bool:
    return (node.kind == "heading" and node.token.tag == "h2") or _holds_sections(node)
