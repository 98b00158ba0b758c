"""`[strings.xx]` of `newsletter.toml`: the newsletter's own words, as the site says them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from composer.reading.keys import STRINGS
from composer.reading.page_vocabulary import PAGE_WORDS
from composer.reading.site_sheet import Sheet
from composer.reading.site_values import Wrong, line, locale
from composer.reading.suggest import near
from composer.reading.vocabulary import OWN_WORDS

#: What a site may say anew: in its letters and on its pages.
KNOWN = {**OWN_WORDS, **PAGE_WORDS}
_PLACE = re.compile(r"\{([^{}]*)\}")


def read_strings(sheet: Sheet) -> Mapping[str, Mapping[str, str]]:
    """Locale → word → text; what cannot stand is reported."""
    found: dict[str, Mapping[str, str]] = {}
    for name in sheet.table(*STRINGS):
        try:
            tag = locale(name)
        except Wrong as wrong:
            spot = sheet.found(*STRINGS, name).key
            hint = f"write [strings.{wrong.hint}]" if "_" in name else "write [strings.de]"
            sheet.report("value", wrong.problem, hint, spot)
            continue
        found[tag] = {**found.get(tag, {}), **_words(sheet, name)}
    return found


def _words(sheet: Sheet, name: str) -> Mapping[str, str]:
    words: dict[str, str] = {}
    for word in sheet.table(*STRINGS, name):
        place = sheet.found(*STRINGS, name, word)
        if word not in KNOWN:
            message = f"[strings.{name}] has no {word!r}"
            sheet.report("unknown-key", message, near(word, sorted(KNOWN)), place.key)
            continue
        try:
            words[word] = _text(word, sheet.table(*STRINGS, name)[word])
        except Wrong as wrong:
            sheet.report("value", f"{word}: {wrong.problem}", wrong.hint, place.value)
    return words


def _text(word: str, value: object) -> str:
    """A line of text that holds no other `{…}` than the word may have."""
    text = line(value)
    may = KNOWN[word]
    for found in _PLACE.finditer(text):
        if found[1] not in may:
            hint = near(found[1], sorted(may)) if may else "it is said as it is written"
            raise Wrong(f"{found[0]} is not filled here", hint)
    return text
