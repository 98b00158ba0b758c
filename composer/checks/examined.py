"""What a rule is shown, what it says, and the rule itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from composer.checks.fronts import Front
from composer.checks.lacking import Lacking
from composer.checks.letters import Letter
from composer.checks.mjml_source import Problem, problems, sheet_file_problems
from composer.checks.page import Page, pages_of
from composer.checks.prose import Prose
from composer.checks.walk import blocks_of, targets_of
from composer.model.edition import Edition, EditionKey
from composer.model.finding import Finding, Fix, Severity
from composer.model.issue import Block, Fragment, Issue, Position
from composer.model.settings import Settings
from composer.reading.toml_places import Found, find_places

#: Where a finding stands that is about the whole file.
TOP = Position(1)


@dataclass(frozen=True)
class Examined:
    """An issue as written, its editions, the site and the audience.

    `missing` maps a slot's name to the recipients that have no value for it; it is empty when
    no audience was asked for. `live` tells whether real people may be reached: then what the
    law demands is an error and not a warning. `messages` has a whole sample message for each
    edition, as bytes; `source` is the text of the issue's file; rules have no other clock
    than `today`.
    """

    issue: Issue
    editions: Sequence[Edition]
    settings: Settings
    site_file: Path
    missing: Mapping[str, Lacking] = field(default_factory=dict)
    live: bool = False
    source: str = ""
    today: date | None = None
    messages: Mapping[EditionKey, bytes] = field(default_factory=dict)
    template: Path | None = None  #: the file that made the editions
    template_source: str = ""  #: its text
    others: Sequence[Front] = ()  #: the issues of the site, this one among them

    @property
    def path(self) -> Path:
        """Where its findings stand when they do not say otherwise."""
        return self.issue.path

    @cached_property
    def prose(self) -> Prose:
        """The words of the file, each in its place."""
        return Prose(self.source, self.blocks)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """See `walk.blocks_of`."""
        return tuple(blocks_of(self.issue))

    @cached_property
    def targets(self) -> tuple[tuple[Fragment, str, Position], ...]:
        """See `walk.targets_of`."""
        return tuple(targets_of(self.issue))

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """The editions as readers get them, each that differs once: parsed once for all rules."""
        return pages_of(tuple(self.editions), self.settings.newsletter.base_url)

    @cached_property
    def letters(self) -> tuple[Letter, ...]:
        """The sample messages, each parsed once for all rules."""
        return tuple(Letter(wire) for wire in self.messages.values())

    def where(self, *signs: str) -> tuple[Path | None, Position]:
        """Where a fault of the page was written: the issue, if a sign of it stands there.

        Else it is the template's, when that is the site's own.
        """
        if at := _first_of(signs, self.source):
            return None, at
        if self.template is None or self.site_file.parent not in self.template.parents:
            return None, TOP
        return self.template, _first_of(signs, self.template_source) or TOP


def _first_of(signs: Sequence[str], text: str) -> Position | None:
    """Where the first sign stands that is there at all."""
    for sign in signs:
        if sign and (at := text.find(sign)) >= 0:
            return Position(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    return None


@dataclass(frozen=True)
class TemplateFile:
    """A file below `email_templates/`; `name` is its path there, with `/`.

    `own` tells that it is the site's and not one that we ship. `read` gives the text of
    another template file, None when there is none.
    """

    name: str
    path: Path
    text: str
    settings: Settings
    own: bool
    read: Callable[[str], str | None]

    @cached_property
    def mjml_problems(self) -> Sequence[Problem]:
        """What is wrong with its MJML; looked for once, and told by a rule for each code."""
        if self.name.endswith((".css", ".css.j2")):
            return tuple(sheet_file_problems(self.text))
        return tuple(problems(self.text, self.read))


@dataclass(frozen=True)
class SiteSeen:
    """The site itself: its file, and the issues that stand in it."""

    settings: Settings
    path: Path  #: of newsletter.toml
    source: str  #: its text
    issue_paths: Sequence[Path] = ()
    template_names: Sequence[str] = ()
    today: date | None = None

    @cached_property
    def _places(self) -> Mapping[tuple[str, ...], Found]:
        return find_places(self.source)

    def place(self, *names: str) -> Position:
        """Where the value of a key stands; its table, or the top, when the key is not there."""
        for length in range(len(names), 0, -1):
            if found := self._places.get(names[:length]):
                return Position(found.value.line, found.value.column)
        return TOP


class Seen(Protocol):
    """Whatever a rule looks at has a file of its own."""

    @property
    def path(self) -> Path: ...


T = TypeVar("T", bound=Seen)


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding without its code; `severity` only where it differs from the rule's own."""

    message: str
    hint: str
    at: Position = TOP
    path: Path | None = None  #: the file of what was looked at when None
    severity: Severity | None = None
    fix: Fix | None = None  #: a change that cannot make anything worse, at `at`


@dataclass(frozen=True, slots=True)
class Rule(Generic[T]):
    """One check: a stable code, how bad it is, what it looks for, and the function that looks.

    What a `firm` rule says can be neither silenced nor made less: the law or the safety of
    a send depends on it.
    """

    code: str
    severity: Severity
    summary: str
    look: Callable[[T], Iterator[Remark]]
    firm: bool = False

    @property
    def family(self) -> str:
        return self.code.partition("/")[0]

    def findings(self, seen: T) -> Iterator[Finding]:
        """What the rule says; that it broke is a finding as well, and the others go on."""
        told = 0
        try:
            for remark in self.look(seen):
                told += 1
                yield self._finding(seen, remark)
        except Exception as error:  # noqa: BLE001 - one broken rule must not hide the others
            kind = type(error).__name__
            yield Finding(
                code="internal/rule-failed",
                severity=Severity.ERROR,
                message=f"the rule {self.code} broke off after {told} findings: {kind}: {error}",
                hint="please report it with this file; --ignore internal goes on without",
                path=seen.path,
            )

    def _finding(self, seen: T, remark: Remark) -> Finding:
        return Finding(
            code=self.code,
            severity=remark.severity or self.severity,
            message=remark.message,
            hint=remark.hint,
            path=remark.path or seen.path,
            line=remark.at.line,
            column=remark.at.column,
            fix=remark.fix,
        )


def look_with(rules: Iterable[Rule[T]], seen: T) -> tuple[Finding, ...]:
    """Every finding once, in the order of the files' lines."""
    found = {finding: None for rule in rules for finding in rule.findings(seen)}
    return tuple(sorted(found, key=lambda f: f.order))
