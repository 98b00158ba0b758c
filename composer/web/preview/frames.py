"""The answer that holds a letter: its styles, its pictures, and nothing that runs."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import HTMLResponse

from composer.web.preview.chosen import Look

LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:{remote}; "
    "font-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-popups"
)
NO_LETTER = "<!doctype html><html lang=en><title>No letter</title><body></body></html>"


def framed(
    html: str, look: Look, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """`html` for a frame; only what `look` says may come from other hosts."""
    policy = LETTER_POLICY.format(remote=" https: http:" if look.remote else "")
    return HTMLResponse(
        html, status, headers={**(headers or {}), "Content-Security-Policy": policy}
    )
