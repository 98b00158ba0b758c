"""Who may ask: this machine's own browser, with the token, from our own pages.

A page of another site can make a browser send requests here (DNS rebinding, forged forms). So
the `Host` must be a name of this machine, an `Origin` must be ours, and the token must come as
a cookie that no other site's request carries. Another port of this machine is the same site to
a cookie, but not to `Origin` and `Sec-Fetch-Site`.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: The app's own pages: nothing from elsewhere, no inline script, no frame around it.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
#: On every answer, if it does not say otherwise itself.
HEADERS = {
    b"content-security-policy": PAGE_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-dns-prefetch-control": b"off",  # a link in a letter is not looked up
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cache-control": b"no-store",
}
#: A longer query, or one with more parts, is not one of ours.
MAX_QUERY_BYTES = 4096
MAX_QUERY_PARTS = 64
#: No form of ours is larger.
MAX_BODY_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Guard:
    """Stands before the app; `port` is the one that the server listens on."""

    app: ASGIApp
    token: str
    port: int

    @property
    def cookie(self) -> str:
        # Cookies do not know ports: two previews on one machine must not share one.
        return f"newsletter-preview-{self.port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # a web socket is not opened: none of our pages asks for one

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in HEADERS.items() if name not in names),
                ]
            await send(message)

        answer = self._refusal(scope) or self.app
        await answer(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        names = {f"127.0.0.1:{self.port}", f"localhost:{self.port}", f"[::1]:{self.port}"}
        if headers.getlist("host") not in [[name] for name in names]:
            return PlainTextResponse("This preview answers to 127.0.0.1 only.", 421)
        origin = headers.get("origin")
        if origin is not None and origin not in {f"http://{name}" for name in names}:
            return PlainTextResponse("Another site asked for this.", 403)
        return _too_large(scope, headers) or self._stranger(scope, headers)

    def _stranger(self, scope: Scope, headers: Headers) -> Response | None:
        """What is said to those who have no token, or not the right to change anything."""
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = query.pop("token", [""])[0]
        if given and scope["method"] == "GET" and self._is_token(given):
            rest = urlencode(query, doseq=True)
            # Two slashes at the start would lead to another host.
            path = "/" + str(scope["path"]).lstrip("/\\")
            answer = RedirectResponse(path + (f"?{rest}" if rest else ""), 303)
            answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
            return answer
        if not self._is_token(Request(scope).cookies.get(self.cookie, "")):
            return PlainTextResponse(
                "Open the address that newsletter preview printed: it has the key to this page.",
                403,
            )
        if scope["method"] not in ("GET", "HEAD") and headers.get("origin") is None:
            return PlainTextResponse("A change must come from a page of this preview.", 403)
        followed = headers.get("sec-fetch-mode", "navigate") == "navigate"
        if not followed and headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return PlainTextResponse("Another site asked for this.", 403)
        return None

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())


def _too_large(scope: Scope, headers: Headers) -> Response | None:
    query = scope["query_string"]
    if len(query) > MAX_QUERY_BYTES or query.count(b"&") >= MAX_QUERY_PARTS:
        return PlainTextResponse("The address is too long.", 414)
    length = headers.get("content-length", "0")
    known = length.isascii() and length.isdigit() and "transfer-encoding" not in headers
    if not known or int(length[:12]) > MAX_BODY_BYTES:
        return PlainTextResponse("That is more than any page of this preview sends.", 413)
    return None
