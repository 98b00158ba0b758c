"""What the pages say, in the reader's language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from composer.model.locales import nearest, wider
from composer.model.settings import NewsletterSettings
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
    known = (*known_words(), *newsletter.strings, newsletter.locale)
    for tag in (asked, reader, *_accepted(accepted)):
        if tag and (found := nearest(tag, known)):
            return found
    return newsletter.locale


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
