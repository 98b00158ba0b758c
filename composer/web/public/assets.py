"""`/assets/…`: the style sheet, the puzzle's script and the site's logo."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import PurePosixPath

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from composer.reading.site_public import PICTURES
from composer.web.public.front import Front

MOST_LOGO_BYTES = 2_000_000


class Assets:
    """Nothing here is about anybody."""

    def __init__(self, front: Front) -> None:
        self.front = front

    @property
    def routes(self) -> list[Route]:
        return [Route("/assets/{name}", self.show, methods=["GET"], name="assets")]

    async def show(self, request: Request) -> Response:
        found = await run_in_threadpool(self._found, request.path_params["name"])
        if found is None:
            return PlainTextResponse("there is nothing here\n", 404)
        content, media_type = found
        return kept(request, content, media_type)

    def _found(self, name: str) -> tuple[bytes, str] | None:
        public = self.front.site.settings.public
        match name:
            case "pages.css":
                return self.front.pages.css, "text/css"
            case "altcha.js":
                script = files("composer.web.public").joinpath("static", "altcha.js")
                return script.read_bytes(), "text/javascript"
            case "logo" if public.logo:
                return self._picture(public.logo)
            case "logo-dark" if public.logo_dark:
                return self._picture(public.logo_dark)
            case _:
                return None

    def _picture(self, name: str) -> tuple[bytes, str] | None:
        path = self.front.site.folder / name
        inside = path.resolve().is_relative_to(self.front.site.folder.resolve())
        if not inside or not path.is_file() or path.stat().st_size > MOST_LOGO_BYTES:
            return None
        return path.read_bytes(), PICTURES[PurePosixPath(name).suffix.lower()]


def kept(request: Request, content: bytes, media_type: str, seconds: int = 86_400) -> Response:
    """`content`, or word that the browser has it already (RFC 9110 section 13.1.2)."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    headers = {"Cache-Control": f"public, max-age={seconds}", "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    # A picture of the site's own may hold a script; it is to be looked at, and not run.
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
    more = policy if media_type.startswith("image/") else {}
    return Response(content, media_type=media_type, headers=headers | more)
