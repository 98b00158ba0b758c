"""The words that the newsletter itself says, and how each language writes a date."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import cache

from composer.model.locales import wider
from composer.model.settings import NewsletterSettings
from composer.rendering.languages import WORDS

#: Languages that are written from right to left (CLDR's character orientation).
RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"arab", "hebr", "syrc", "thaa"})


#: A figure in a table: sign or currency, digits with separators, a short unit or a percent sign.
FIGURE = re.compile(r"[+\-−–±~≈<>$€£¥ ]*\d[\d.,:/ \u00a0\u202f’']*[%‰°]?[ \u00a0]?\w{0,3}")


def words_of(locale: str, newsletter: NewsletterSettings) -> Mapping[str, str]:
    """Everything that `newsletter` says itself in the language of `locale`.

    The site's words go before ours, and a region's before its language's.
    """
    words = dict(WORDS["en"])
    for known in (WORDS, newsletter.strings):
        for tag in reversed(list(wider(locale))):
            words |= known.get(tag, {})
    why = reason_of(newsletter, locale) or words["why"]
    return words | {"why": why.replace("{newsletter}", newsletter.name)}


def reason_of(newsletter: NewsletterSettings, locale: str) -> str:
    """The site's own sentence for why readers get this; it speaks the site's language only."""
    is_own = locale.partition("-")[0] == newsletter.locale.partition("-")[0]
    return newsletter.reason if is_own else ""


def date_text(day: date, locale: str) -> str:
    """`day` as people write it: `November 20, 2026`, `20. November 2026` (CLDR's long form)."""
    from babel.dates import format_date  # noqa: PLC0415 - 20 ms that only rendering needs

    return format_date(day, "long", locale=_cldr(locale))


def listed(names: Sequence[str], locale: str) -> str:
    """`A, B and C`, as the language joins them."""
    from babel.lists import format_list  # noqa: PLC0415 - as above

    # Without a region, English is the world's: no comma before the last name.
    return format_list(names, locale="en_001" if locale == "en" else _cldr(locale))


def language_name(locale: str) -> str:
    """What the language calls itself: `Deutsch`, `Português (Brasil)`; its tag when unknown."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - as above

    with suppress(UnknownLocaleError, ValueError):
        name = Locale.parse(locale, sep="-").get_display_name()
        return name[:1].upper() + name[1:] if name else locale
    return locale


@cache
def _cldr(locale: str) -> str:
    """The name under which the CLDR has `locale`, or what contains it; English where nothing is."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - as above

    for tag in wider(locale):
        with suppress(UnknownLocaleError, ValueError):
            return str(Locale.parse(tag, sep="-"))
    return "en"


def direction_of(locale: str) -> str:
    """`rtl` or `ltr`; a script subtag (`ku-Latn`, `pa-Arab`) outweighs the language."""
    language, *subtags = locale.lower().replace("_", "-").split("-")
    script = next((tag for tag in subtags if len(tag) == 4 and tag.isalpha()), "")
    if script:
        return "rtl" if script in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"
