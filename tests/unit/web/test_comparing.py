"""The view Compare: against what was approved, a commit, and the last mailing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from composer.cli.main import main
from composer.web.preview.app import Preview
from composer.web.preview.comparing import rows_of
from composer.web.preview.desk import Desk
from tests.unit.web.asking import TOKEN, Asker

SITE = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
postal_address = "12 Quay Street, Port Example"
base_url = "https://news.example.org"

[personas.mira]
address = "mira@example.net"

[personas.noor]
address = "noor@example.net"
"""
ISSUE = """\
---
title: Harbour Watch No. 14
date: 2026-11-20
---

## Dockers Pause Work

Crane crews stopped loading for nine hours.
"""
PAGE = "/issues/2026-014?view=compare"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    issue = site / "issues" / "2026-014"
    issue.mkdir(parents=True)
    (site / "newsletter.toml").write_text(SITE, encoding="utf-8")
    (issue / "issue.md").write_text(ISSUE, encoding="utf-8")
    return site


@pytest.fixture
def owner(folder: Path) -> Asker:
    return Asker(Preview(Desk(folder, {}), token=TOKEN, port=4040).app, TOKEN)


def _write(folder: Path, old: str, new: str) -> None:
    path = folder / "issues" / "2026-014" / "issue.md"
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")


def _run(folder: Path, *words: str, stdin: str = "") -> None:
    done = CliRunner().invoke(main, ["-C", str(folder), *words], input=stdin)
    assert done.exit_code == 0, done.output


def _commit(folder: Path) -> None:
    identity = ("-c", "user.name=Mira", "-c", "user.email=mira@example.org")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run(  # noqa: S603 - git itself
            ["git", *identity, *words],  # noqa: S607 - the one that everybody has
            cwd=folder,
            check=True,
        )


@pytest.mark.parametrize(
    ("against", "said", "hint"),
    [
        ("snapshot", "nothing of this issue is approved yet", "newsletter snapshot 2026-014"),
        ("commit", "repository", ""),
        ("sent", "this issue was never sent", "newsletter plan 2026-014"),
    ],
)
def test_without_a_past_the_view_says_what_to_do(
    owner: Asker, against: str, said: str, hint: str
) -> None:
    answer = owner.get(f"{PAGE}&against={against}")

    assert answer.status == 200
    assert said in answer.text.lower() or said.capitalize() in answer.text
    assert hint in answer.text
    assert owner.get(f"/issues/2026-014/then.html?against={against}").status == 404


def _approve(folder: Path) -> None:
    _run(folder, "snapshot", "--update")


def _send(folder: Path) -> None:
    people = folder / "people.csv"
    people.write_text("email\nana@example.net\n", encoding="utf-8")
    _run(folder, "subscribers", "import", str(people))
    _run(folder, "send", "2026-014", "--segment", "everyone", "--confirm", "everyone 1")


MADE = {"snapshot": _approve, "commit": _commit, "sent": _send}


@pytest.mark.parametrize("against", MADE)
def test_what_changed_is_told_in_words_lines_and_letters(
    folder: Path, owner: Asker, against: str
) -> None:
    MADE[against](folder)
    same = owner.get(f"{PAGE}&against={against}").text
    _write(folder, "nine hours", "ten & more hours")
    owner = Asker(Preview(Desk(folder, {}), token=TOKEN, port=4040).app, TOKEN)
    words = owner.get(f"{PAGE}&against={against}").text
    html = owner.get(f"{PAGE}&against={against}&show=html&who=noor").text
    text = owner.get(f"{PAGE}&against={against}&show=text").text
    frames = [
        owner.get(f"/issues/2026-014/{side}.html?against={against}") for side in ("then", "now")
    ]

    assert "No reader would notice a difference." in same
    assert "<del>nine</del> <ins>ten &amp; more</ins>" in words
    assert "all 2 renditions" in words
    assert "as <b>noor.en</b>" in html
    assert 'class="gone"' in html
    assert "nine hours" in text
    assert ["nine hours" in frame.text for frame in frames] == [True, False]
    for frame in frames:
        assert "sandbox allow-same-origin allow-popups" in frame.headers["content-security-policy"]


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "\x00", "HEAD^{tree}", "a" * 500])
def test_a_revision_that_is_none_is_told(folder: Path, owner: Asker, revision: str) -> None:
    from urllib.parse import quote

    _commit(folder)

    answer = owner.get(f"{PAGE}&against=commit&rev={quote(revision)}")

    assert answer.status == 200
    assert "revision" in answer.text
    assert not (folder / "x").exists()


def test_the_mjml_that_nobody_kept_is_not_shown_as_empty(folder: Path, owner: Asker) -> None:
    _approve(folder)

    assert "Nobody kept the MJML" in owner.get(f"{PAGE}&show=mjml").text


def test_a_snapshot_that_cannot_be_read_is_told(folder: Path, owner: Asker) -> None:
    _approve(folder)
    (folder / "issues" / "2026-014" / "snapshots" / "index.json").write_text("{", encoding="utf-8")

    answer = owner.get(PAGE)

    assert answer.status == 200
    assert "the index of the approved snapshots cannot be read" in answer.text.lower()


lines = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12).map("\n".join)


@given(lines, lines)
def test_the_rows_lead_from_one_side_to_the_other(before: str, after: str) -> None:
    old, new = before.splitlines(), after.splitlines()
    for row in rows_of(before, after):
        if row.before:
            assert old[row.before - 1] == row.text
        if row.after:
            assert new[row.after - 1] == row.text
    gone = sum(1 for row in rows_of(before, after) if row.kind == "gone")
    made = sum(1 for row in rows_of(before, after) if row.kind == "new")

    assert len(old) - gone == len(new) - made
    assert list(rows_of(before, before)) == []
