"""Issues are compared with what was approved, as editors and CI do it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.conftest import ISSUE, SiteFolder

ISSUE_FILE = "issues/2026-014/issue.md"


@pytest.fixture
def approved(site: SiteFolder) -> SiteFolder:
    ran = site.run("snapshot", "--update")
    assert ran.code == 0, ran.err
    return site


def folder_of(site: SiteFolder) -> Path:
    return site.folder / "issues" / "2026-014" / "snapshots"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_nothing_is_approved_before_somebody_does(site: SiteFolder) -> None:
    ran = site.run("snapshot")

    assert ran.code == 1
    assert "not approved yet: no-name.en, long-name.en, rtl.en" in ran.out
    assert not folder_of(site).exists()


def test_approving_makes_it_clean(approved: SiteFolder) -> None:
    ran = approved.run("snapshot")

    assert (ran.code, ran.out) == (0, "")
    assert "1 issue, 3 renditions: all as approved" in ran.err


def test_a_word_that_changed_is_told_with_its_section_and_then_approved(
    approved: SiteFolder,
) -> None:
    before = contents(folder_of(approved))
    approved.write(ISSUE_FILE, ISSUE.replace("for nine hours", "for twelve hours"))

    ran = approved.run("snapshot", "2026-014")

    assert ran.code == 1
    assert "all 3 renditions\n    Dockers Pause Work\n" in ran.out
    assert "… crews stopped loading for [-nine-] {+twelve+} hours." in ran.out
    assert contents(folder_of(approved)) == before
    updated = approved.run("snapshot", "--update")
    assert updated.code == 0
    assert "[-nine-] {+twelve+}" in updated.out
    assert "wrote issues/2026-014/snapshots/no-name.en.html" in updated.err
    assert approved.run("snapshot").code == 0


def test_a_template_that_changed_is_told_as_markup(approved: SiteFolder) -> None:
    approved.configure('\n[theme]\nink = "#101010"\n')

    ran = approved.run("snapshot")

    assert ran.code == 1
    assert "the markup differs:" in ran.out
    assert "#101010" in ran.out


def test_a_persona_that_came_and_one_that_went_are_told(approved: SiteFolder) -> None:
    approved.configure('\n[personas.no-name]\n[personas.amira]\nrole = "board"\n')

    ran = approved.run("--json", "snapshot")

    assert ran.code == 1
    (issue,) = ran.document["issues"]
    assert issue["missing"] == ["amira.en"]
    assert issue["left_over"] == ["long-name.en", "rtl.en"]
    assert approved.run("snapshot", "--update").code == 0
    assert not (folder_of(approved) / "rtl.en.html").exists()
    assert "options paper" in (folder_of(approved) / "amira.en.txt").read_text("utf-8")


def test_the_document_tells_the_change_for_programs(approved: SiteFolder) -> None:
    approved.write(ISSUE_FILE, ISSUE.replace("for nine hours", "for twelve hours"))

    document = approved.run("--json", "snapshot").document

    assert document["clean"] is False
    (changed,) = document["issues"][0]["changed"]
    assert changed["renditions"] == ["no-name.en", "long-name.en", "rtl.en"]
    assert changed["changes"] == [
        {
            "kind": "words",
            "section": "Dockers Pause Work",
            "before": "nine",
            "after": "twelve",
            "lead": "crews stopped loading for",
            "trail": "hours. The Quay Gazette",
        }
    ]
    sizes = document["issues"][0]["bytes"]["no-name.en"]
    assert sizes["html_after"] - sizes["html_before"] == 2


def test_markdown_is_for_a_pull_request(approved: SiteFolder) -> None:
    approved.write(ISSUE_FILE, ISSUE.replace("for nine hours", "for <b>*twelve*</b> hours"))
    approved.write(ISSUE_FILE, ISSUE.replace("nine hours", "nine [hours](https://example.org/a_b)"))

    ran = approved.run("snapshot", "--format", "markdown")

    assert ran.out.startswith("### 2026-014: 3 changed")
    assert "(none) → `https://example.org/a_b`" in ran.out


def test_an_issue_that_cannot_be_rendered_does_not_hide_the_others(approved: SiteFolder) -> None:
    approved.write("issues/2026-015/issue.md", "---\ntitle: [\n---\n")
    approved.write(ISSUE_FILE, ISSUE.replace("nine", "ten"))

    ran = approved.run("snapshot")

    assert ran.code == 1
    assert "[-nine-] {+ten+}" in ran.out
    assert "2026-015: cannot be rendered" in ran.err
    assert "issues/2026-015/issue.md:2:" in ran.err
    assert "1 issue cannot be rendered; 1 issue, 3 renditions: 1 issue not as approved" in ran.err


def test_nothing_is_as_approved_where_nothing_can_be_rendered(approved: SiteFolder) -> None:
    approved.write(ISSUE_FILE, "---\ntitle: [\n---\n")

    ran = approved.run("snapshot")

    assert (ran.code, ran.out) == (1, "")
    assert "1 issue cannot be rendered: nothing was compared" in ran.err
    assert "all as approved" not in ran.err


def test_in_ci_nothing_is_written_and_the_answer_is_the_same(approved: SiteFolder) -> None:
    approved.environ["CI"] = "true"
    approved.write(ISSUE_FILE, ISSUE.replace("nine", "ten"))
    before = contents(folder_of(approved))

    assert approved.run("snapshot").code == 1
    assert contents(folder_of(approved)) == before


def test_a_broken_index_is_told_and_approving_writes_it_anew(approved: SiteFolder) -> None:
    (folder_of(approved) / "index.json").write_text("<<<<<<< HEAD\n")

    ran = approved.run("snapshot")
    assert ran.code == 1
    assert "index.json: the index of the approved snapshots cannot be read" in ran.err

    assert approved.run("snapshot", "--update").code == 0
    assert approved.run("snapshot").code == 0
