"""What stands before every route: headers, limits of size and number, an answer to all trouble."""

from __future__ import annotations

import time
import traceback
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from composer.errors import StorageError
from composer.web.public.asked import visitor_of
from composer.web.public.front import LOG

#: A page of ours needs nothing from elsewhere, and no script that is not a file of ours.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: On every answer, if it does not say otherwise itself.
HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",  # a token in an address goes nowhere else
    b"cross-origin-opener-policy": b"same-origin",
    b"cache-control": b"no-store",
}
#: No form of ours is larger.
MAX_FORM_BYTES = 64 * 1024
#: What a provider may bring in one request.
MAX_WEBHOOK_BYTES = 1024 * 1024
MAX_TARGET_BYTES = 4096
WEBHOOKS = "/webhooks/"
LEAVE = "/u/"
#: Forms that one visitor may send in a minute, before anything else is asked. Whoever leaves
#: comes through the servers of their mail provider, and is not counted.
MOST_FORMS_A_MINUTE = 60
REMEMBERED_VISITORS = 10_000

#: A page for a status, in the language of a request; None where there can be none.
Say = Callable[[Request, int], str | None]


class TooLarge(Exception):
    """The body is longer than any that we ask for."""


@dataclass
class Flood:
    """Counts forms by visitor and minute; in this process alone, and for a minute only."""

    most: int = MOST_FORMS_A_MINUTE
    clock: Callable[[], float] = time.monotonic
    _seen: OrderedDict[str, tuple[float, int]] = field(default_factory=OrderedDict)

    def refuses(self, visitor: str) -> bool:
        now = self.clock()
        began, count = self._seen.pop(visitor, (now, 0))
        if now - began >= 60:
            began, count = now, 0
        self._seen[visitor] = (began, count + 1)
        while len(self._seen) > REMEMBERED_VISITORS:
            self._seen.popitem(last=False)
        return count >= self.most


@dataclass
class Guard:
    """The outermost layer: nothing that goes wrong within it leaves more than a short answer.

    `root` is the path of `base_url`: a web server before us may leave it or take it away.
    """

    app: ASGIApp
    say: Say = lambda _request, _status: None
    root: str = ""
    flood: Flood = field(default_factory=Flood)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        scope = self._below_root(scope)
        answer = _Answer(send, scope, self.say)
        try:
            if refusal := self._refusal(scope):
                await answer.short(refusal)
                return
            await self.app(scope, _bounded(receive, _most_bytes(scope)), answer.send)
        except TooLarge:
            await answer.short(413)
        except HTTPException as error:
            await answer.short(error.status_code)
        except StorageError as error:
            LOG.error("the database is away: %s", error.problem)
            await answer.short(503)
        except Exception as error:  # noqa: BLE001 - a message might repeat an address: not told
            where = traceback.extract_tb(error.__traceback__)[-1]
            LOG.error("%s at %s:%s", type(error).__name__, where.filename, where.lineno)
            await answer.short(500)

    def _below_root(self, scope: Scope) -> Scope:
        path = scope["path"]
        if self.root and (path == self.root or path.startswith(f"{self.root}/")):
            path = path[len(self.root) :] or "/"
        return {**scope, "path": path, "root_path": ""}

    def _refusal(self, scope: Scope) -> int:
        """The status for what is refused unread; 0 for what may pass."""
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_TARGET_BYTES:
            return 414
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isascii() or not length.isdigit():
            return 400
        if len(length) > 12 or int(length) > _most_bytes(scope):
            return 413
        counted = scope["method"] == "POST" and not scope["path"].startswith((WEBHOOKS, LEAVE))
        return 429 if counted and self.flood.refuses(visitor_of(Request(scope))) else 0


class _Answer:
    """Sends with our headers; knows whether it has begun."""

    def __init__(self, send: Send, scope: Scope, say: Say) -> None:
        self._send = send
        self._scope = scope
        self._say = say
        self._begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            names = {name.lower() for name, _ in message["headers"]}
            more = [(name, value) for name, value in HEADERS.items() if name not in names]
            message["headers"] = [*message["headers"], *more]
        await self._send(message)

    async def short(self, status: int) -> None:
        """A page where a person may be reading, else a few words."""
        if self._begun:
            return
        page = None
        if not self._scope["path"].startswith((WEBHOOKS, "/healthz")):
            page = self._say(Request(self._scope), status)
        kind = b"text/plain; charset=utf-8" if page is None else b"text/html; charset=utf-8"
        body = (page or f"{status} {_WORDS.get(status, 'no')}\n").encode()
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        if status in (429, 503):
            headers.append((b"retry-after", b"60"))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        body = b"" if self._scope["method"] == "HEAD" else body
        await self._send({"type": "http.response.body", "body": body})


_WORDS = {
    400: "bad request",
    404: "there is nothing here",
    413: "too large",
    414: "the address is too long",
    429: "too many requests: try again in a minute",
    500: "something went wrong here",
    503: "not available at the moment: try again in a minute",
}


def _most_bytes(scope: Scope) -> int:
    return MAX_WEBHOOK_BYTES if scope["path"].startswith(WEBHOOKS) else MAX_FORM_BYTES


def _bounded(receive: Receive, most: int) -> Receive:
    """`receive`, ending a body that is longer than it said."""
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise TooLarge
        return message

    return bounded
