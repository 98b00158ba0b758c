"""`/subscribe` and `/confirm/TOKEN`: in by a form, and only after a mail was answered."""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from composer.audience.addresses import read_address
from composer.errors import AudienceError
from composer.model.joining import Purpose, SignUp, Verdict, Visit
from composer.web.public.asked import Form, form_of, token_of, visitor_of
from composer.web.public.front import LOG, Front
from composer.web.public.screens import (
    ceilings,
    chosen_topics,
    locale_of,
    message,
    screen,
    shown,
    topics,
    write_us,
)

#: A field that no person sees; whoever fills it in is none.
TRAP = "fax_number"
MOST_SOURCE_CHARS = 200
_UNSEEN = re.compile(r"[^\x20-\x7e]")


class Joining:
    """The screens of who wants in."""

    def __init__(self, front: Front) -> None:
        self.front = front

    @property
    def routes(self) -> list[Route]:
        return [
            screen("/subscribe", self.form, self.ask, "join"),
            screen("/confirm/{token}", self.question, self.confirm, "confirm"),
        ]

    async def form(self, request: Request) -> Response:
        return await run_in_threadpool(self._form, request, Form(), "")

    async def ask(self, request: Request) -> Response:
        return await run_in_threadpool(self._ask, request, await form_of(request))

    async def question(self, request: Request) -> Response:
        return await run_in_threadpool(self._question, request)

    async def confirm(self, request: Request) -> Response:
        return await run_in_threadpool(self._confirm, request)

    # --- asking -----------------------------------------------------------------------

    def _form(
        self, request: Request, form: Form, problem: str, *, puzzle: bool = False, status: int = 200
    ) -> Response:
        """The form, with what was filled in already."""
        front, public = self.front, self.front.site.settings.public
        locale = locale_of(front, request, form)
        words = front.pages.words(locale)
        ticked = {name: form.all(name) for name in public.topics}
        wanted = puzzle or public.altcha == "always"
        return shown(
            front,
            "join",
            locale,
            status=status,
            title="join_title",
            stamp=front.stamps.made(front.seconds),
            source=_source(request, form),
            address=form.one("address")[:254],
            topics=topics(front, locale, ticked),
            puzzle=front.puzzles.made(front.seconds) if wanted else "",
            write_us=write_us(front, locale) if wanted else "",
            problem=words[problem] if problem else "",
            wrong=problem == "address_wrong",
        )

    def _ask(self, request: Request, form: Form) -> Response:
        front, public = self.front, self.front.site.settings.public
        now, locale = front.seconds, locale_of(front, request, form)
        if form.one(TRAP):
            LOG.info("join: the trap was filled in")
            return message(front, locale, "sent")
        try:
            address = read_address(form.one("address"))
        except AudienceError:
            return self._form(request, form, "address_wrong", status=422)
        if not front.stamps.holds(form.one("stamp"), now):
            return self._form(request, form, "once_more")
        signup = SignUp(
            address=address,
            locale=locale,
            wording=front.pages.words(locale)["consent"],
            source=_source(request, form),
            choices=chosen_topics(public, form),
        )
        visit = Visit(visitor_of(request), now, front.puzzles.solved(form.one("altcha"), now))
        verdict = front.site.database.signups.ask(signup, visit, ceilings(public))
        LOG.info("join: %s", verdict)
        if verdict is Verdict.PROOF_WANTED:
            return self._form(request, form, "puzzle", puzzle=True)
        if verdict is not Verdict.TAKEN:
            return message(front, locale, "busy", status=429, write=True)
        front.wake()
        return message(front, locale, "sent")

    # --- confirming -------------------------------------------------------------------

    def _question(self, request: Request) -> Response:
        """The button; of a link that is none, the same as of a good one."""
        front = self.front
        purpose, reader = front.site.database.signups.purpose(token_of(request))
        kind = "move" if purpose is Purpose.MOVE else "confirm"
        locale = locale_of(front, request, reader=reader)
        words = front.pages.words(locale)
        return shown(
            front,
            "confirm",
            locale,
            title=f"{kind}_title",
            text=words[f"{kind}_text"],
            button=words[f"{kind}_button"],
        )

    def _confirm(self, request: Request) -> Response:
        front, token = self.front, token_of(request)
        confirmed = front.site.database.signups.confirm(token, front.seconds)
        if confirmed is None:
            LOG.info("confirm: nothing waits")
            locale = locale_of(front, request)
            return message(front, locale, "expired", status=404, join=True)
        LOG.info("confirm: %s", confirmed.purpose)
        locale = locale_of(front, request, reader=confirmed.locale)
        kind = "moved" if confirmed.purpose is Purpose.MOVE else "joined"
        text = front.pages.words(locale)[f"{kind}_text"]
        return shown(
            front, "confirmed", locale, title=f"{kind}_title", text=text, token=confirmed.token
        )


def _source(request: Request, form: Form) -> str:
    """Where the form stood: another site that has a copy of it, or our own page."""
    other = form.one("source") or request.headers.get("origin", "")
    own = other in ("", "null") or other.endswith(f"//{request.headers.get('host', '')}")
    return "/subscribe" if own else _UNSEEN.sub("", other)[:MOST_SOURCE_CHARS]
