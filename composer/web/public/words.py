"""What the pages say, in the reader's language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from composer.errors import NamedError
from composer.model.locales import nearest, wider
from composer.model.settings import NewsletterSettings
from composer.reading.suggest import among
from composer.rendering.strings import words_of

#: Longer headers are not read.
_MOST_HEADER_CHARS = 500
_MOST_LANGUAGES = 20


@cache
def known_words() -> Mapping[str, Mapping[str, str]]:
    """Locale → word → text, as we ship them."""
    folder = files("composer.web.public").joinpath("words")
    return {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text("utf-8"))
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    }


def page_words(locale: str, newsletter: NewsletterSettings) -> Mapping[str, str]:
    """Every word of the pages, the newsletter's name filled in; a site's own go before ours."""
    words = dict(known_words()["en"])
    for known in (known_words(), newsletter.strings):
        for tag in reversed(list(wider(locale))):
            words |= known.get(tag, {})
    filled = {name: text.replace("{newsletter}", newsletter.name) for name, text in words.items()}
    return {**words_of(locale, newsletter), **filled}


def locale_for(
    newsletter: NewsletterSettings, *, asked: str = "", reader: str = "", accepted: str = ""
) -> str:
    """The language of a page: asked for in its address, the reader's own, or the browser's."""
    known = known_locales(newsletter)
    for tag in (asked, reader, *_accepted(accepted)):
        if tag and (found := nearest(tag, known)):
            return found
    return newsletter.locale


def locale_named(newsletter: NewsletterSettings, asked: str) -> str:
    """The language of a page that somebody typed, or the newsletter's own for `""`.

    Raises:
        NamedError: the pages have no words in it.
    """
    known = known_locales(newsletter)
    if asked and not nearest(asked, known):
        hint = among(asked, sorted(set(known)), called="there are")
        raise NamedError(f"the pages have no locale {asked!r}", hint=hint)
    return locale_for(newsletter, asked=asked)


def known_locales(newsletter: NewsletterSettings) -> tuple[str, ...]:
    """Those that we have words for, that the site has, and its own."""
    return (*known_words(), *newsletter.strings, newsletter.locale)


def _accepted(header: str) -> Iterable[str]:
    """The languages of `Accept-Language`, the best first (RFC 9110 section 12.5.4)."""
    weighted: list[tuple[float, str]] = []
    for part in header[:_MOST_HEADER_CHARS].split(",")[:_MOST_LANGUAGES]:
        tag, _, rest = part.partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest.strip() else 1.0
        except ValueError:
            continue
        if 0 < weight <= 1:
            weighted.append((weight, tag.strip()))
    weighted.sort(key=lambda pair: -pair[0])
    return [tag for _, tag in weighted]
