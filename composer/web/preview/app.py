"""The app: which address shows what. Handlers call plain functions and answer; no logic here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route
from starlette.types import ASGIApp

from composer.errors import ComposerError
from composer.web.preview import mailings, people, plans, screens, sending
from composer.web.preview.around import Around
from composer.web.preview.asking import Asking
from composer.web.preview.chosen import Chosen
from composer.web.preview.comparing import Comparing
from composer.web.preview.desk import Desk
from composer.web.preview.frames import NO_LETTER, framed
from composer.web.preview.guard import Guard
from composer.web.preview.letters import shown
from composer.web.preview.pages import Pages
from composer.web.preview.sender import Sender
from composer.web.preview.stream import Stream
from composer.web.preview.watching import watch

STATIC = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_STATIC_NAME = re.compile(r"[a-z]+\.[a-z]+")


@dataclass
class Preview:
    """The preview of one site; `allow_send` lets its pages send."""

    desk: Desk
    token: str
    port: int
    allow_send: bool = False
    stream: Stream = field(default_factory=Stream)
    sender: Sender = field(default_factory=Sender)

    def __post_init__(self) -> None:
        self._stop: asyncio.Event | None = None

    @cached_property
    def pages(self) -> Pages:
        return Pages(self)

    @cached_property
    def app(self) -> ASGIApp:
        routes = [
            Route("/", self.home),
            Route("/events", self.events),
            Route("/static/{name}", self.static),
            Route("/issues/{id}", self.issue),
            Route("/issues/{id}/letter.html", self.letter),
            Route("/issues/{id}/state.json", self.state),
            Route("/issues/{id}/part/{part}", self.part),
            Route("/issues/{id}/picture/{cid}", self.picture),
            *Asking(self.desk, self.pages).routes,
            *Comparing(self.desk).routes,
        ]
        around = Around(self.desk, self.pages.show, self.allow_send, self.sender)
        routes += [*people.routes(around), *plans.routes(around), *mailings.Screens(around).routes]
        routes += sending.Screens(around).routes
        guard = Middleware(Guard, token=self.token, port=self.port)
        return Starlette(
            routes=routes,
            middleware=[guard],
            lifespan=self._lifespan,
            exception_handlers={404: self._missing, ComposerError: self._trouble},
        )

    # --- beginning and end ------------------------------------------------------------

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._stop = asyncio.Event()
        task = asyncio.create_task(watch(self.desk.folder, self._changed, self._stop))
        try:
            yield
        finally:
            self._stop.set()
            task.cancel()

    def _changed(self, paths: Iterable[Path]) -> None:
        changed = list(paths)
        version = self.desk.changed(changed)
        names = [str(path.relative_to(self.desk.folder)) for path in changed[:20]]
        self.stream.tell("changed", {"version": version, "files": names})

    def end(self) -> None:
        """Let go of every open page, and hand over nothing more; called on SIGINT and SIGTERM."""
        self.sender.cut_short()
        self.stream.end()
        if self._stop is not None:
            self._stop.set()

    # --- answers ----------------------------------------------------------------------

    async def home(self, request: Request) -> Response:
        gone = request.query_params.get("gone", "")[:200]
        return HTMLResponse(await run_in_threadpool(self.pages.home, gone))

    async def issue(self, request: Request) -> Response:
        name, chosen = request.path_params["id"], Chosen.of(request.query_params)
        if self.desk.path_of(name) is None:
            return RedirectResponse(f"/?{urlencode({'gone': name})}", 303)
        return HTMLResponse(await run_in_threadpool(self.pages.issue, name, chosen))

    async def letter(self, request: Request) -> Response:
        name, chosen = request.path_params["id"], Chosen.of(request.query_params)
        seen = await run_in_threadpool(self.desk.see, name, chosen.reader)
        if seen.letter is None:
            return framed(NO_LETTER, chosen.look, status=404)
        query = chosen.query(view="preview")
        html = shown(seen.letter, chosen.look, f"/issues/{quote(name)}/picture/")
        headers = {"X-Preview-Version": str(seen.version), "X-Preview-Query": query}
        return framed(html, chosen.look, headers=headers)

    async def state(self, request: Request) -> Response:
        name, chosen = request.path_params["id"], Chosen.of(request.query_params)
        if self.desk.path_of(name) is None:
            return JSONResponse({"gone": True}, 404)
        return JSONResponse(await run_in_threadpool(self.pages.parts, name, chosen))

    async def part(self, request: Request) -> Response:
        name, chosen = request.path_params["id"], Chosen.of(request.query_params)
        seen = await run_in_threadpool(self.desk.see, name, chosen.reader)
        if seen.letter is None:
            return PlainTextResponse("", 404)
        content = screens.part(seen.letter, request.path_params["part"])
        return PlainTextResponse(content) if content is not None else PlainTextResponse("", 404)

    async def picture(self, request: Request) -> Response:
        name, chosen = request.path_params["id"], Chosen.of(request.query_params)
        seen = await run_in_threadpool(self.desk.see, name, chosen.reader)
        picture = seen.letter.pictures.get(request.path_params["cid"]) if seen.letter else None
        if picture is None:
            return PlainTextResponse("", 404)
        return Response(picture.data, media_type=picture.media_type)

    async def events(self, _: Request) -> Response:
        told = self.stream.listen(lambda: {"version": self.desk.version})
        return StreamingResponse(told, media_type="text/event-stream")

    async def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        found = files("composer.web.preview").joinpath("static", name)
        if not _STATIC_NAME.fullmatch(name) or not found.is_file():
            return PlainTextResponse("", 404)
        return Response(found.read_bytes(), media_type=STATIC[f".{name.rpartition('.')[2]}"])

    async def _missing(self, _: Request, __: Exception) -> Response:
        return HTMLResponse(self.pages.missing(), 404)

    async def _trouble(self, _: Request, error: Exception) -> Response:
        assert isinstance(error, ComposerError)  # noqa: S101 - what this handler is for
        return HTMLResponse(self.pages.trouble(error), 500)
