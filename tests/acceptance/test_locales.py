"""Every reader gets the issue in their own language, as far as there is one."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from tests.acceptance.conftest import ISSUE, Prepare, SiteFolder

GERMAN = """\
---
title: Harbour Watch Nr. 14
subject: "Harbour Watch 14: ein leiser Streik"
preheader: Neun Stunden ohne Krane.
---

Guten Tag, {{ subscriber.first_name | default("liebe Leserin, lieber Leser") }},

## Hafenarbeiter legen die Arbeit nieder {#dockers}

Die Kranführer haben neun Stunden nicht geladen. (*The Quay Gazette*, 18. November 2026)

:::only segment=board
Das Papier liegt auf [Ihrer Portalseite](https://portal.example.org/14).
:::
"""
READERS = [
    "ana@example.org,Ana,board,en",
    "ben@example.org,Ben,board,de-AT",
    "cleo@example.org,,reader,de",
    "dan@example.org,Dan,reader,",
    "eve@example.org,Eve,reader,ja",
]


@pytest.fixture
def site(site_as: Callable[[Prepare], SiteFolder]) -> SiteFolder:
    """Five readers, two of whom read German."""
    return site_as(_subscribe_germans)


def _subscribe_germans(site: SiteFolder) -> None:
    site.write("issues/2026-014/issue.de.md", GERMAN)
    ran = site.subscribe(READERS, header="email,first_name,role,locale")
    assert ran.code == 0, ran.err


def letters(site: SiteFolder) -> dict[str, EmailMessage]:
    """What came into the outbox, by address."""
    found = {}
    for path in site.mail:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found[path.name.split("_")[0]] = message
    return found


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_each_reader_gets_their_own_language_and_the_others_the_issues(site: SiteFolder) -> None:
    plan = site.run("--json", "plan", "2026-014", "--segment", "everyone").document
    assert plan["locales"] == {"de": 2, "en": 3}
    assert plan["variants"] == {}

    ran = site.run("send", "2026-014", "--segment", "everyone", "--confirm", "everyone 5")

    assert ran.code == 0, ran.err
    found = letters(site)
    assert sorted(found) == sorted(row.split(",")[0] for row in READERS)
    for name in ("ben", "cleo"):
        message = found[f"{name}@example.org"]
        assert message["Subject"] == "Harbour Watch 14: ein leiser Streik"
        assert '<html lang="de" dir="ltr"' in body(message, "html")
        assert "20. November 2026" in body(message, "html")
        text = body(message, "plain")
        assert "Mira Okafor und Jonas Lind" in text
        assert "(The Quay Gazette, 18. November 2026)" in text
        assert "Abmelden: https://news.example.org/u/" in text
    assert "Guten Tag, Ben," in body(found["ben@example.org"], "plain")
    assert "portal.example.org" in body(found["ben@example.org"], "plain")
    assert "Guten Tag, liebe Leserin, lieber Leser," in body(found["cleo@example.org"], "plain")
    assert "portal.example.org" not in body(found["cleo@example.org"], "plain")
    for name in ("ana", "dan", "eve"):
        message = found[f"{name}@example.org"]
        assert message["Subject"] == "Harbour Watch 14: a quiet strike"
        assert '<html lang="en" dir="ltr"' in body(message, "html")
        assert "Unsubscribe: https://" in body(message, "plain")


def test_plan_and_report_tell_the_languages(site: SiteFolder) -> None:
    planned = site.run("plan", "2026-014", "--segment", "everyone")
    assert "locales    en 3 · de 2\n" in planned.out
    assert "1  de, in board\n" in planned.out
    site.run("send", "2026-014", "--segment", "everyone", "--confirm", "everyone 5")

    report = site.run("report")
    document = site.run("--json", "report").document

    assert (
        "  locale        accepted\n  de                   2\n  en                   3" in report.out
    )
    assert document["locales"]["de"]["accepted"] == 2
    assert document["locales"]["en"] == {
        **dict.fromkeys(document["locales"]["en"], 0),
        "accepted": 3,
    }
    assert document["variants"] == {}


def test_variants_are_counted_and_everybody_keeps_theirs_in_every_language(
    site: SiteFolder,
) -> None:
    both = 'subject: {a: "A quiet strike", b: "Nine idle hours"}'
    site.write(
        "issues/2026-014/issue.md",
        ISSUE.replace('subject: "Harbour Watch 14: a quiet strike"', both),
    )
    german = 'subject: {a: "Ein leiser Streik", b: "Neun stille Stunden"}'
    site.write(
        "issues/2026-014/issue.de.md",
        GERMAN.replace('subject: "Harbour Watch 14: ein leiser Streik"', german),
    )

    plan = site.run("--json", "plan", "2026-014", "--segment", "everyone").document
    again = site.run("--json", "plan", "2026-014", "--segment", "everyone").document
    site.run("send", "2026-014", "--segment", "everyone", "--confirm", "everyone 5")
    report = site.run("--json", "report").document

    assert plan["variants"] == {"a": 3, "b": 2}
    assert plan["recipients_by_edition"] == again["recipients_by_edition"]
    assert {name: counts["accepted"] for name, counts in report["variants"].items()} == plan[
        "variants"
    ]
    subjects = {str(message["Subject"]) for message in letters(site).values()}
    assert subjects <= {
        "A quiet strike",
        "Nine idle hours",
        "Ein leiser Streik",
        "Neun stille Stunden",
    }


def test_a_broken_translation_stops_a_plan_and_a_send(site: SiteFolder) -> None:
    site.write("issues/2026-014/issue.de.md", GERMAN.replace("Portalseite](", "Portalseite](ftp:"))

    for words in (["plan"], ["send", "--confirm", "everyone 5"], ["send", "--dry-run"]):
        ran = site.run(words[0], "2026-014", "--segment", "everyone", *words[1:])
        assert ran.code != 0
        assert "issue.de.md:14:" in ran.err
        assert "error[link/scheme]" in ran.err
    assert site.mail == []


def test_what_the_checks_find_in_a_translation_stops_a_send(site: SiteFolder) -> None:
    site.write(
        "issues/2026-014/issue.de.md",
        GERMAN.replace(' | default("liebe Leserin, lieber Leser")', ""),
    )

    ran = site.run("send", "2026-014", "--segment", "everyone", "--confirm", "everyone 5")

    assert ran.code == 3
    assert "issue.de.md:7:12: error[merge/missing-value] 1 recipient has no" in ran.err
    assert site.mail == []


def test_a_language_and_a_variant_can_be_looked_at(site: SiteFolder) -> None:
    ran = site.run("--json", "render", "2026-014", "--locale", "de-CH")
    assert ran.document["edition"] == "de"
    path = site.folder / ran.document["files"]["message.txt"]
    assert "Hafenarbeiter" in path.read_text("utf-8")
    assert site.run("test", "2026-014", "--to", "me@example.net", "--locale", "de").code == 0
    assert (
        letters(site)["me@example.net"]["Subject"] == "[TEST] Harbour Watch 14: ein leiser Streik"
    )

    for command in (["render"], ["test", "--to", "me@example.net"]):
        mistyped = site.run(command[0], "2026-014", *command[1:], "--locale", "dee")
        assert mistyped.code == 2
        assert "did you mean 'de'? its locales: en, de" in mistyped.err
        for option, hint in (("--locale", "its locales: en, de"), ("--variant", "none")):
            wrong = site.run(command[0], "2026-014", *command[1:], option, "it")
            assert wrong.code == 2
            assert f"the issue has no {option[2:]} 'it'" in wrong.err
            assert hint in wrong.err


def test_a_sites_own_words_go_before_ours(site: SiteFolder) -> None:
    site.configure('\n[strings.de]\nunsubscribe = "Keine Post mehr"\nwhy = "Wegen {newsletter}."\n')

    site.run("render", "2026-014", "--locale", "de")

    text = (site.folder / ".newsletter/render/2026-014/message.txt").read_text("utf-8")
    assert "Keine Post mehr: https://" in text
    assert "Wegen Harbour Watch." in text


def test_a_reason_in_the_sites_language_is_not_said_in_another(site: SiteFolder) -> None:
    config = (site.folder / "newsletter.toml").read_text("utf-8")
    site.write("newsletter.toml", config.replace("[sub", 'reason = "You asked for it."\n[sub', 1))
    texts = {}
    for locale in ("en", "de"):
        site.run("render", "2026-014", "--locale", locale)
        path = site.folder / ".newsletter/render/2026-014"
        texts[locale] = [
            (path / name).read_text("utf-8") for name in ("message.txt", "message.html")
        ]

    assert all("You asked for it." in text for text in texts["en"])
    assert not any("You asked for it." in text for text in texts["de"])
    assert all("abonniert" in text for text in texts["de"])


def test_the_name_of_a_translation_means_its_issue(site: SiteFolder) -> None:
    ran = site.run("--json", "check", "issues/2026-014/issue.de.md")

    assert ran.code == 0
    assert "2 files checked" in ran.err
