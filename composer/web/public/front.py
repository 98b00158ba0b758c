"""What every page and every webhook is given."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from composer.site import Site
from composer.web.public.stamps import Puzzles, Stamps

if TYPE_CHECKING:
    from composer.web.public.pages import Pages

#: Tells what happened and never to whom: no address, no token, no IP.
LOG = logging.getLogger("newsletter.public")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Front:
    """An opened site; its database is opened when it is first needed, and again if that failed.

    `wake` is called when a confirmation mail waits to be sent.
    """

    site: Site
    now: Callable[[], datetime] = field(default=_now)
    wake: Callable[[], None] = field(default=lambda: None)

    @property
    def seconds(self) -> int:
        """Now, in seconds since the epoch."""
        return int(self.now().timestamp())

    @property
    def stamp(self) -> str:
        """The time as the database keeps it: ISO 8601 in UTC with seconds."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    @cached_property
    def pages(self) -> Pages:
        from composer.web.public.pages import Pages  # noqa: PLC0415 - it logs as we do

        settings = self.site.settings
        found = self.site.issue_paths()
        written = {
            path.name.split(".")[1]
            for folder in {path.parent for path in found}
            for path in folder.glob("issue.*.md")
        }
        own = settings.newsletter.locale
        return Pages(
            self.site.folder,
            settings.newsletter,
            settings.public,
            languages=(own, *sorted(written - {own})),
            has_archive=bool(found),
        )

    @property
    def stamps(self) -> Stamps:
        return Stamps(self.site.database.store.identity.secret(b"form"))

    @property
    def puzzles(self) -> Puzzles:
        return Puzzles(self.site.database.store.identity.secret(b"altcha"))
