"""`/archive/…`, the feeds and the sitemap: files of the shelf, for everybody."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from composer.web.public.assets import kept
from composer.web.public.front import Front
from composer.web.public.screens import locale_of, message

#: The files beside `archive/`, and what they are.
FEEDS = {
    "feed.xml": "application/atom+xml",
    "rss.xml": "application/rss+xml",
    "feed.json": "application/feed+json",
    "sitemap.xml": "application/xml",
}
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
    ".avif": "image/avif",
}
#: Addresses with a token: robots have no business there.
OF_READERS = ("u", "confirm", "preferences", "c", "read")
#: How long a browser may show it without asking again.
FRESH_S = 300


class Reading:
    """Serves what was built below `folder`."""

    def __init__(self, front: Front, folder: Path) -> None:
        self.front = front
        self.folder = folder

    @property
    def routes(self) -> list[Route]:
        feeds = [Route(f"/{name}", self.show, methods=["GET"], name=name) for name in FEEDS]
        return [
            Route("/", self.home, methods=["GET"], name="home"),
            Route("/robots.txt", self.robots, methods=["GET"], name="robots"),
            Route("/archive", self.home_of_archive, methods=["GET"], name="archive-home"),
            Route("/archive/{path:path}", self.show, methods=["GET"], name="archive"),
            *feeds,
        ]

    async def home(self, _: Request) -> Response:
        return RedirectResponse(f"{self.front.pages.root}/subscribe", 302)

    async def home_of_archive(self, _: Request) -> Response:
        return RedirectResponse(f"{self.front.pages.root}/archive/", 308)

    async def robots(self, _: Request) -> Response:
        root, base = self.front.pages.root, self.front.site.settings.newsletter.base_url
        closed = "".join(f"Disallow: {root}/{name}/\n" for name in OF_READERS)
        return PlainTextResponse(f"User-agent: *\n{closed}Sitemap: {base}/sitemap.xml\n")

    async def show(self, request: Request) -> Response:
        return await run_in_threadpool(self._show, request)

    def _show(self, request: Request) -> Response:
        name = request.scope["path"].lstrip("/")
        path, content = self.found(name), None
        if path is not None and path.is_dir():
            return RedirectResponse(f"{self.front.pages.root}/{quote(name)}/", 308)
        try:
            content = path.read_bytes() if path is not None else None
        except OSError:  # it was just taken away
            content = None
        if path is None or content is None:
            return message(self.front, locale_of(self.front, request), "missing", status=404)
        media_type = FEEDS.get(name) or TYPES.get(path.suffix.lower(), "application/octet-stream")
        return kept(request, content, media_type, FRESH_S)

    def found(self, name: str) -> Path | None:
        """The file that `name` shows; a folder, where the name lacks its last `/`; or None."""
        try:
            path = self._file(name)
            if path is not None and path.is_dir() and name.endswith("/"):
                path = path / "index.html"
            there = path is not None and (path.is_file() or path.is_dir())
        except (OSError, ValueError):  # a name that no file can have
            return None
        return path if there else None

    def _file(self, name: str) -> Path | None:
        """The file of that name below the folder; None for a name that leads elsewhere."""
        parts = PurePosixPath(name).parts
        if any(part.startswith(".") or "\0" in part or "\\" in part for part in parts):
            return None
        path = self.folder.joinpath(*parts)
        return path if path.resolve().is_relative_to(self.folder.resolve()) else None
