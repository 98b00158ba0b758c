"""`issue.de.md` beside `issue.md`: what it has from the original, and what is wrong with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from composer.model.issue import Citation
from composer.reading.issue_file import MOST_LOCALES, Reading, inspect_issue
from tests.unit.reading.samples import VOCABULARY, codes

ORIGINAL = """\
---
title: Harbour Watch No. 14
date: 2026-11-20
number: 14
authors: [Mira Okafor]
categories: [Ports]
subject: {a: A quiet strike, b: Nine idle hours}
preheader: Nine hours without cranes.
---

## Dockers Pause Work {#dockers}

They stopped. (*The Quay Gazette*, November 18, 2026)
"""
GERMAN = """\
---
title: Hafenwacht Nr. 14
subject: {a: Ein leiser Streik, b: Neun stille Stunden}
---

## Hafenarbeiter streiken {#dockers}

Sie hielten an. (*The Quay Gazette*, 18. November 2026)
"""


def read(folder: Path, original: str = ORIGINAL, **translations: str) -> Reading:
    (folder / "issue.md").write_text(original, "utf-8")
    for name, text in translations.items():
        (folder / f"issue.{name.replace('_', '-')}.md").write_text(text, "utf-8")
    return inspect_issue(folder / "issue.md", VOCABULARY)


def test_a_translation_has_from_the_original_what_it_does_not_say(tmp_path: Path) -> None:
    issue = read(tmp_path, de=GERMAN).issue

    assert issue is not None
    german = issue.translations["de"]
    assert (german.title, german.locale) == ("Hafenwacht Nr. 14", "de")
    assert german.path == tmp_path / "issue.de.md"
    assert (german.date, german.number, german.authors) == (issue.date, "14", ("Mira Okafor",))
    assert german.categories == ("Ports",)
    assert german.preheader == issue.preheader
    assert german.subjects == {"a": ("Ein leiser Streik",), "b": ("Neun stille Stunden",)}
    assert german.id == issue.id
    assert german.translations == {}


def test_the_nearest_text_is_read_and_else_the_original(tmp_path: Path) -> None:
    issue = read(tmp_path, de=GERMAN, de_AT=GERMAN, zh_Hant=GERMAN).issue

    assert issue is not None
    assert issue.locales == ("en", "de", "de-AT", "zh-Hant")
    for wanted, got in (
        ("de", "de"), ("de-CH", "de"), ("DE_at", "de-AT"), ("de-AT-1996", "de-AT"),
        ("zh-Hant-TW", "zh-Hant"), ("zh", "en"), ("ja", "en"), ("", "en"), ("en-GB", "en"),
    ):  # fmt: skip
        assert issue.text_for(wanted).locale == got, wanted


def test_an_original_with_a_region_is_not_shadowed_by_its_language(tmp_path: Path) -> None:
    british = ORIGINAL.replace("---\n", "---\nlocale: en-GB\n", 1)
    issue = read(tmp_path, british, en=GERMAN).issue

    assert issue is not None
    assert issue.text_for("en-GB") is issue
    assert issue.text_for("en-US") is issue.translations["en"]


def test_a_title_is_the_subject_where_the_original_says_no_other(tmp_path: Path) -> None:
    plain = "---\ntitle: One\ndate: 2026-11-20\n---\nText\n"
    issue = read(tmp_path, plain, de="---\ntitle: Eins\n---\nWorte\n").issue

    assert issue is not None
    assert issue.translations["de"].subjects == {"": ("Eins",)}


def test_a_broken_translation_makes_the_issue_unusable(tmp_path: Path) -> None:
    reading = read(tmp_path, de=GERMAN + "\n[x](ftp://example.org)\n")

    assert reading.issue is None
    assert [(f.path.name, f.line) for f in reading.findings] == [("issue.de.md", 10)]


def test_mistakes_of_both_files_are_told_at_once(tmp_path: Path) -> None:
    reading = read(tmp_path, ORIGINAL + "\n<b>\n", de=GERMAN + "\n<i>\n")

    assert {f.path.name for f in reading.findings} == {"issue.md", "issue.de.md"}


def test_too_many_languages_are_refused(tmp_path: Path) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    fences = [f":::only locale=x{a}\nText.\n:::\n" for a in letters]
    fences += [f":::only locale=y{a}\nText.\n:::\n" for a in letters]

    reading = read(tmp_path, ORIGINAL + "\n" + "\n".join(fences))

    assert len(fences) > MOST_LOCALES
    assert reading.issue is None
    assert codes(reading) == ["i18n/locale"]


def test_too_many_translations_are_refused_before_they_are_read(tmp_path: Path) -> None:
    for number in range(MOST_LOCALES):
        (tmp_path / f"issue.{number}.md").write_bytes(b"\xff")

    assert codes(read(tmp_path)) == ["i18n/locale"]


def test_variants_of_a_preheader_go_with_those_of_the_subject(tmp_path: Path) -> None:
    fit = ORIGINAL.replace("Nine hours without cranes.", "{a: Nine hours., b: Two quays.}")
    issue = read(tmp_path, fit).issue
    assert issue is not None
    assert issue.preheaders == {"a": ("Nine hours.",), "b": ("Two quays.",)}
    assert issue.variants == ("a", "b")

    for wrong, code in (
        ("{a: Nine hours., c: Two quays.}", "meta/preheader"),
        ("{a: Nine hours.}", "meta/preheader"),
        ('{"": Nine hours., b: Two quays.}', "meta/preheader"),
    ):
        found = read(tmp_path, ORIGINAL.replace("Nine hours without cranes.", wrong))
        assert found.issue is None
        assert code in codes(found)


def test_variants_of_a_preheader_alone_are_variants(tmp_path: Path) -> None:
    text = "---\ntitle: One\ndate: 2026-11-20\npreheader: {a: Nine., b: Two.}\n---\nText\n"
    issue = read(tmp_path, text).issue

    assert issue is not None
    assert issue.variants == ("a", "b")
    assert issue.subjects == {"": ("One",)}


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("de", "18. November 2026"), ("de", "18. Nov. 2026"), ("de-AT", "1. Jänner 2026"),
        ("fr", "18 novembre 2026"), ("fr", "1er décembre 2026"), ("es", "18 de noviembre de 2026"),
        ("pt-BR", "18 de novembro de 2026"), ("it", "18 novembre 2026"), ("nl", "18 november 2026"),
        ("pl", "18 listopada 2026"), ("uk", "18 листопада 2026"), ("uk", "18 листопада 2026 р."),
        ("ar", "18 نوفمبر 2026"), ("ar", "١٨ نوفمبر ٢٠٢٦"), ("ja", "2026年11月18日"),
        ("sv", "18 november 2026"), ("de", "2026-11-18"), ("en", "2026-11-18"),
        ("de", "November 18, 2026"), ("en-GB", "18 November 2026"),
    ],
)  # fmt: skip
def test_a_citation_has_its_date_as_the_language_writes_it(
    locale: str, written: str, tmp_path: Path
) -> None:
    head = f"---\ntitle: One\ndate: 2026-11-20\nlocale: {locale}\n---\n\n"
    issue = read(tmp_path, f"{head}Text. (*The Quay Gazette*, {written})\n").issue

    assert issue is not None
    citation = issue.introduction[-1]
    assert isinstance(citation, Citation)
    (source,) = citation.sources
    assert source.name == "The Quay Gazette"
    expected = {"1. Jänner 2026": date(2026, 1, 1), "1er décembre 2026": date(2026, 12, 1)}
    assert source.published == expected.get(written, date(2026, 11, 18))


def test_a_misspelt_month_is_told_in_its_language(tmp_path: Path) -> None:
    head = "---\ntitle: One\ndate: 2026-11-20\nlocale: uk\n---\n\n"
    reading = read(tmp_path, f"{head}Текст. (*Голос*, 18 листопда 2026)\n")

    (finding,) = reading.findings
    assert (finding.code, finding.hint) == ("cite/date", "did you mean 'листопада'?")


def test_a_date_that_does_not_exist_is_told(tmp_path: Path) -> None:
    head = "---\ntitle: One\ndate: 2026-11-20\nlocale: de\n---\n\n"
    reading = read(tmp_path, f"{head}Text. (*Hafenblatt*, 31. November 2026)\n")

    assert [f.message for f in reading.findings] == ["31. November 2026 does not exist"]
