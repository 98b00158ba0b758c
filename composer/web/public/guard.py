"""What stands before every route: headers, the size of a request, and an answer to all trouble."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from composer.errors import StorageError
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
    b"permissions-policy": b"interest-cohort=()",
    b"cache-control": b"no-store",
}
#: No form of ours is larger.
MAX_FORM_BYTES = 64 * 1024
#: What a provider may bring in one request.
MAX_WEBHOOK_BYTES = 1024 * 1024
MAX_TARGET_BYTES = 4096


class TooLarge(Exception):
    """The body is longer than any that we ask for."""


@dataclass
class Guard:
    """The outermost layer: nothing that goes wrong within it leaves more than a short answer."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        answer = _Answer(send)
        try:
            refusal = _refusal(scope)
            if refusal:
                await answer.short(refusal)
                return
            await self.app(scope, _bounded(receive, _most_bytes(scope)), answer.send)
        except TooLarge:
            await answer.short(413)
        except StorageError as error:
            LOG.error("the database is away: %s", error.problem)
            await answer.short(503)
        except Exception as error:  # noqa: BLE001 - a message might repeat an address: it is not told
            where = traceback.extract_tb(error.__traceback__)[-1]
            LOG.error("%s at %s:%s", type(error).__name__, where.filename, where.lineno)
            await answer.short(500)


class _Answer:
    """Sends with our headers; knows whether it has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            names = {name.lower() for name, _ in message["headers"]}
            more = [(name, value) for name, value in HEADERS.items() if name not in names]
            message["headers"] = [*message["headers"], *more]
        await self._send(message)

    async def short(self, status: int) -> None:
        """A few words for what no page can be made for."""
        if self._begun:
            return
        body = f"{status} {_WORDS.get(status, 'error')}\n".encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
        ]
        if status in (429, 503):
            headers.append((b"retry-after", b"60"))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


_WORDS = {
    400: "bad request",
    413: "too large",
    414: "the address is too long",
    429: "too many requests: try again in a minute",
    500: "something went wrong here",
    503: "not available at the moment: try again in a minute",
}


def _most_bytes(scope: Scope) -> int:
    return MAX_WEBHOOK_BYTES if "/webhooks/" in scope["path"] else MAX_FORM_BYTES


def _refusal(scope: Scope) -> int:
    """The status for what is refused unread; 0 for what may pass."""
    if len(scope.get("raw_path", b"")) + len(scope["query_string"]) > MAX_TARGET_BYTES:
        return 414
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isascii() or not length.isdigit():
        return 400
    return 413 if len(length) > 12 or int(length) > _most_bytes(scope) else 0


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
