"""The front matter of an issue: which part of the file it is, and what its keys say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from composer.model.issue import Fragment, Position
from composer.reading.desk import Desk, nfc
from composer.reading.front_values import (
    Tell,
    ab_test,
    archive,
    day,
    line,
    names,
    number,
    schema,
    tongue,
)
from composer.reading.keys import FRONT_MATTER
from composer.reading.source import Findings, Source
from composer.reading.suggest import near
from composer.reading.vocabulary import EVERYONE
from composer.reading.yaml_places import Items, Node, Pairs, Scalar, read_yaml
from composer.reading.yaml_repair import FIRST_LINE, UNREADABLE, repair

MAX_CHARS = 64_000
KEYS = tuple(key.name for key in FRONT_MATTER)
T = TypeVar("T")

_KEY = re.compile(r"[a-z_]+:")
_VARIANT = re.compile(r"[a-z][a-z0-9-]{0,19}")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The values of an `Issue` that come from its front matter; see there."""

    title: str
    date: date
    number: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    subjects: Mapping[str, Fragment]
    preheader: Fragment
    locale: str
    template: str  #: `""` for the site's
    positions: Mapping[str, Position]


def split_front_matter(source: Source, findings: Findings) -> tuple[str, str]:
    """The YAML between the two `---`, and the whole text with all of that blanked.

    Lines keep their numbers: the YAML begins on line 2 of the file.
    """
    lines = source.text.split("\n")
    if lines[0].rstrip() != "---":
        headless = _KEY.match(lines[0]) and "---" in lines[1:50]
        findings.error(
            "meta/missing",
            Position(1),
            "the issue does not begin with front matter",
            "begin the file with --- and title: and date: and --- on lines of their own",
        )
        text_from = lines.index("---") + 1 if headless else 0
        return "", "\n".join([""] * text_from + lines[text_from:])
    end = next((n for n, row in enumerate(lines[1:], 1) if row.rstrip() == "---"), 0)
    text_from = end + 1
    if not end:
        findings.error(
            "meta/unclosed", Position(1), "the front matter is not closed", "end it with a line ---"
        )
        guess = (n for n, row in enumerate(lines[1:], 1) if not row.strip() or row.startswith("# "))
        end = text_from = next(guess, len(lines))
    yaml = "\n".join(lines[1:end])
    if len(yaml) > MAX_CHARS:
        findings.error(
            "meta/too-long",
            Position(2),
            f"the front matter is longer than {MAX_CHARS:,} characters",
            "the text of the issue stands after the second ---",
        )
        yaml = ""
    return yaml, "\n".join([""] * text_from + lines[text_from:])


def read_front_matter(desk: Desk, yaml: str) -> FrontMatter | None:
    """Every key read, and everything wrong with any of them told; None when one cannot stand."""
    if desk.findings.unusable and not yaml:
        return None
    yaml = repair(yaml, desk.findings)
    pairs = read_yaml(yaml, desk.findings)
    if pairs is None:
        return None
    return _Sheet(desk, yaml, pairs).front_matter()


