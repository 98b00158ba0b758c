"""The app: which address answers with what. Handlers call plain functions; no logic here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from composer.errors import ComposerError
from composer.web.public import webhooks
from composer.web.public.assets import Assets
from composer.web.public.description import description
from composer.web.public.following import Following
from composer.web.public.front import LOG, Front
from composer.web.public.guard import Flood, Guard, Say
from composer.web.public.joining import Joining
from composer.web.public.leaving import Leaving
from composer.web.public.members import Members
from composer.web.public.posting import Postman
from composer.web.public.preferences import Preferences
from composer.web.public.reading import Reading
from composer.web.public.screens import locale_of
from composer.web.public.shelf import Shelf


def public_app(front: Front, *, flood: Flood | None = None) -> ASGIApp:
    """The whole public side of a site behind its guard, which refuses a `flood`."""
    shelf, following = Shelf(front.site), Following(front)

    @asynccontextmanager
    async def life(_: object) -> AsyncIterator[None]:
        try:
            await run_in_threadpool(front.site.database.probe)
        except ComposerError as error:  # it may come back; until then every page says so
            LOG.error("the database is away: %s", error.problem)
        postman = Postman(front)
        postman.begin()
        shelf.begin()
        following.begin()
        yield
        await run_in_threadpool(postman.end)
        await run_in_threadpool(shelf.end)
        await run_in_threadpool(following.end)

    # Starlette's own outermost layer would answer before the guard can.
    router = Router(
        routes=routes(front, shelf, following),
        default=_missing,
        lifespan=life,
        redirect_slashes=False,
    )
    guard = Guard(router, _page(front), front.pages.root, flood or Flood())
    trusted = list(front.site.settings.public.trusted_proxies)
    # uvicorn spells out the types of ASGI, and Starlette does not.
    return cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", guard), trusted_hosts=trusted))


def routes(front: Front, shelf: Shelf, following: Following | None = None) -> list[BaseRoute]:
    """Every route there is; tests walk them."""

    def alive() -> None:
        front.site.database.probe()

    async def health(_: Request) -> Response:
        """Whether we can do our work: the database answers."""
        await run_in_threadpool(alive)
        return JSONResponse({"status": "ok"})

    async def described(_: Request) -> Response:
        return JSONResponse(description(front))

    return [
        *Joining(front).routes,
        *Leaving(front).routes,
        *Preferences(front).routes,
        *(following or Following(front)).routes,
        *Reading(front, shelf.folder).routes,
        *Members(front, Reading(front, shelf.members)).routes,
        *Assets(front).routes,
        Route("/healthz", health, methods=["GET"], name="healthz"),
        Route("/openapi.json", described, methods=["GET"], name="openapi"),
        *webhooks.routes(front),
    ]


async def _missing(*_: Scope | Receive | Send) -> None:
    raise HTTPException(404)


#: What a page says of a status: the name of its words.
_SAID = {404: "missing", 429: "busy", 500: "error", 503: "away"}


def _page(front: Front) -> Say:
    def say(request: Request, status: int) -> str | None:
        try:
            locale = locale_of(front, request)
            words = front.pages.words(locale)
            what = _SAID.get(status, "error" if status >= 500 else "missing")
            title, text = words[f"{what}_title"], words[f"{what}_text"]
            return front.pages.render("message", locale, title=title, text=text, join=False)
        except Exception as error:  # noqa: BLE001 - a page of trouble must not make more of it
            LOG.error("no page for %s: %s", status, type(error).__name__)
            return None

    return say
