"""Do the mail programs that readers have show the letter as it is meant?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from composer.checks.clients import ClientProblem, client_problems, table
from composer.checks.examined import TOP, Examined, Remark, Rule, SiteSeen
from composer.checks.made_mjml import place_in, sources_beside
from composer.checks.walk import blocks_of
from composer.model.edition import Edition, Slot
from composer.model.finding import Severity
from composer.model.issue import Image, Position
from composer.reading.suggest import near


def _telling(family: str) -> Callable[[Examined], Iterator[Remark]]:
    def look(examined: Examined) -> Iterator[Remark]:
        clients = examined.settings.checks.clients
        told: set[str] = set()
        for edition in examined.editions:
            for problem in _problems(_html(edition), clients):
                if problem.family == family and problem.slug not in told:
                    told.add(problem.slug)
                    at, path = _place(problem, examined)
                    yield Remark(problem.message, problem.hint, at, path)

    return look


@lru_cache(maxsize=32)
def _problems(html: str, clients: tuple[str, ...]) -> tuple[ClientProblem, ...]:
    """Looked up once for the three families, and for variants that share their HTML."""
    return tuple(client_problems(html, clients))


def _html(edition: Edition) -> str:
    """With something in each slot that is neither a picture nor a style."""
    return "".join("x" if isinstance(part, Slot) else part for part in edition.html)


def _place(problem: ClientProblem, examined: Examined) -> tuple[Position, Path | None]:
    """A picture of the issue where it stands; else the template's line that says it."""
    for block in blocks_of(examined.issue):
        if isinstance(block, Image) and any(block.source in found for found in problem.found):
            return block.at, None
    if examined.template is None:
        return TOP, None
    sources = sources_beside(examined.template)
    for pattern in _patterns(problem.found):
        if spot := place_in(sources, pattern):
            return spot
    return TOP, examined.template


def _patterns(found: Iterable[str]) -> Iterator[str]:
    """What to look for in a source, the most exact first."""
    for text in found:
        name, colon, value = text.partition(":")
        if not colon or text.startswith(("<", "http", "data:")):
            yield re.escape(text)
        else:
            yield rf"\b{re.escape(name)}\s*:\s*{re.escape(value)}"
            yield rf"\b{re.escape(name)}\s*:"


def unknown_client(seen: SiteSeen) -> Iterator[Remark]:
    """A mail program of `[checks] clients` that nobody has tested: nothing is looked up for it."""
    known = {*table().families, *table().clients}
    for name in seen.settings.checks.clients:
        if name not in known:
            hint = near(name, sorted(known), otherwise=f"one of {', '.join(table().families)}")
            yield Remark(
                f"{name!r} is no mail program of the table", hint, seen.place("checks", "clients")
            )


_W = Severity.WARNING
ISSUE_RULES = (
    Rule("client/css", _W, "style that breaks the letter in some mail program", _telling("css")),
    Rule("client/html", _W, "an element that some mail program does not show", _telling("html")),
    Rule("client/image", _W, "a picture that some mail program does not show", _telling("image")),
)
SITE_RULES = (
    Rule("client/unknown", Severity.ERROR, "a mail program that is not known", unknown_client),
)
