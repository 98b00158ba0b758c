"""The words that the newsletter itself says, and how each language writes a date.

A translation is one more `Language` in `LANGUAGES`; a key that it lacks is said in English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

#: Languages that are written from right to left (CLDR's character orientation).
RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"arab", "hebr", "syrc", "thaa"})


#: A figure in a table: sign or currency, digits with separators, a short unit or a percent sign.
FIGURE = re.compile(r"[+\-−–±~≈<>$€£¥ ]*\d[\d.,:/ \u00a0\u202f’']*[%‰°]?[ \u00a0]?\w{0,3}")


@dataclass(frozen=True, slots=True)
class Language:
    """`date` is a format over `day`, `month` (a name) and `year`."""

    months: tuple[str, ...]
    date: str
    words: Mapping[str, str]


ENGLISH = Language(
    months=(
        "January", "February", "March", "April", "May", "June", "July",
        "August", "September", "October", "November", "December",
    ),
    date="{month} {day}, {year}",
    words={
        "number": "No.",
        "contents": "In this issue",
        "categories": "Categories",
        "editors_note": "Editors’ note",
        "image": "Image",
        "web_version": "Read on the web",
        "preferences": "Preferences",
        "unsubscribe": "Unsubscribe",
        "why": "You get this because you subscribed to {newsletter}.",
    },
)  # fmt: skip

GERMAN = Language(
    months=(
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli",
        "August", "September", "Oktober", "November", "Dezember",
    ),
    date="{day}. {month} {year}",
    words={
        "number": "Nr.",
        "contents": "In dieser Ausgabe",
        "categories": "Themen",
        "editors_note": "Anmerkung der Redaktion",
        "image": "Bild",
        "web_version": "Im Browser lesen",
        "preferences": "Einstellungen",
        "unsubscribe": "Abmelden",
        "why": "Sie erhalten diese E-Mail, weil Sie {newsletter} abonniert haben.",
    },
)  # fmt: skip

FRENCH = Language(
    months=(
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet",
        "août", "septembre", "octobre", "novembre", "décembre",
    ),
    date="{day} {month} {year}",
    words={
        "number": "Nº",
        "contents": "Dans ce numéro",
        "categories": "Thèmes",
        "editors_note": "Note de la rédaction",
        "image": "Image",
        "web_version": "Lire en ligne",
        "preferences": "Préférences",
        "unsubscribe": "Se désabonner",
        "why": "Vous recevez ce message car vous êtes abonné à {newsletter}.",
    },
)  # fmt: skip

LANGUAGES: Mapping[str, Language] = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH}


def language_of(locale: str) -> Language:
    """The language of `locale` (`de`, `de-AT`); English when there is no translation."""
    return LANGUAGES.get(locale.lower().partition("-")[0], ENGLISH)


def words_of(locale: str, newsletter: str) -> Mapping[str, str]:
    """Everything that `newsletter` (its name) says itself, in the language of `locale`."""
    words = {**ENGLISH.words, **language_of(locale).words}
    return words | {"why": words["why"].replace("{newsletter}", newsletter)}


def date_text(day: date, locale: str) -> str:
    """`day` as people write it: `November 20, 2026`."""
    language = language_of(locale)
    return language.date.format(day=day.day, month=language.months[day.month - 1], year=day.year)


def direction_of(locale: str) -> str:
    """`rtl` or `ltr`; a script subtag (`ku-Latn`, `pa-Arab`) outweighs the language."""
    language, *subtags = locale.lower().replace("_", "-").split("-")
    script = next((tag for tag in subtags if len(tag) == 4 and tag.isalpha()), "")
    if script:
        return "rtl" if script in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"
