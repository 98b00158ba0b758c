"""`/webhooks/PROVIDER`: what providers tell us later."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute

from composer.web.public.front import Front


def routes(front: Front) -> Sequence[BaseRoute]:
    """A route for each provider whose events the site takes in."""
    del front
    return ()
