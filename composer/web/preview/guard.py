"""Who may ask: this machine's own browser, with the token, from our own pages.

A page of another site can make a browser send requests here (DNS rebinding, forged forms). So
the `Host` must be a name of this machine, an `Origin` must be ours, and the token must come as
a cookie that no other site's request carries.
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
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is not None:
            await refused(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _ in message["headers"]}
                own = {
                    b"content-security-policy": PAGE_POLICY.encode(),
                    b"x-content-type-options": b"nosniff",
                    b"referrer-policy": b"no-referrer",
                    b"cross-origin-resource-policy": b"same-origin",
                    b"cross-origin-opener-policy": b"same-origin",
                    b"cache-control": b"no-store",
                }
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in own.items() if name not in names),
                ]
            await send(message)

        await self.app(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers, request = Headers(scope=scope), Request(scope)
        names = {f"127.0.0.1:{self.port}", f"localhost:{self.port}", f"[::1]:{self.port}"}
        if headers.get("host", "") not in names:
            return PlainTextResponse("This preview answers to 127.0.0.1 only.", 421)
        origin = headers.get("origin")
        if origin is not None and origin not in {f"http://{name}" for name in names}:
            return PlainTextResponse("Another site asked for this.", 403)
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = query.pop("token", [""])[0]
        if given and scope["method"] == "GET" and self._is_token(given):
            rest = urlencode(query, doseq=True)
            # Two slashes at the start would lead to another host.
            path = "/" + str(scope["path"]).lstrip("/")
            answer = RedirectResponse(path + (f"?{rest}" if rest else ""), 303)
            answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
            return answer
        if not self._is_token(request.cookies.get(self.cookie, "")):
            return PlainTextResponse(
                "Open the address that newsletter preview printed: it has the key to this page.",
                403,
            )
        if scope["method"] not in ("GET", "HEAD") and origin is None:
            return PlainTextResponse("A change must come from a page of this preview.", 403)
        return None

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())
