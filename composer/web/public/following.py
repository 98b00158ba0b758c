"""`/c/TOKEN`: on to where a counted link leads, and nowhere else.

Nothing is asked of the database when a link was followed before, and nothing is written into it
at all: a click is a line in a file until a thread of its own takes it in.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from composer.clicks import take_in_clicks
from composer.events.machines import is_program
from composer.model.clicks import PATH
from composer.rendering.counting import redirect_target
from composer.storage.clicks import Clicks
from composer.storage.spool import Click
from composer.web.public.front import LOG, Front
from composer.web.public.screens import locale_of, message

#: Clicks wait so long for others to be taken in with them.
GATHER_S = 5.0
#: How long to wait for a database that was away.
RETRY_S = 30.0
#: The same link in the same letter counts once in so many seconds, however often it is asked for.
ONCE_IN_S = 60
REMEMBERED_CLICKS = 10_000
REMEMBERED_TARGETS = 10_000


@dataclass
class Following:
    """Leads on, and notes who followed which link: no address of a visitor, and no browser."""

    front: Front
    gather_s: float = GATHER_S
    _targets: OrderedDict[str, str] = field(default_factory=OrderedDict, repr=False)
    _seen: OrderedDict[tuple[int, str, bool], int] = field(default_factory=OrderedDict, repr=False)
    _timer: threading.Timer | None = None
    _known: Clicks | None = None
    _full: bool = False

    @property
    def routes(self) -> list[Route]:
        return [Route(f"{PATH}{{token}}", self.follow, methods=["GET"], name="follow")]

    async def follow(self, request: Request) -> Response:
        token = str(request.path_params["token"])
        known = self._known
        if known is None:
            known = await run_in_threadpool(self._clicks)
        found = known.of_token(token)
        target = self._targets.get(found[1]) if found else None
        if found and target is None:
            target = await run_in_threadpool(self._target, known, found[1])
        if found is None or target is None:
            locale = locale_of(self.front, request)
            return await run_in_threadpool(message, self.front, locale, "missing", status=404)
        if request.method == "GET" and is_counted(request.headers):
            self._note(known, *found, machine=is_machine(request.headers))
        return Response(
            status_code=302, headers={"location": target, "x-robots-tag": "noindex, nofollow"}
        )

    def begin(self) -> None:
        """Take in what an earlier process left."""
        self._later()

    def end(self) -> None:
        """Take in what is there; what cannot be taken in waits for the next process."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            self._take_in()

    def _clicks(self) -> Clicks:
        self._known = clicks = self.front.site.database.clicks
        return clicks

    def _target(self, known: Clicks, link: str) -> str | None:
        found = known.targets([link]).get(link)
        if found is None:
            return None
        self._targets[link] = target = redirect_target(found)
        while len(self._targets) > REMEMBERED_TARGETS:
            self._targets.popitem(last=False)
        return target

    def _note(self, known: Clicks, delivery: int, link: str, *, machine: bool) -> None:
        """Whatever happens here, the reader is led on."""
        at = self.front.seconds
        click = (delivery, link, machine)
        before = self._seen.pop(click, None)
        self._seen[click] = at if before is None or at - before >= ONCE_IN_S else before
        while len(self._seen) > REMEMBERED_CLICKS:
            self._seen.popitem(last=False)
        if self._seen[click] == before:
            return
        try:
            known.spool.add(Click.new(delivery, link, at, machine=machine))
            self._full = False
        except OSError as error:
            if not self._full:
                LOG.error("clicks cannot be written down: %s", error.strerror or error)
            self._full = True
            return
        self._later()

    def _later(self, wait_s: float | None = None) -> None:
        if self._timer is None:
            wait_s = self.gather_s if wait_s is None else wait_s
            self._timer = threading.Timer(wait_s, self._gathered)
            self._timer.daemon = True
            self._timer.start()

    def _gathered(self) -> None:
        self._timer = None
        if not self._take_in():
            self._later(RETRY_S)

    def _take_in(self) -> bool:
        try:
            taken = take_in_clicks(self.front.site, now=self.front.stamp)
        except Exception as error:  # noqa: BLE001 - it is tried again
            LOG.error("clicks wait: %s", getattr(error, "problem", type(error).__name__))
            return False
        if taken.unreadable:
            LOG.warning("%s clicks could not be read", taken.unreadable)
        return True


def is_counted(headers: Headers) -> bool:
    """Not of who asks not to be followed: Global Privacy Control, or Do Not Track."""
    return headers.get("sec-gpc") != "1" and headers.get("dnt") != "1"


def is_machine(headers: Headers) -> bool:
    """A program without a person before it, or a browser that looks ahead."""
    ahead = f"{headers.get('sec-purpose', '')} {headers.get('purpose', '')}"
    return "prefetch" in ahead or "preview" in ahead or _is_program(headers.get("user-agent", ""))


@lru_cache(maxsize=1024)
def _is_program(user_agent: str) -> bool:
    return is_program(user_agent)
