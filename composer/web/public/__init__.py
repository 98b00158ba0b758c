"""The subscribers' side of a site, as an ASGI app: join, leave, choose, read; and webhooks.

`composer.web.public:app` serves the site of the current folder, or of NEWSLETTER_SITE.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

__all__ = ["create_app"]


def create_app() -> Any:
    """The app of the site that we stand in: a factory for any ASGI server.

    Raises:
        ConfigError: there is no site.
        SourceError: its newsletter.toml has mistakes.
    """
    from composer.site import Site  # noqa: PLC0415 - whoever imports a part pays for that part
    from composer.web.public.door import public_app  # noqa: PLC0415 - as above
    from composer.web.public.front import Front  # noqa: PLC0415 - as above

    start = Path(os.environ.get("NEWSLETTER_SITE", "."))
    return public_app(Front(Site.find(start, os.environ)))


def __getattr__(name: str) -> Any:
    """`app` is made when a server asks for it, not when a part of the package is imported."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["app"] = made = create_app()
    return made
