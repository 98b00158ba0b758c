"""What the screens have in common: a page in the reader's language, and topics to choose from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from composer.model.joining import Ceilings
from composer.model.locales import wider
from composer.model.settings import PublicSettings
from composer.web.public.asked import Form, accepted_languages
from composer.web.public.front import Front
from composer.web.public.words import locale_for

#: From how many sign-ups an hour on a visitor seems to be a robot.
SUSPICIOUS_FROM = 3


Handler = Callable[[Request], Awaitable[Response]]


def screen(path: str, look: Handler, act: Handler, name: str) -> Route:
    """An address that is looked at with GET and acted on with POST."""

    async def answer(request: Request) -> Response:
        return await (act if request.method == "POST" else look)(request)

    return Route(path, answer, methods=["GET", "POST"], name=name)


def locale_of(front: Front, request: Request, form: Form | None = None, reader: str = "") -> str:
    """The language that this reader reads."""
    asked = (form.one("lang") if form else "") or request.query_params.get("lang", "")
    return locale_for(
        front.site.settings.newsletter,
        asked=asked[:40],
        reader=reader,
        accepted=accepted_languages(request.headers),
    )


def shown(
    front: Front, name: str, locale: str, *, status: int = 200, title: str, **values: object
) -> Response:
    """The page `name`; `title` is one of our words."""
    words = front.pages.words(locale)
    html = front.pages.render(name, locale, title=words[title], **values)
    return HTMLResponse(html, status)


def message(
    front: Front,
    locale: str,
    what: str,
    *,
    status: int = 200,
    join: bool = False,
    write: bool = False,
) -> Response:
    """A page that only says something: the words `what_title` and `what_text`."""
    text = front.pages.words(locale)[f"{what}_text"]
    us = write_us(front, locale) if write else ""
    return shown(
        front,
        "message",
        locale,
        status=status,
        title=f"{what}_title",
        text=text,
        join=join,
        write_us=us,
    )


def write_us(front: Front, locale: str) -> str:
    """Where a person may be written to; empty where the site names nobody."""
    reply_to = front.site.settings.newsletter.reply_to
    if reply_to is None:
        return ""
    return front.pages.words(locale)["write_us"].replace("{address}", str(reply_to.address))


def ceilings(public: PublicSettings) -> Ceilings:
    """The limits of the site."""
    proof = {"off": None, "suspicious": SUSPICIOUS_FROM, "always": 0}
    return Ceilings(
        visitor_an_hour=public.visitor_limit,
        domain_an_hour=public.domain_limit,
        proof_from=proof[public.altcha],
    )


def topics(
    front: Front, locale: str, chosen: Mapping[str, Iterable[str]]
) -> list[dict[str, object]]:
    """What may be chosen, as the template shows it; what has no label is shown as it is."""
    public, heading = front.site.settings.public, front.pages.words(locale)["topics"]
    own = _labels(public, locale)
    labels = _labels(public, front.site.settings.newsletter.locale) | own
    return [
        {
            "field": name,
            "label": own.get(name, heading),
            "values": [
                {
                    "value": value,
                    "label": labels.get(value, value),
                    "chosen": value in set(chosen.get(name, ())),
                }
                for value in values
            ],
        }
        for name, values in public.topics.items()
    ]


def _labels(public: PublicSettings, locale: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in reversed(list(wider(locale))):
        found |= public.labels.get(tag, {})
    return found


def chosen_topics(
    public: PublicSettings, form: Form, before: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Field → the text of its value: what the form ticked, and what it could not offer."""
    found: dict[str, str] = {}
    for name, offered in public.topics.items():
        had = {item.strip() for item in (before or {}).get(name, "").split(";")} - {""}
        ticked = set(form.all(name)) & set(offered)
        found[name] = ";".join(sorted((had - set(offered)) | ticked))
    return found