class _Sheet:
    """Reads the values of one front matter, key by key."""

    def __init__(self, desk: Desk, yaml: str, pairs: Pairs) -> None:
        self.desk = desk
        self.yaml = Source.of(yaml)
        self.pairs = pairs
        self.positions = dict(pairs.keys)
        self.meant: set[str] = set()  #: keys that are there, misspelt

    def front_matter(self) -> FrontMatter | None:
        self._unknown_keys()
        for key, parse in (("schema", schema), ("archive", archive), ("ab_test", ab_test)):
            self._read(key, parse)
        self._segments()
        title = self._read("title", self._title, 'title: "Harbour Watch No. 14"')
        published = self._read("date", day, "date: 2026-11-20")
        subjects = self._read("subject", self._subjects)
        found = FrontMatter(
            title=title or "",
            date=published or date.min,
            number=self._read("number", number) or "",
            authors=self._read("authors", names) or (),
            categories=self._read("categories", names) or (),
            subjects=subjects or {"": (title or "",)},
            preheader=self._read("preheader", self._fragment) or (),
            locale=self._read("locale", tongue) or self.desk.vocabulary.locale,
            template=self._read("template", self._template) or "",
            positions=self.positions,
        )
        return found if title and published else None

    def _read(self, key: str, parse: Callable[[Node, Tell], T | None], need: str = "") -> T | None:
        """The value of `key`; `need` is an example of a key that must be there."""
        node = self.pairs.values.get(key)
        if node is None or (isinstance(node, Scalar) and node.kind == "nothing"):
            if need and key not in self.meant:
                at = self.positions.get(key, Position(1))
                self.desk.findings.error(
                    "meta/required", at, f"{key!r} is missing", f"write {need}"
                )
            return None
        if isinstance(node, Scalar) and node.text == UNREADABLE:
            return None
        return parse(node, self._tell(key))

    def _tell(self, key: str) -> Tell:
        def tell(at: Position, problem: str, hint: str) -> None:
            self.desk.findings.error(f"meta/{key.replace('_', '-')}", at, f"{key}: {problem}", hint)

        return tell

    def _unknown_keys(self) -> None:
        for key, at in self.pairs.keys.items():
            if key not in KEYS:
                hint = near(key, KEYS)
                self.meant |= {known for known in KEYS if repr(known) in hint}
                self.desk.findings.error("meta/unknown-key", at, f"unknown key {key!r}", hint)

    def _segments(self) -> None:
        for name in self._read("segments", names) or ():
            if name != EVERYONE and name not in self.desk.vocabulary.segments:
                known = sorted(self.desk.vocabulary.segments | {EVERYONE})
                node = self.pairs.values["segments"]
                items = node.items if isinstance(node, Items) else []
                at = next(
                    i.at for i in items if isinstance(i, Scalar) and nfc(i.text.strip()) == name
                )
                self.desk.findings.error(
                    "segment/unknown", at, f"segment {name!r} is not defined", near(name, known)
                )

    def _title(self, node: Node, tell: Tell) -> str | None:
        fragment = self._fragment(node, tell)
        if fragment is None or all(isinstance(part, str) for part in fragment):
            return "".join(str(part) for part in fragment) if fragment else None
        tell(node.at, "a title cannot hold an expression", "a subject can")
        return None

    def _template(self, node: Node, tell: Tell) -> str | None:
        name = line(node, tell)
        known = self.desk.vocabulary.templates
        if name is None or known is None or name in known:
            return name
        tell(node.at, f"there is no template {name!r}", near(name, sorted(known)))
        return None

    def _subjects(self, node: Node, tell: Tell) -> Mapping[str, Fragment] | None:
        if not isinstance(node, Pairs) or not node.values or not _named(node):
            one = self._fragment(node, tell)
            return None if one is None else {"": one}
        found = {}
        for name, value in node.values.items():
            self.positions[f"subject.{name}"] = node.keys[name]
            if not _VARIANT.fullmatch(name):
                tell(node.keys[name], f"{name!r} cannot name a variant", "name them a and b")
            found[name] = self._fragment(value, tell) or ()
        if len(found) == 1:
            tell(node.at, "one variant is nothing to compare", "write two, a and b, or one text")
        return found

    def _fragment(self, node: Node, tell: Tell) -> Fragment | None:
        """A line of text that may hold expressions, each with its place."""
        text = line(node, tell)
        if text is None or not isinstance(node, Scalar):
            return None
        raw = self.yaml.text[node.start : node.end]
        braces = [node.start + found.start() for found in re.finditer(r"\{[{%#]", raw)]

        def at(offset: int) -> Position:
            """The place of the brace at `offset`: as many come before it as in the source."""
            before = len(re.findall(r"\{[{%#]", text[:offset]))
            spot = self.yaml.at(braces[before] if before < len(braces) else node.start)
            return Position(spot.line + FIRST_LINE - 1, spot.column)

        hidden = self.desk.marks.hide(text, at, code=False)
        return self.desk.fragment(hidden)


def _named(node: Pairs) -> bool:
    """Whether these are variants by name, and not what YAML makes of a bare `{{ … }}`."""
    return all(isinstance(value, Scalar) for value in node.values.values())
