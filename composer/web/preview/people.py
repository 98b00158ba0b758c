"""The readers: segments and who is in them, a rule tried, a subscriber explained."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from composer.audience.addresses import read_address
from composer.audience.explain import shown
from composer.audience.parse import parse_rule
from composer.errors import AudienceError, Place
from composer.model.settings import SegmentRule
from composer.model.subscriber import FieldValue
from composer.reports.explained import Explained
from composer.reports.people import person_document
from composer.site import Site
from composer.storage.database import Database
from composer.storage.subscribers import Entry
from composer.web.preview.around import Around
from composer.web.preview.desk import Desk

#: So many of those that a rule matches are shown.
FIRST = 20
_TRIED = "tried here"


def routes(around: Around) -> list[Route]:
    async def show(request: Request) -> Response:
        values = await run_in_threadpool(audience, around.desk, dict(request.query_params))
        return around.page("audience.html.j2", values)

    return [Route("/audience", show)]


def audience(desk: Desk, query: Mapping[str, str]) -> dict[str, object]:
    """The whole screen; `query` may hold a `rule` to try and `who` to explain."""
    site, database = desk.site, desk.database
    rule, who = query.get("rule", ""), query.get("who", "").strip()
    return {
        "segments": segments(site, database),
        "fields": dict(site.settings.fields),
        "rule": rule,
        "tried": tried(site, database, rule) if rule.strip() else None,
        "who": who,
        "explained": explained(site, database, who) if who else None,
        "personas": personas(site),
        "counted": database.subscribers.count(site.rules["everyone"]).matched if database else 0,
    }


def segments(site: Site, database: Database | None) -> list[dict[str, object]]:
    """Each with its rule and its counts; `everyone` first."""
    written = site.settings.segments
    return [
        {
            "name": name,
            "rule": written[name].rule if name in written else "",
            "counts": database.subscribers.count(rule) if database else None,
        }
        for name, rule in site.rules.items()
    ]


def tried(site: Site, database: Database | None, text: str) -> dict[str, object]:
    """What a rule would match, or what is wrong with it and where."""
    written = SegmentRule(_TRIED, text, Place(Path(), 1, 1))
    try:
        rule = parse_rule(written, site.settings.fields)
    except AudienceError as error:
        return {"error": _marked(text, error)}
    if database is None:
        return {"error": None, "counts": None, "first": []}
    first = islice(database.subscribers.matching(rule, limit=FIRST), FIRST)
    return {
        "error": None,
        "counts": database.subscribers.count(rule),
        "first": [_person(entry) for entry in first],
    }


def _marked(text: str, error: AudienceError) -> dict[str, object]:
    """The error with the rule cut at its place: what is before, the character, what is after."""
    line = (error.place.line if error.place else None) or 1
    column = (error.place.column if error.place else None) or 1
    lines = re.split(r"\r\n|\r|\n", text)
    wrong = lines[line - 1] if line <= len(lines) else ""
    return {
        "problem": error.problem.removeprefix(f"segment {_TRIED!r}: "),
        "hint": error.hint,
        "line": line,
        "column": column,
        "before": "\n".join([*lines[: line - 1], wrong[: column - 1]]),
        "at": wrong[column - 1 : column],
        "after": "\n".join([wrong[column:], *lines[line:]]),
    }


def _person(entry: Entry) -> dict[str, str]:
    subscriber = entry.subscriber
    kept_back = entry.suppressed or ("" if subscriber.confirmed else "unconfirmed")
    return {
        "address": str(subscriber.address),
        "name": subscriber.display_name,
        "locale": subscriber.locale,
        "kept_back": kept_back,
    }


def explained(site: Site, database: Database | None, who: str) -> dict[str, object]:
    """One subscriber: fields, status, suppression, and each segment with its reason."""
    try:
        address = read_address(who)
    except AudienceError as error:
        return {"error": error}
    entry = database.subscribers.find(address) if database else None
    if entry is not None:
        return {
            "error": None,
            "person": person_document(entry),
            "explained": Explained.of(entry, site.rules),
        }
    suppression = database.subscribers.suppression(address) if database else None
    if suppression:
        problem = f"{who} is not on the list, and is suppressed ({suppression[0]})"
        return {"error": AudienceError(problem, hint=f"since {suppression[1]}")}
    return {"error": AudienceError(f"{who} is not on the list")}


def personas(site: Site) -> list[dict[str, object]]:
    """The sample readers with the segments whose rules they fulfil."""
    found: list[dict[str, object]] = []
    for name, persona in site.settings.personas.items():
        inside = site.persona(name).segments
        fields = {field: _said(value) for field, value in persona.fields.items()}
        known = {"locale": persona.locale, "variant": persona.variant}
        found.append(
            {
                "name": name,
                "fields": fields | {key: value for key, value in known.items() if value},
                "segments": [one for one in site.rules if one in inside],
            }
        )
    return found


def _said(value: FieldValue) -> str:
    """A value as people say it; `shown` is for rules."""
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return value if isinstance(value, str) else shown(value)
