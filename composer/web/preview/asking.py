"""What the open page asks for beside the letter: checks, addresses, and the editor."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from composer.errors import ComposerError
from composer.web.preview import screens
from composer.web.preview.desk import Desk
from composer.web.preview.pages import Pages

#: A place in a file is short.
MOST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Asking:
    """Answers from `desk`, in the words of `pages`."""

    desk: Desk
    pages: Pages

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/readers", self.readers),
            Route("/open", self.open, methods=["POST"]),
            Route("/issues/{id}/findings", self.findings),
        ]

    async def findings(self, request: Request) -> Response:
        """What the checks say; slower than the letter, so the page asks for it afterwards."""
        name = request.path_params["id"]
        if self.desk.path_of(name) is None:
            return JSONResponse({"gone": True}, 404)
        return JSONResponse(await run_in_threadpool(self.pages.findings, name))

    async def readers(self, request: Request) -> Response:
        """Addresses of the list for the chooser."""
        text = request.query_params.get("q", "")[:200]
        found = await run_in_threadpool(screens.addresses, self.desk, text)
        return JSONResponse(list(found))

    async def open(self, request: Request) -> Response:
        """Run the editor's command for a file of the site."""
        body = await request.body()
        try:
            wanted = await request.json() if len(body) <= MOST_BYTES else {}
            name, line, column = str(wanted["file"]), int(wanted["line"]), int(wanted["column"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return PlainTextResponse("a file, a line and a column", 400)
        try:
            self.desk.editor.open(self.desk.folder, name, line, column)
        except ComposerError as error:
            return PlainTextResponse(f"{error.problem}. {error.hint}", 400)
        return Response(status_code=204)
