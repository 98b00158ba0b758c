"""The app: which address answers with what. Handlers call plain functions; no logic here."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp

from composer.web.public import webhooks
from composer.web.public.front import Front
from composer.web.public.guard import Guard


def public_app(front: Front) -> ASGIApp:
    """The whole public side of a site behind its guard."""
    # Starlette's own outermost layer would answer before the guard can.
    return Guard(Router(routes=routes(front)))


def routes(front: Front) -> list[BaseRoute]:
    """Every route there is; tests walk them."""

    def alive() -> None:
        front.site.database.probe()

    async def health(_: Request) -> Response:
        """Whether we can do our work: the database answers."""
        await run_in_threadpool(alive)
        return JSONResponse({"status": "ok"})

    return [Route("/healthz", health, name="healthz"), *webhooks.routes(front)]
