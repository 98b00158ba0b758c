"""`/read/TOKEN/…`: the archive with the issues for members, by the token of a reader's letters."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from composer.web.public.asked import token_of
from composer.web.public.front import Front
from composer.web.public.reading import TYPES, Reading
from composer.web.public.screens import locale_of, message

#: Nobody else is to find it, and no machine between us is to keep it.
HEADERS = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow"}
#: An address that takes no mail has still a reader.
_MEMBERS = frozenset({"", "bounced"})


class Members:
    """Serves what was built below the folder of `reading`; without cookies: the link is the key."""

    def __init__(self, front: Front, reading: Reading) -> None:
        self.front = front
        self.reading = reading

    @property
    def routes(self) -> list[Route]:
        return [Route("/read/{token}/{path:path}", self.show, methods=["GET"], name="read")]

    async def show(self, request: Request) -> Response:
        return await run_in_threadpool(self._show, request)

    def _show(self, request: Request) -> Response:
        name = str(request.path_params["path"])
        if not self._is_member(request):
            return self._missing(request)
        found = self.reading.found(name)
        if found is None:
            return self._missing(request)
        if found.is_dir():
            here = f"{self.front.pages.root}/read/{token_of(request)}/{name}".rstrip("/")
            return RedirectResponse(f"{here}/", 308, headers=HEADERS)
        media_type = TYPES.get(found.suffix.lower(), "application/octet-stream")
        return Response(found.read_bytes(), media_type=media_type, headers=HEADERS)

    def _is_member(self, request: Request) -> bool:
        standing = self.front.site.database.preferences.standing(
            token_of(request), self.front.stamp
        )
        return standing is not None and standing.suppressed in _MEMBERS

    def _missing(self, request: Request) -> Response:
        """The same for a token of nobody, and for a page that is not there."""
        answer = message(self.front, locale_of(self.front, request), "missing", status=404)
        answer.headers.update(HEADERS)
        return answer
