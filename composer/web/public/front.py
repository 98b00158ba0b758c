"""What every page and every webhook is given."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from composer.site import Site

#: Tells what happened and never to whom: no address, no token, no IP.
LOG = logging.getLogger("newsletter.public")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Front:
    """An opened site; its database is opened when it is first needed, and again if that failed."""

    site: Site
    now: Callable[[], datetime] = field(default=_now)

    @property
    def stamp(self) -> str:
        """The time as the database keeps it: ISO 8601 in UTC with seconds."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")
