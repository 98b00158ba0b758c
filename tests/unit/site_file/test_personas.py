"""Sample readers of newsletter.toml, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from composer.cli.main import main
from composer.errors import AudienceError
from composer.model.address import Address
from composer.model.persona import PERSONAS
from composer.site import Site

SITE = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
base_url = "https://news.example.org"
postal_address = "12 Quay Street, Port Example"

[subscribers.fields]
first_name = "text"
role = "text"
joined = "date"
topics = "set"
seats = "number"
press = "boolean"

[segments]
board = 'role == "board"'
old = 'joined < "2025-01-01" and "energy" in topics'
"""
PEOPLE = """
[personas.amira]
first_name = "Amira"
role = "board"
joined = 2024-06-01
topics = ["policy", "energy"]
seats = 3
press = true
locale = "de"
variant = "b"

[personas.as-in-a-csv]
joined = "2024-06-01"
topics = "policy; energy"
seats = "3"
press = "yes"
address = "someone@example.net"
"""
ISSUE = """\
---
title: Harbour Watch No. 14
number: 14
date: 2026-11-20
subject: {a: "A quiet strike", b: "Nine idle hours"}
preheader: Nine hours without cranes.
---

Dear {{ subscriber.first_name | default("reader") }},

## Dockers Pause Work

:::only segment=board
For the board.
:::

:::only segment=old
For old friends.
:::
"""
Make = Callable[[str], Site]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(extra: str) -> Site:
        (tmp_path / "newsletter.toml").write_text(SITE + extra, "utf-8")
        issue = tmp_path / "issues" / "one" / "issue.md"
        issue.parent.mkdir(parents=True, exist_ok=True)
        issue.write_text(ISSUE, "utf-8")
        return Site.find(tmp_path, {})

    return made


def run(site: Site, *words: str) -> Result:
    return CliRunner(env={"NO_COLOR": "1"}).invoke(main, ["-C", str(site.folder), *words])


def test_fields_are_typed_whichever_way_they_are_written(make: Make) -> None:
    personas = make(PEOPLE).settings.personas

    expected = {
        "joined": date(2024, 6, 1),
        "topics": frozenset({"policy", "energy"}),
        "seats": 3.0,
        "press": True,
    }
    amira = personas["amira"]
    assert amira.fields == {"first_name": "Amira", "role": "board"} | expected
    assert (amira.locale, amira.variant) == ("de", "b")
    assert personas["as-in-a-csv"].fields == expected
    assert personas["as-in-a-csv"].mailbox == Address("someone", "example.net")


def test_segments_follow_from_the_rules(make: Make) -> None:
    site = make(PEOPLE)

    assert site.persona("amira").segments == {"everyone", "board", "old"}
    assert site.persona("as-in-a-csv").segments == {"everyone", "old"}


def test_a_site_without_personas_has_three(make: Make) -> None:
    site = make("")

    assert list(site.settings.personas) == list(PERSONAS) == ["no-name", "long-name", "rtl"]
    assert site.persona("no-name").segments == {"everyone"}


def test_a_misspelt_persona_is_told_with_the_nearest(make: Make) -> None:
    with pytest.raises(AudienceError, match="there is no persona 'amria'") as caught:
        make(PEOPLE).persona("amria")
    assert caught.value.hint == "did you mean 'amira'?"


def test_render_shows_the_letter_as_a_persona_gets_it(make: Make, tmp_path: Path) -> None:
    site = make(PEOPLE)

    ran = run(site, "render", "one", "--as", "amira")

    assert ran.exit_code == 0, ran.output
    text = (tmp_path / ".newsletter/render/one/message.txt").read_text("utf-8")
    assert "Dear Amira," in text
    assert "For the board." in text
    assert "For old friends." in text
    head = (tmp_path / ".newsletter/render/one/message.eml").read_text("utf-8")
    assert "To: Amira <amira@example.org>" in head
    assert "Subject: Nine idle hours" in head
    assert not (tmp_path / ".newsletter/newsletter.db").exists()

    assert run(site, "render", "one", "--as", "amri").exit_code == 2
    sent = run(site, "test", "one", "--to", "you@example.org", "--as", "amira")
    assert sent.exit_code == 0, sent.output


def test_the_checks_look_at_every_combination_that_a_persona_has(make: Make) -> None:
    issue = make("").read("one")
    without = {str(edition.key) for edition in make("").editions(issue)}
    site = make(PEOPLE)
    editions = [str(edition.key) for edition in site.editions(issue)]

    assert without == {"en/a", "en/a+board+old", "en/b", "en/b+board+old"}
    assert len(editions) == len(set(editions))
    assert any(key.endswith("+old") and "board" not in key for key in editions)
