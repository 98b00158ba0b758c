"""Is what a template makes of this issue good MJML? The source alone cannot tell everything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from composer.checks.examined import TOP, Examined, Remark, Rule
from composer.checks.mjml_source import Problem, is_sound, problems
from composer.checks.template_rules import MJML
from composer.model.finding import Severity
from composer.model.issue import Position

#: What only shows when the pieces are together; what breaks MJML ends the rendering.
_CODES = frozenset({"mjml/unknown-attribute", "mjml/attribute-value", "mjml/nesting"})
_TAG = re.compile(r"<[A-Za-z][\w-]*")


def made(examined: Examined) -> Iterator[Remark]:
    """What a template makes of an issue, where its source alone does not tell."""
    if examined.template is None:
        return
    made = dict.fromkeys(edition.mjml for edition in examined.editions)
    texts = [text for text in made if not is_sound(text)]
    found = {p: text for text in texts for p in problems(text, lambda _: "") if p.code in _CODES}
    if not found:
        return
    sources = sources_beside(examined.template)
    told = {
        (problem.code, problem.message)
        for text in sources.values()
        for problem in problems(text, lambda _: "")
    }
    for problem, text in found.items():
        if (problem.code, problem.message) not in told:
            told.add((problem.code, problem.message))
            yield _remark(problem, text, sources, examined.template)


def sources_beside(template: Path) -> dict[Path, str]:
    """The templates that stand beside `template` and below."""
    return {
        path: path.read_text(encoding="utf-8-sig", errors="replace")
        for path in sorted(template.parent.rglob("*"))
        if path.is_file() and path.name.endswith((".j2", ".mjml"))
    }


def place_in(
    sources: Mapping[Path, str], pattern: str, *, once: bool = False
) -> tuple[Position, Path] | None:
    """Where `pattern` first stands in `sources`; `once`: None when it stands there often."""
    found = [(path, text, m.start()) for path, text in sources.items()
             for m in re.finditer(pattern, text, re.IGNORECASE)]  # fmt: skip
    if not found or (once and len(found) > 1):
        return None
    path, text, start = found[0]
    return Position(text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)), path


def _remark(problem: Problem, made: str, sources: dict[Path, str], template: Path) -> Remark:
    """At the one place of the sources that can have made it, else at the template itself."""
    line = made.split("\n")[problem.line - 1]
    tags = [m for m in _TAG.finditer(line) if m.start() < problem.column]
    spot = place_in(sources, rf"{re.escape(tags[-1][0])}\b", once=True) if tags else None
    at, path = spot or (TOP, template)
    excerpt = line.strip()[:60]
    message = f"{problem.message} (in what it makes: {excerpt})"
    return Remark(message, problem.hint, at, path, severity=MJML[problem.code][0])


RULES = (Rule("mjml/made", Severity.WARNING, "a template that makes wrong MJML", made),)
