"""Tests and mailings from the page: only with `--allow-send`, past the guards of every send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import parse_qs, quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from composer.dispatch import Test
from composer.errors import ComposerError, GuardError
from composer.model.mailing import Mailing
from composer.sending.choice import Editions
from composer.sending.guards import refuse_unconfirmed, refuse_unseen
from composer.sending.orders import Asked, Wish
from composer.sending.provider import Answer
from composer.sending.sample import Wanted
from composer.sending.watch import refuse_unwanted
from composer.site import Site
from composer.web.preview.around import Around
from composer.web.preview.plans import PROVIDERS, plan, planned
from composer.web.preview.remembered import last_address, remember_address

OFF = "Sending from here is off: newsletter preview --allow-send turns it on.\n"
#: What a form of a test carries.
_TEST = ("to", "who", "segment", "locale", "variant", "provider")

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the last test of an issue."""

    text: str
    hint: str = ""
    good: bool = False


@dataclass(frozen=True)
class Screens:
    """Answers for what sends."""

    around: Around
    told: dict[str, Told] = field(default_factory=dict)  #: shown once, by issue

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/issues/{id}/test", self.show_test, methods=["GET"]),
            Route("/issues/{id}/test", self.send_test, methods=["POST"]),
            Route("/issues/{id}/send", self.back, methods=["GET"]),
            Route("/issues/{id}/send", self.send, methods=["POST"]),
            Route("/mailings/{id}/resume", self.resume, methods=["POST"]),
            Route("/mailings/{id}/stop", self.stop, methods=["POST"]),
        ]

    # --- a test ---------------------------------------------------------------------------

    async def show_test(self, request: Request) -> Response:
        name = request.path_params["id"]
        if not self.around.allow_send:
            return PlainTextResponse(OFF, 403)
        if self.around.desk.path_of(name) is None:
            return RedirectResponse(f"/?{urlencode({'gone': name})}", 303)
        values = await run_in_threadpool(self._test_values, name, dict(request.query_params))
        return self.around.page("test.html.j2", values)

    async def send_test(self, request: Request) -> Response:
        if not self.around.allow_send:
            return PlainTextResponse(OFF, 403)
        name, form = request.path_params["id"], await form_of(request)
        try:
            self.told[name] = await run_in_threadpool(self._test, name, form)
        except ComposerError as error:
            self.told[name] = Told(error.problem, error.hint)
        kept = {key: form[key] for key in _TEST if form.get(key)}
        return RedirectResponse(f"/issues/{quote(name)}/test?{urlencode(kept)}", 303)

    def _test(self, name: str, form: Form) -> Told:
        site = Site.find(self.around.desk.folder, self.around.desk.environ)
        wanted = Wanted(form.get("segment", ""), form.get("locale", ""), form.get("variant", ""))
        issue, to = self.around.desk.issue(name), form.get("to", "").strip()
        test = Test.of(site, issue, to, reader=form.get("who", "").strip(), wanted=wanted)
        provider = test.provider(site, form.get("provider", ""))
        outcome = test.trial.send(provider)
        remember_address(site.state, name, to)
        text = f"To {to}: {test.told(site, provider.name, outcome)}"
        return Told(text, good=outcome.answer is Answer.ACCEPTED)

    def _test_values(self, name: str, query: Form) -> dict[str, object]:
        desk = self.around.desk
        values: dict[str, object] = {key: query.get(key, "") for key in _TEST}
        values |= {
            "name": name,
            "title": name,
            "to": query.get("to") or last_address(desk.site.state, name),
            "provider": query.get("provider") or desk.site.settings.provider.kind,
            "providers": PROVIDERS,
            "personas": list(desk.site.settings.personas),
            "locales": (),
            "variants": (),
            "told": self.told.pop(name, None),
        }
        try:
            issue = desk.issue(name)
        except ComposerError as error:
            values["told"] = values["told"] or Told(str(error))
            return values
        made = Editions.of(issue)
        variants = made.variants if len(made.variants) > 1 else ()
        locales = made.locales if len(made.locales) > 1 else ()
        return values | {"title": issue.title, "locales": locales, "variants": variants}

    # --- a mailing ------------------------------------------------------------------------

    async def back(self, request: Request) -> Response:
        return RedirectResponse(f"/issues/{quote(request.path_params['id'])}/plan", 303)

    async def send(self, request: Request) -> Response:
        if not self.around.allow_send:
            return PlainTextResponse(OFF, 403)
        name, form = request.path_params["id"], await form_of(request)
        if self.around.desk.path_of(name) is None:
            return RedirectResponse(f"/?{urlencode({'gone': name})}", 303)
        try:
            mailing = await run_in_threadpool(self._send, name, form)
        except ComposerError as error:
            values = await run_in_threadpool(plan, self.around.desk, name, form)
            return self.around.page("plan.html.j2", values | {"refused": error}, 409)
        return RedirectResponse(f"/mailings/{quote(mailing.id)}", 303)

    def _send(self, name: str, form: Form) -> Mailing:
        return self.around.sender.start(partial(self._begin, name, form))

    def _begin(self, name: str, form: Form) -> tuple[Site, Mailing]:
        """The mailing as it was looked at and confirmed, or what stands in its way."""
        site = Site.find(self.around.desk.folder, self.around.desk.environ)
        segment = site.segment(form.get("segment", ""))
        if not site.database_exists:
            raise GuardError("the list is empty: nothing was sent")
        ledger = site.database.ledger
        begun = ledger.unfinished(name, segment)
        if begun is not None and not ledger.discard(begun.id):
            raise GuardError(f"{begun.id} is not finished", hint="go on with it on its own page")
        made = planned(site, name, form)
        made.refuse(site)
        refuse_unseen(made.prepared.plan, form.get("seen", ""))
        refuse_unconfirmed(made.prepared.plan, form.get("confirm", ""))
        return site, made.freeze(site)

    async def resume(self, request: Request) -> Response:
        if not self.around.allow_send:
            return PlainTextResponse(OFF, 403)
        name = request.path_params["id"]
        try:
            await run_in_threadpool(self._resume, name)
        except ComposerError as error:
            return self.around.page("refused.html.j2", {"name": name, "error": error}, 409)
        return RedirectResponse(f"/mailings/{quote(name)}", 303)

    def _resume(self, name: str) -> Mailing:
        site = Site.find(self.around.desk.folder, self.around.desk.environ)

        def begin() -> tuple[Site, Mailing]:
            found = site.database.ledger.mailing(name) if site.database_exists else None
            if found is None:
                raise GuardError(f"there is no mailing {name!r}")
            if site.database.standings.is_sending(name):
                raise GuardError(f"{name} is being sent by another process")
            if found.wish == Wish.CANCEL:
                refuse_unwanted(name, Asked(Wish.CANCEL))
            if found.wish:
                site.database.ledger.orders.ask(name, Wish.NONE)
            return site, found

        return self.around.sender.start(begin)

    async def stop(self, request: Request) -> Response:
        if not self.around.allow_send:
            return PlainTextResponse(OFF, 403)
        name = request.path_params["id"]
        if self.around.sender.sending == name:
            await run_in_threadpool(self.around.sender.stop)
        return RedirectResponse(f"/mailings/{quote(name)}", 303)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; the guard has limited its size."""
    content = (await request.body()).decode("utf-8", "replace")
    fields = parse_qs(content, keep_blank_values=True, max_num_fields=64)
    return {name: values[-1] for name, values in fields.items()}
