"""Every code that a finding can have, with its page; reading's own codes among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from composer.checks.link_codes import LINKS
from composer.checks.reading_codes import READING
from composer.checks.rules import RULES
from composer.checks.spam_codes import SPAM
from composer.checks.verdict import IGNORES, Policy
from composer.errors import NamedError
from composer.model.finding import Finding, Severity
from composer.model.settings import Settings
from composer.reading.suggest import near
from composer.reading.toml_places import find_places


@dataclass(frozen=True, slots=True)
class Entry:
    """`of` is what finds it: `rule`, `reading` for what stops a rule from
    looking, `links` or `spam`.
    """

    code: str
    severity: Severity
    summary: str
    of: str
    firm: bool = False

    @property
    def family(self) -> str:
        return self.code.partition("/")[0]


#: So near is a name that was meant: two hundred are a little like anything.
_ALIKE = 0.7


@cache
def entries() -> Mapping[str, Entry]:
    """By code, in alphabetical order."""
    found = [Entry(r.code, r.severity, r.summary, "rule", r.firm) for r in RULES]
    found += [Entry(code, level, summary, "reading") for code, level, summary in READING]
    found += [Entry(code, level, summary, "rule") for code, level, summary in IGNORES]
    found += [Entry(code, level, summary, "links") for code, level, summary in LINKS]
    found += [Entry(code, level, summary, "spam") for code, level, summary in SPAM]
    return {entry.code: entry for entry in sorted(found, key=lambda e: e.code)}


def page(code: str) -> str:
    """The page of a code, in Markdown; `""` when there is none."""
    family, _, name = code.partition("/")
    path = files("composer.checks").joinpath("pages", family, f"{name}.md")
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def policy(settings: Settings, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> Policy:
    """The site's severities, and what this run chose.

    Raises:
        NamedError: `select` or `ignore` has what is neither a code nor a family.
    """
    for name in (*select, *ignore):
        refuse_unknown(name)
    return Policy(
        known=frozenset(entries()),
        firm=frozenset(code for code, entry in entries().items() if entry.firm),
        severity=settings.checks.severity,
        select=frozenset(select),
        ignore=frozenset(ignore),
    )


def is_known(name: str) -> bool:
    """Whether `name` is a code or a family of codes."""
    return name in entries() or any(entry.family == name for entry in entries().values())


def refuse_unknown(name: str) -> None:
    """Raises NamedError when `name` is neither a code nor a family of codes."""
    if not is_known(name):
        families = {entry.family for entry in entries().values()}
        known = [*entries(), *sorted(families)]
        hint = near(name, known, otherwise="newsletter rules lists them all", alike=_ALIKE)
        raise NamedError(f"there is no check {name!r}", hint=hint)


def unknown_overrides(settings: Settings, source: str, path: Path) -> Iterator[Finding]:
    """`[checks.severity]` names what no check is called, or lessens what must stay."""
    places = find_places(source)
    for name in settings.checks.severity:
        place = places.get(("checks", "severity", name))
        line, column = (place.key.line, place.key.column) if place else (1, 1)
        if not is_known(name):
            hint = near(name, entries(), alike=_ALIKE)
            message = f"there is no check {name!r}"
            yield Finding("config/unknown-check", Severity.ERROR, message, hint, path, line, column)
        elif name in entries() and entries()[name].firm:
            message = f"{name} stays an error: the safety of a send depends on it"
            yield Finding(
                "config/firm-check",
                Severity.WARNING,
                message,
                "delete the line",
                path,
                line,
                column,
            )
