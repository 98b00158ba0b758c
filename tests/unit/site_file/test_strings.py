"""`[strings.xx]`: the newsletter's own words, as the site says them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from composer.errors import SourceError
from composer.model.finding import Finding
from composer.model.settings import NewsletterSettings
from composer.reading.site_file import read_settings
from composer.reading.vocabulary import OWN_WORDS
from composer.rendering.strings import date_text, direction_of, listed, words_of
from tests.unit.checks.samples import NEWSLETTER

SITE = """\
[newsletter]
name = "Harbour Watch"
from = "desk@news.example.org"
base_url = "https://news.example.org"
"""


def settings(folder: Path, text: str) -> NewsletterSettings:
    (folder / "newsletter.toml").write_text(SITE + text, "utf-8")
    return read_settings(folder, {}).newsletter


def said(folder: Path, text: str) -> Finding:
    with pytest.raises(SourceError) as caught:
        settings(folder, text)
    (finding,) = caught.value.findings
    assert isinstance(finding, Finding)
    return finding


def test_a_site_says_a_word_in_its_own_way_and_the_others_stay(tmp_path: Path) -> None:
    made = settings(tmp_path, '[strings.de]\ncontents = "Heute"\n[strings.de-AT]\nimage = "Foto"\n')

    assert words_of("de", made)["contents"] == "Heute"
    assert words_of("de", made)["image"] == "Bild"
    assert words_of("de-AT", made)["contents"] == "Heute"
    assert words_of("de-AT", made)["image"] == "Foto"
    assert words_of("en", made)["contents"] == "In this issue"


def test_a_language_that_we_do_not_know_can_be_added(tmp_path: Path) -> None:
    made = settings(tmp_path, '[strings.sv]\nwhy = "Du får detta från {newsletter}."\n')

    assert words_of("sv-FI", made)["why"] == "Du får detta från Harbour Watch."
    assert words_of("sv", made)["contents"] == "In this issue"


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ('[strings.de]\ncontent = "x"', (6, 1), "has no 'content'", "did you mean 'contents'?"),
        ('[strings.de]\nwhy = "{newletter}"', (6, 8), "not filled", "did you mean 'newsletter'?"),
        ('[strings.de]\nimage = "{x}"', (6, 10), "not filled", "it is said as it is written"),
        ("[strings.de]\nimage = 1", (6, 9), "is not text", "write it in quotes"),
        ('[strings.pt_BR]\nimage = "x"', (5, 1), "is not a locale", "write [strings.pt-BR]"),
        ('[strings.german]\nimage = "x"', (5, 1), "is not a locale", "write [strings.de]"),
        ('[strings]\nimage = "x"', (6, 1), "is not a locale", "write [strings.de]"),
    ],
)
def test_what_cannot_stand_is_told_with_its_place(
    text: str, place: tuple[int, int], message: str, hint: str, tmp_path: Path
) -> None:
    finding = said(tmp_path, text)

    assert message in finding.message
    assert hint in finding.hint
    assert (finding.line, finding.column) == place


def test_the_reason_of_a_site_is_said_in_its_own_language_only() -> None:
    site = replace(NEWSLETTER, reason="You asked for it.", locale="en")

    assert words_of("en-GB", site)["why"] == "You asked for it."
    assert "abonniert" in words_of("de", site)["why"]


def test_dates_and_names_are_as_the_language_writes_them() -> None:
    day, names = date(2026, 11, 20), ("Ana", "Ben", "Cleo")
    for locale, dated, joined in (
        ("en", "November 20, 2026", "Ana, Ben and Cleo"),
        ("en-US", "November 20, 2026", "Ana, Ben, and Cleo"),
        ("en-GB", "20 November 2026", "Ana, Ben and Cleo"),
        ("de", "20. November 2026", "Ana, Ben und Cleo"),
        ("fr", "20 novembre 2026", "Ana, Ben et Cleo"),
        ("es", "20 de noviembre de 2026", "Ana, Ben y Cleo"),
        ("uk", "20 листопада 2026\u202fр.", "Ana, Ben і Cleo"),
        ("pl", "20 listopada 2026", "Ana, Ben i Cleo"),
        ("ar", "20 نوفمبر 2026", "Ana وBen وCleo"),
        ("xx", "November 20, 2026", "Ana, Ben, and Cleo"),
    ):
        assert date_text(day, locale) == dated
        assert listed(names, locale) == joined
    assert listed((), "de") == ""
    assert listed(("Ana",), "de") == "Ana"


@settings_of(max_examples=20, deadline=None)  # each new locale reads a file of the CLDR
@given(st.from_regex(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", fullmatch=True))
def test_every_locale_has_every_word_a_date_and_a_direction(locale: str) -> None:
    assert words_of(locale, NEWSLETTER).keys() == OWN_WORDS.keys()
    assert "20" in date_text(date(2026, 11, 20), locale)
    assert all(name in listed(("Ana", "Ben"), locale) for name in ("Ana", "Ben"))
    assert direction_of(locale) in {"ltr", "rtl"}
