"""What a group of screens is given: the desk, the sender, and how a page is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.responses import HTMLResponse, Response

from composer.web.preview.desk import Desk
from composer.web.preview.sender import Sender


@dataclass(frozen=True)
class Around:
    """`show` makes a page of a template and its values; `allow_send` lets pages send."""

    desk: Desk
    show: Callable[..., str]
    allow_send: bool = False
    sender: Sender = field(default_factory=Sender)

    def page(self, template: str, values: Mapping[str, object], status: int = 200) -> Response:
        """A page whose forms tell where they come from."""
        # Under `no-referrer` a browser sends the form of a page without its Origin (Fetch,
        # "append a request Origin header"), and the guard would refuse it.
        headers = {"Referrer-Policy": "same-origin"}
        return HTMLResponse(self.show(template, **values), status, headers)
