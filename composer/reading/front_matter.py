"""The front matter of an issue: what its keys say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypedDict, TypeVar

from composer.model.ab_test import AbTest
from composer.model.issue import Fragment, Position
from composer.reading.desk import Desk, nfc
from composer.reading.front_values import (
    ARCHIVES,
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
from composer.reading.keys import FRONT_MATTER, TRANSLATION
from composer.reading.source import Source
from composer.reading.suggest import near
from composer.reading.vocabulary import EVERYONE
from composer.reading.yaml_places import Items, Node, Pairs, Scalar, read_yaml
from composer.reading.yaml_repair import FIRST_LINE, UNREADABLE, repair

KEYS = tuple(key.name for key in FRONT_MATTER)
#: What a translation has from its original and cannot say anew.
ORIGINALS_KEYS = tuple(key.name for key in FRONT_MATTER if key not in TRANSLATION)
T = TypeVar("T")

_VARIANT = re.compile(r"[a-z][a-z0-9-]{0,19}")


class _Preheader(TypedDict):
    preheader: Fragment
    preheaders: Mapping[str, Fragment]


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
    preheaders: Mapping[str, Fragment]
    locale: str
    template: str  #: `""` for the site's
    archive: str
    ab_test: AbTest | None
    positions: Mapping[str, Position]


def read_front_matter(
    desk: Desk, yaml: str, original: FrontMatter | None = None
) -> FrontMatter | None:
    """Every key read, and everything wrong with any of them told; None when one cannot stand.

    What a translation does not say is as in its `original`.
    """
    if desk.findings.unusable and not yaml:
        return None
    yaml = repair(yaml, desk.findings)
    pairs = read_yaml(yaml, desk.findings)
    if pairs is None:
        return None
    sheet = _Sheet(desk, yaml, pairs)
    return sheet.front_matter() if original is None else sheet.translation(original)


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
        self._read("schema", schema)
        self._segments()
        title = self._read("title", self._title, 'title: "Harbour Watch No. 14"')
        published = self._read("date", day, "date: 2026-11-20")
        subjects = self._read("subject", self._variants("subject"))
        preheaders = self._read("preheader", self._variants("preheader")) or {}
        found = FrontMatter(
            title=title or "",
            date=published or date.min,
            number=self._read("number", number) or "",
            authors=self._read("authors", names) or (),
            categories=self._read("categories", names) or (),
            subjects=subjects or {"": (title or "",)},
            **_preheader(preheaders),
            locale=self._read("locale", tongue) or self.desk.vocabulary.locale,
            template=self._read("template", self._template) or "",
            archive=self._read("archive", archive) or ARCHIVES[0],
            ab_test=self._read("ab_test", ab_test),
            positions=self.positions,
        )
        self._same_variants(found.subjects, found.preheaders)
        self._something_to_try(found)
        return found if title and published else None

    def translation(self, original: FrontMatter) -> FrontMatter:
        """The front matter of a translation into the language of the desk."""
        self._unknown_keys()
        self._originals_keys(original)
        title = self._read("title", self._title)
        subjects = self._read("subject", self._variants("subject"))
        preheaders = self._read("preheader", self._variants("preheader"))
        if title and subjects is None and "subject" not in original.positions:
            subjects = {"": (title,)}
        said = self._read("locale", tongue)
        if said and said != self.desk.locale:
            self.desk.findings.error(
                "i18n/locale",
                self.pairs.values["locale"].at,
                f"the file's name says {self.desk.locale!r}, and this {said!r}",
                "leave the key out: the file's name is enough",
            )
        found = replace(
            original,
            title=title or original.title,
            number=self._read("number", number) or original.number,
            authors=self._read("authors", names) or original.authors,
            categories=self._read("categories", names) or original.categories,
            subjects=subjects or original.subjects,
            locale=self.desk.locale,
            positions=self.positions,
        )
        if preheaders:
            found = replace(found, **_preheader(preheaders))
        for key, here, there in (
            ("subject", found.subjects, original.subjects),
            ("preheader", found.preheaders, original.preheaders),
        ):
            if here.keys() != there.keys():
                self.desk.findings.error(
                    "i18n/variants",
                    self.positions[key],
                    f"{key}: the original has {_variants_told(there)}, this {_variants_told(here)}",
                    "a reader's variant is the same in every language",
                )
        return found

    def _originals_keys(self, original: FrontMatter) -> None:
        """What only the original may say; a date may be repeated."""
        self._read("schema", schema)
        published = self._read("date", day)
        if published and published != original.date:
            self.desk.findings.error(
                "i18n/key",
                self.pairs.values["date"].at,
                f"the original is of {original.date.isoformat()}",
                "leave the key out: an issue has one date",
            )
        for key in ORIGINALS_KEYS:
            if key in self.pairs.keys:
                self.desk.findings.error(
                    "i18n/key",
                    self.pairs.keys[key],
                    f"{key!r} is the same in every language",
                    "write it in issue.md alone",
                )

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

    def _variants(self, key: str) -> Callable[[Node, Tell], Mapping[str, Fragment] | None]:
        """A parser for one text (under `""`), or for the texts of named variants."""

        def parse(node: Node, tell: Tell) -> Mapping[str, Fragment] | None:
            if not isinstance(node, Pairs) or not node.values or not _named(node):
                one = self._fragment(node, tell)
                return None if one is None else {"": one}
            found = {}
            for name, value in node.values.items():
                self.positions[f"{key}.{name}"] = node.keys[name]
                if not _VARIANT.fullmatch(name):
                    tell(node.keys[name], f"{name!r} cannot name a variant", "name them a and b")
                found[name] = self._fragment(value, tell) or ()
            if len(found) == 1:
                tell(
                    node.at, "one variant is nothing to compare", "write two, a and b, or one text"
                )
            return found

        return parse

    def _same_variants(
        self, subjects: Mapping[str, Fragment], preheaders: Mapping[str, Fragment]
    ) -> None:
        """A reader's variant is drawn once, for subject and preheader together."""
        if preheaders and "" not in subjects and subjects.keys() != preheaders.keys():
            self.desk.findings.error(
                "meta/preheader",
                self.positions["preheader"],
                f"preheader: it has {_variants_told(preheaders)}, "
                f"the subject {_variants_told(subjects)}",
                "give both the same variants, or one of them one text for all",
            )

    def _something_to_try(self, found: FrontMatter) -> None:
        """A test of one text would keep most of its readers waiting for nothing."""
        broken = {"subject", "preheader"} & self.meant  # what is misspelt is told already
        if found.ab_test and not broken and not any({*found.subjects, *found.preheaders}):
            self.desk.findings.error(
                "meta/ab-test",
                self.positions["ab_test"],
                "ab_test: there are no variants to try",
                "write them: subject: { a: …, b: … }",
            )

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


def _preheader(found: Mapping[str, Fragment]) -> _Preheader:
    """The preheader of everybody, or those of the variants and the first of them."""
    named = {name: text for name, text in found.items() if name}
    return {"preheader": found[min(found)] if found else (), "preheaders": named}


def _variants_told(named: Mapping[str, Fragment]) -> str:
    names = sorted(filter(None, named))
    return f"the variants {' and '.join(names)}" if names else "one text"
