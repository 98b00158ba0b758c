"""`/preferences/TOKEN`: topics, language, a pause, another address, one's data, or none."""

from __future__ import annotations

import json
from datetime import date, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from composer.audience.addresses import read_address
from composer.errors import AudienceError
from composer.model.address import Address
from composer.model.joining import SignUp, Standing, Verdict, Visit
from composer.rendering.strings import date_text, language_name
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
)

PAUSE_DAYS = (30, 60, 90)


class Preferences:
    """The screen of who has a token."""

    def __init__(self, front: Front) -> None:
        self.front = front

    @property
    def routes(self) -> list[Route]:
        return [screen("/preferences/{token}", self.show, self.act, "preferences")]

    async def show(self, request: Request) -> Response:
        return await run_in_threadpool(self._show, request)

    async def act(self, request: Request) -> Response:
        return await run_in_threadpool(self._act, request, await form_of(request))

    def _standing(self, request: Request) -> Standing | None:
        front = self.front
        return front.site.database.preferences.standing(token_of(request), front.stamp)

    def _show(self, request: Request) -> Response:
        standing = self._standing(request)
        return self._missing(request) if standing is None else self._page(request, standing)

    def _missing(self, request: Request) -> Response:
        return message(self.front, locale_of(self.front, request), "missing", status=404, join=True)

    def _page(
        self,
        request: Request,
        standing: Standing,
        *,
        notice: str = "",
        problem: str = "",
        opened: str = "",
        status: int = 200,
    ) -> Response:
        front, public = self.front, self.front.site.settings.public
        locale = locale_of(front, request, reader=standing.locale)
        words = front.pages.words(locale)
        had = {name: standing.fields.get(name, "").split(";") for name in public.topics}
        return shown(
            front,
            "preferences",
            locale,
            status=status,
            title="preferences_title",
            notice=words[notice] if notice else "",
            problem=words[problem] if problem else "",
            masked=masked(standing.address),
            token=token_of(request),
            suppressed=standing.suppressed,
            opened=opened,
            topics=topics(front, locale, had),
            locales=self._locales(standing),
            pauses=self._pauses(standing, locale),
            languages=[],
        )

    def _locales(self, standing: Standing) -> list[dict[str, object]]:
        """The languages to choose from, the reader's own among them; none where there is one."""
        own = standing.locale or self.front.site.settings.newsletter.locale
        known = self.front.pages.languages
        if len(known) < 2:
            return []
        return [
            {"tag": tag, "name": language_name(tag), "chosen": tag == own}
            for tag in dict.fromkeys((*known, own))
        ]

    def _pauses(self, standing: Standing, locale: str) -> list[dict[str, object]]:
        words = self.front.pages.words(locale)
        found: list[dict[str, object]] = [
            {"value": "", "label": words["no_pause"], "chosen": not standing.paused}
        ]
        if standing.paused:
            until = date_text(date.fromisoformat(standing.paused[:10]), locale)
            label = words["paused_until"].replace("{date}", until)
            found.append({"value": "keep", "label": label, "chosen": True})
        for days in PAUSE_DAYS:
            label = words["pause_days"].replace("{days}", str(days))
            found.append({"value": str(days), "label": label, "chosen": False})
        return found

    # --- acting -----------------------------------------------------------------------

    def _act(self, request: Request, form: Form) -> Response:
        standing = self._standing(request)
        if standing is None:
            return self._missing(request)
        match form.one("action"):
            case "save":
                return self._save(request, form, standing)
            case "move":
                return self._move(request, form, standing)
            case "data" | "forget" as action:
                if not _is_typed(form.one("address"), standing.address):
                    return self._page(
                        request, standing, problem="not_yours", opened=action, status=403
                    )
                return self._data(request) if action == "data" else self._forget(request, standing)
            case _:
                LOG.info("preferences: no such action")
                return self._page(request, standing, status=400)

    def _save(self, request: Request, form: Form, standing: Standing) -> Response:
        front, public = self.front, self.front.site.settings.public
        chosen = chosen_topics(public, form, standing.fields)
        if form.one("locale") in {str(known["tag"]) for known in self._locales(standing)}:
            chosen["locale"] = form.one("locale")
        pause, until = form.one("pause"), ""
        if pause == "keep":
            until = standing.paused
        elif pause in map(str, PAUSE_DAYS):
            until = f"{front.now() + timedelta(days=int(pause)):%Y-%m-%dT%H:%M:%SZ}"
        token = token_of(request)
        front.site.database.preferences.choose(token, chosen, front.stamp, until=until)
        LOG.info("preferences: saved")
        now = self._standing(request)
        if now is None:
            return self._missing(request)
        return self._page(request, now, notice="saved")

    def _move(self, request: Request, form: Form, standing: Standing) -> Response:
        front = self.front
        try:
            to = read_address(form.one("to"))
        except AudienceError:
            return self._page(request, standing, problem="address_wrong", opened="move", status=422)
        locale = locale_of(front, request, reader=standing.locale)
        wording = front.pages.words(locale)["move_text"]
        signup = SignUp(to, locale, wording, "/preferences")
        visit = Visit(visitor_of(request), front.seconds)
        limits = ceilings(front.site.settings.public)
        verdict = front.site.database.signups.ask_to_move(token_of(request), signup, visit, limits)
        LOG.info("preferences: move %s", verdict)
        if verdict is not Verdict.TAKEN:
            return message(front, locale, "busy", status=429, write=True)
        front.wake()
        return self._page(request, standing, notice="sent_text")

    def _data(self, request: Request) -> Response:
        found = self.front.site.database.preferences.everything(token_of(request))
        LOG.info("preferences: data")
        return Response(
            json.dumps({"schema": 1, **(found or {})}, ensure_ascii=False, indent=2),
            media_type="application/json",
            headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
        )

    def _forget(self, request: Request, standing: Standing) -> Response:
        front = self.front
        locale = locale_of(front, request, reader=standing.locale)
        front.site.database.subscribers.forget(standing.address, since=front.stamp)
        LOG.info("preferences: forgotten")
        return message(front, locale, "forgotten")


def masked(address: Address) -> str:
    """Enough for the reader to know it, and too little for anybody else: `a…@example.net`."""
    return f"{address.local[:1]}…@{address.domain}"


def _is_typed(text: str, address: Address) -> bool:
    try:
        return read_address(text).key == address.key
    except AudienceError:
        return False
