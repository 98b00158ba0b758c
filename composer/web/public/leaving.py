"""`/u/TOKEN`: out with one click (RFC 8058), and back with one more."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from composer.web.public.asked import Form, form_of, token_of
from composer.web.public.front import LOG, Front
from composer.web.public.screens import locale_of, message, screen, shown, write_us
from composer.web.public.together import Together

REASONS = ("too_often", "not_for_me", "never_asked", "other_reason")


class Leaving:
    """Says the same whether a token is somebody's or not."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self._page = lru_cache(maxsize=256)(self._rendered)
        self._leave = Together(self._leave_all)

    @property
    def routes(self) -> list[Route]:
        return [screen("/u/{token}", self.question, self.act, "leave")]

    async def question(self, request: Request) -> Response:
        locale = locale_of(self.front, request)
        return HTMLResponse(await run_in_threadpool(self._page, "leave", locale))

    async def act(self, request: Request) -> Response:
        # Whatever the body is: who posts here wants out, unless they say something else.
        form = await form_of(request)
        return await run_in_threadpool(self._act, request, form)

    def _act(self, request: Request, form: Form) -> Response:
        front, token = self.front, token_of(request)
        locale, leaving = locale_of(front, request, form), self.front.site.database.leaving
        action, reason = form.one("action"), form.one("reason")
        if action == "stay":
            back = leaving.stay(token, front.stamp)
            LOG.info("leave: undone" if back else "leave: nothing to undo")
            return self._undone(locale, back=back)
        reason = reason if reason in REASONS else ""
        if action == "tell" and not leaving.tell(token, reason):
            # A page of an hour ago, or of another tab: who came back since then stays.
            LOG.info("leave: nothing to tell of")
            return HTMLResponse(self._page("leave", locale, notice="not_left"))
        how = "one-click" if form.one("List-Unsubscribe") else "page"
        # Mail providers press the button for many readers in the same moment.
        left = action != "tell" and self._leave.do((token, how, reason))
        LOG.info("leave: %s", how if left else "no change")
        return HTMLResponse(self._page("left", locale, notice="told" if action == "tell" else ""))

    def _leave_all(self, goers: Sequence[tuple[str, str, str]]) -> Sequence[bool]:
        return self.front.site.database.leaving.leave_all(goers, self.front.stamp)

    def _undone(self, locale: str, *, back: bool) -> Response:
        front = self.front
        if back:
            return message(front, locale, "stayed")
        text = front.pages.words(locale)["not_back"]
        return shown(front, "message", locale, title="left_title", text=text, join=True)

    def _rendered(self, name: str, locale: str, *, notice: str = "") -> str:
        pages = self.front.pages
        words = pages.words(locale)
        return pages.render(
            name,
            locale,
            title=words[f"{name}_title"],
            notice=words[notice] if notice else "",
            reasons=[(reason, words[reason]) for reason in REASONS],
            write_us=write_us(self.front, locale),
        )
