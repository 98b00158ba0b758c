"""The mailings: where each stands, its books while it runs, and its report."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict
from urllib.parse import quote

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from composer.due import timing_of, tried_of
from composer.model.delivery import Status
from composer.model.mailing import Books, Mailing
from composer.reporting import report_of
from composer.reports.books import COLUMNS, csv_rows, proof_of, rows_of
from composer.reports.fleet import fleet_lines
from composer.reports.standing import Standing, State
from composer.reports.troubles import first_troubles
from composer.reports.whole import STYLE, Report
from composer.sending.fleet import Worker
from composer.storage.database import Database
from composer.web.preview.around import Around
from composer.web.preview.chosen import Look
from composer.web.preview.desk import Desk
from composer.web.preview.frames import NO_LETTER, framed
from composer.web.preview.paces import Pace, Paces
from composer.web.preview.statuses import standings


class Part(TypedDict):
    """How the books divide by language or by variant; a row has a count for each column."""

    kind: str
    columns: list[str]
    rows: list[tuple[str, list[int]]]


class Progress(TypedDict):
    """What the live page needs each second."""

    state: str
    head: str
    words: str
    percent: int
    pace: str
    rows: list[tuple[str, int, str]]
    proof: str
    balanced: bool
    parts: list[Part]
    steps: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Live:
    """What only this process knows: paces that were seen, and the mailing it sends itself."""

    paces: Paces
    sending: str = ""


@dataclass(frozen=True)
class Screens:
    """Answers for the mailings."""

    around: Around
    paces: Paces = field(default_factory=Paces)

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/mailings", self.every),
            Route("/mailings/{id}", self.one),
            Route("/mailings/{id}/progress.json", self.live),
            Route("/mailings/{id}/report", self.report),
            Route("/mailings/{id}/report.csv", self.lines),
            Route("/mailings/{id}/letter", self.letter),
            Route("/report.css", self.style),
        ]

    async def every(self, _: Request) -> Response:
        values = await run_in_threadpool(mailings, self.around.desk)
        return self.around.page("mailings.html.j2", values)

    async def one(self, request: Request) -> Response:
        name = request.path_params["id"]
        values = await run_in_threadpool(mailing, self.around.desk, name, self._live)
        sender = self.around.sender
        ended = sender.ended(name)
        if values is None and ended is not None and ended.problem is not None:
            # Nothing had left, and nothing is recorded: the page still says why.
            back = f"/issues/{quote(ended.mailing.issue_id)}/plan?segment={ended.mailing.segment}"
            refused = {"name": name, "error": ended.problem, "back": back}
            return self.around.page("refused.html.j2", refused, 404)
        here = {"ours": sender.sending == name, "stopping": sender.stopping, "ended": ended}
        return self._page("mailing.html.j2", values and {**values, **here})

    async def live(self, request: Request) -> Response:
        name = request.path_params["id"]
        values = await run_in_threadpool(progress, self.around.desk, name, self._live)
        return JSONResponse(values, 200 if values else 404)

    async def report(self, request: Request) -> Response:
        values = await run_in_threadpool(report, self.around.desk, request.path_params["id"])
        return self._page("report.html.j2", values)

    async def letter(self, request: Request) -> Response:
        """With badges at its links, for a frame."""
        whole = await run_in_threadpool(_whole, self.around.desk, request.path_params["id"])
        html = whole.letter if whole else ""
        return framed(html or NO_LETTER, Look(), status=200 if html else 404)

    async def style(self, _: Request) -> Response:
        return FileResponse(STYLE, media_type="text/css")

    async def lines(self, request: Request) -> Response:
        found = await run_in_threadpool(_found, self.around.desk, request.path_params["id"])
        if found is None:
            return PlainTextResponse("", 404)
        database, it = found
        # An issue's folder may have any name, and a header may not (RFC 6266 section 5).
        name = f"attachment; filename*=UTF-8''{quote(it.id, safe='')}.csv"
        headers = {"Content-Disposition": name}
        lines = csv_rows(database.ledger.every_line(it.id))
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)

    def _page(self, template: str, values: Mapping[str, object] | None) -> Response:
        if values is None:
            return self.around.page("missing.html.j2", {}, 404)
        return self.around.page(template, values)

    @property
    def _live(self) -> Live:
        return Live(self.paces, self.around.sender.sending)


def mailings(desk: Desk) -> dict[str, object]:
    """Every mailing, newest first, and what each waits for."""
    database = desk.database
    found = standings(database) if database else []
    return {
        "mailings": [
            {
                "mailing": one,
                "standing": standing,
                "accepted": standing.count(Status.ACCEPTED),
                "steps": standing.steps(one.id),
            }
            for one, standing in found
        ]
    }


def mailing(desk: Desk, name: str, live: Live) -> dict[str, object] | None:
    """One mailing as it stands; None when there is none of that name."""
    found = _found(desk, name)
    if found is None:
        return None
    database, it = found
    books, standing = _stand(desk, it, live.sending)
    return {
        "mailing": it,
        "standing": standing,
        "progress": _progress(it, books, standing, live.paces),
        "waiting": standing.unsettled and standing.state != State.CANCELLED,
        "queued": standing.queued,
        "workers": list(fleet_lines(_workers(database, standing), it.id, standing)),
        "troubles": first_troubles(database.ledger, it.id),
        "outbox": _outbox(desk, it),
    }


def progress(desk: Desk, name: str, live: Live) -> Progress | None:
    """What the live page asks for each second."""
    found = _found(desk, name)
    if found is None:
        return None
    return _progress(found[1], *_stand(desk, found[1], live.sending), live.paces)


def report(desk: Desk, name: str) -> dict[str, object] | None:
    """The whole report, as `newsletter report --format html` has it."""
    whole = _whole(desk, name)
    if whole is None:
        return None
    return {
        "mailing": whole.mailing,
        "standing": whole.standing,
        "whole": Markup(whole.sections),  # noqa: S704 - every value in it was escaped
        "steps": whole.standing.steps(whole.mailing.id),
    }


def _whole(desk: Desk, name: str) -> Report | None:
    found = _found(desk, name)
    if found is None:
        return None
    database, it = found
    whole = report_of(database, it, *_stand(desk, it), tried=tried_of(desk.site, it))
    return replace(whole, letter_at=f"/mailings/{quote(it.id, safe='')}/letter")


def parts(books: Books) -> list[Part]:
    """The columns by locale and by variant, where there are several of them."""
    tables: list[Part] = []
    for kind, found in (("Language", books.locales), ("Variant", books.variants)):
        if len(found) > 1:
            used = [s for s in COLUMNS if any(counts.get(s) for counts in found.values())]
            rows = [(name, [counts.get(s, 0) for s in used]) for name, counts in found.items()]
            tables.append({"kind": kind, "columns": [str(s) for s in used], "rows": rows})
    return tables


def _found(desk: Desk, name: str) -> tuple[Database, Mailing] | None:
    database = desk.database
    it = database.ledger.mailing(name) if database else None
    return (database, it) if database and it else None


def _stand(desk: Desk, it: Mailing, sending: str = "") -> tuple[Books, Standing]:
    database = desk.site.database
    # Our own sender is named before it holds the lock.
    running = sending == it.id or database.standings.is_sending(it.id)
    books = database.ledger.books(it.id)
    limits = desk.site.settings.sending.limits
    standing = Standing.now_of(database.ledger, it, books, limits, running=running, now=time.time())
    when, queued = timing_of(desk.site, it, books).words, database.fleet.is_queued(it.id)
    return books, replace(standing, when=when, queued=queued)


def _workers(database: Database, standing: Standing) -> Sequence[Worker]:
    """Those who may have a part in it."""
    return database.fleet.workers() if standing.queued and standing.unsettled else []


def _progress(it: Mailing, books: Books, standing: Standing, paces: Paces) -> Progress:
    settled, total = standing.settled, standing.recipients
    running = standing.state is State.RUNNING
    pace = paces.note(it.id, settled, total - settled) if running else Pace()
    return {
        "state": str(standing.state),
        "head": standing.head.lower(),
        "words": standing.words,
        "percent": settled * 100 // standing.meant if standing.meant else 100,
        "pace": pace.words if running else "",
        "rows": rows_of(it, books),
        "proof": proof_of(books),
        "balanced": books.balanced,
        "parts": parts(books),
        "steps": [{"words": s.words, "command": s.command} for s in standing.steps(it.id)],
    }


def _outbox(desk: Desk, it: Mailing) -> str:
    """Where the messages of a rehearsal lie."""
    if it.provider != "outbox":
        return ""
    return desk.site.shown(desk.site.state / "outbox" / it.id)
