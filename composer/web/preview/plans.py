"""A plan on the page: the same words as `newsletter plan`; saves and sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from composer.dispatch import Planned
from composer.errors import ComposerError, GuardError
from composer.model.edition import EditionKey
from composer.model.rate import Rate
from composer.reports.plans import plan_rows, readers_text
from composer.sending.course import course_of
from composer.sending.guards import phrase, seen_of
from composer.site import Site
from composer.web.preview.around import Around
from composer.web.preview.desk import Desk
from composer.web.preview.people import segments
from composer.web.preview.screens import told

PROVIDERS = ("outbox", "smtp", "sendgrid")
#: More samples than these are not offered one by one.
SAMPLES = 12


def routes(around: Around) -> list[Route]:
    async def show(request: Request) -> Response:
        name, query = request.path_params["id"], dict(request.query_params)
        if around.desk.path_of(name) is None:
            return RedirectResponse(f"/?{urlencode({'gone': name})}", 303)
        values = await run_in_threadpool(plan, around.desk, name, query)
        return around.page("plan.html.j2", values)

    return [Route("/issues/{id}/plan", show)]


def plan(desk: Desk, name: str, query: Mapping[str, str]) -> dict[str, object]:
    """The whole screen: the choice of a segment, and with one its plan."""
    database = desk.database
    values: dict[str, object] = {
        "name": name,
        "title": name,
        "segments": segments(desk.site, database),
        "providers": PROVIDERS,
        "segment": query.get("segment", ""),
        "provider": query.get("provider", "") or desk.site.settings.provider.kind,
        "rate": query.get("rate", ""),
        "count_clicks": _counts_clicks(desk.site, query),
        "planned": None,
        "problem": None,
        "begun": None,
        "refused": None,
        "no_list": database is None,
    }
    try:
        values["title"] = desk.issue(name).title
        if values["segment"] and database:
            begun = database.ledger.unfinished(name, query["segment"])
            values["begun"] = begun
            if begun is None:
                # A site of its own: a long walk over the list keeps no other page waiting.
                site = Site.find(desk.folder, desk.environ)
                values["planned"] = _told(desk, site, planned(site, name, query))
    except ComposerError as error:
        values["problem"] = error
    return values


def planned(site: Site, name: str, query: Mapping[str, str]) -> Planned:
    """The plan that a query or a form asks for.

    Raises:
        ComposerError: the issue, the segment, the provider or the rate cannot be used.
    """
    kind, rate = query.get("provider", ""), _rate_of(query.get("rate", ""))
    issue = site.read(name)
    course = replace(course_of(issue), count_clicks=_counts_clicks(site, query), rate=rate)
    return Planned.of(site, issue, query["segment"], kind=kind, course=course)


def _counts_clicks(site: Site, query: Mapping[str, str]) -> bool:
    """As it was chosen; else as the site says."""
    chosen = {"counted": True, "uncounted": False}
    return chosen.get(query.get("clicks", ""), site.settings.public.count_clicks)


def _rate_of(text: str) -> Rate | None:
    """Raises GuardError when it is not a rate."""
    try:
        return Rate.parse(text) if text.strip() else None
    except ValueError as error:
        raise GuardError(str(error)) from error


def _told(desk: Desk, site: Site, made: Planned) -> dict[str, object]:
    prepared = made.prepared
    stopped: ComposerError | None = None
    try:
        made.refuse(site)
    except GuardError as error:
        stopped = error
    return {
        "rows": plan_rows(prepared, takes=made.takes),
        "recipients": prepared.plan.recipients,
        "stopped": stopped,
        "findings": told(prepared.findings, desk),
        "phrase": phrase(prepared.plan),
        "provider": prepared.plan.provider,
        "seen": seen_of(prepared.plan),
        "samples": _samples(made),
    }


def _samples(made: Planned) -> list[dict[str, object]]:
    """A link to the letter of each edition, those of most readers first."""
    segments = made.prepared.request.editions.segments
    counts = made.prepared.plan.recipients_by_edition.items()
    found = []
    for name, count in sorted(counts, key=lambda pair: -pair[1])[:SAMPLES]:
        key = EditionKey.parse(name)
        asked = {"locale": key.locale, "variant": key.variant, "segment": "".join(key.segments[:1])}
        found.append(
            {
                "count": count,
                "words": readers_text(key, segments),
                "query": urlencode({k: v for k, v in asked.items() if v}),
            }
        )
    return found
