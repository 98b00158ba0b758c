"""What readers would notice since a revision, out of a real git repository."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.conftest import CONFIG, ISSUE, SiteFolder

ISSUE_FILE = "issues/2026-014/issue.md"


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=Mira", "-c", "user.email=mira@example.org")
    done = subprocess.run(  # noqa: S603 - git itself
        ["git", *identity, *words],  # noqa: S607 - the one that everybody has
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def kept(site: SiteFolder) -> SiteFolder:
    """The site below the root of a repository, committed once."""
    git(site.folder.parent, "init", "-q", "-b", "main")
    (site.folder / ".gitignore").write_text(".newsletter/\n")
    git(site.folder, "add", ".")
    git(site.folder, "commit", "-q", "-m", "First")
    return site


def test_an_issue_that_did_not_change_has_nothing_to_tell(kept: SiteFolder) -> None:
    ran = kept.run("diff", "2026-014")

    assert (ran.code, ran.out) == (0, "")
    assert "no reader would notice a difference to HEAD" in ran.err


def test_a_word_that_is_not_committed_is_told(kept: SiteFolder) -> None:
    kept.write(ISSUE_FILE, ISSUE.replace("nine hours. (", "twelve hours. ("))

    ran = kept.run("diff", "2026-014")

    assert ran.code == 0
    assert "Dockers Pause Work" in ran.out
    assert "[-nine-] {+twelve+} hours." in ran.out


def test_templates_and_settings_of_then_are_those_of_the_revision(kept: SiteFolder) -> None:
    kept.write("newsletter.toml", CONFIG.replace("12 Quay Street", "14 Quay Street"))
    kept.write("email_templates/own.mjml.j2", "no template at all {{")
    git(kept.folder, "add", ".")
    git(kept.folder, "commit", "-q", "-m", "Second")

    assert kept.run("diff", "2026-014").out == ""
    ran = kept.run("--json", "diff", "2026-014", "--against", "HEAD~1")
    assert ran.code == 0, ran.err
    assert ran.document["against"] == {
        "revision": "HEAD~1",
        "commit": git(kept.folder, "rev-parse", "HEAD~1"),
    }
    (changed,) = ran.document["issues"][0]["changed"]
    (change,) = changed["changes"]
    assert (change["section"], change["before"], change["after"]) == ("(footer)", "12", "14")


def test_an_issue_that_was_not_there_is_new(kept: SiteFolder) -> None:
    kept.write("issues/2026-015/issue.md", ISSUE)

    ran = kept.run("diff", "2026-015")

    assert ran.code == 0
    assert ran.out.startswith("2026-015: a new issue (of 3 renditions)\n")


def test_pictures_of_then_are_read_out_of_git(kept: SiteFolder) -> None:
    pictures = Path(__file__).parents[2] / "issues" / "2026-014" / "images" / "cranes.png"
    other = Path(__file__).parents[2] / "issues" / "2026-015" / "images" / "waiting.png"
    target = kept.folder / "issues" / "2026-014" / "images" / "one.png"
    target.parent.mkdir()
    target.write_bytes(pictures.read_bytes())
    kept.write(ISSUE_FILE, f"{ISSUE}\n![Two cranes](images/one.png)\n")
    git(kept.folder, "add", ".")
    git(kept.folder, "commit", "-q", "-m", "A picture")
    assert kept.run("diff", "2026-014").out == ""

    target.write_bytes(other.read_bytes())

    assert "picture “Two cranes”: cid:" in kept.run("diff", "2026-014").out


@pytest.mark.parametrize("revision", ["nonsense", "--help", "HEAD:newsletter.toml", ""])
def test_an_unknown_revision_is_one_clear_error(kept: SiteFolder, revision: str) -> None:
    ran = kept.run("diff", "2026-014", "--against", revision)

    assert ran.code == 2
    assert f"there is no revision {revision!r}" in ran.err


def test_without_a_repository_it_says_so(site: SiteFolder) -> None:
    ran = site.run("diff", "2026-014")

    assert ran.code == 4
    assert "is not in a git repository" in ran.err
    assert "hint:" in ran.err


def test_without_a_commit_there_is_no_head(site: SiteFolder) -> None:
    git(site.folder, "init", "-q")

    for words in ((), ("--against", "main")):
        ran = site.run("diff", "2026-014", *words)
        assert ran.code == 4, "as without a repository: nothing that was typed is wrong"
        assert "is in a git repository in which nothing is committed yet" in ran.err
        assert "hint: git add and git commit" in ran.err


def test_on_a_branch_without_a_commit_the_others_can_still_be_named(kept: SiteFolder) -> None:
    git(kept.folder, "checkout", "-q", "--orphan", "anew")

    ran = kept.run("diff", "2026-014")
    assert ran.code == 2
    assert "there is no revision 'HEAD'" in ran.err
    assert kept.run("diff", "2026-014", "--against", "main").code == 0
    assert "did you mean 'main'?" in kept.run("diff", "2026-014", "--against", "mian").err


def test_a_shallow_clone_says_how_to_get_what_is_older(kept: SiteFolder, tmp_path: Path) -> None:
    git(kept.folder, "commit", "-q", "--allow-empty", "-m", "Second")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{kept.folder.parent}", "shallow")
    clone = SiteFolder(tmp_path / "shallow" / kept.folder.name)

    assert clone.run("diff", "2026-014").code == 0
    ran = clone.run("diff", "2026-014", "--against", "HEAD~1")

    assert ran.code == 2
    assert "there is no revision 'HEAD~1'" in ran.err
    assert "git fetch --unshallow" in ran.err


def test_what_could_not_be_rendered_then_is_told_without_a_place_on_this_disk(
    kept: SiteFolder,
) -> None:
    kept.write(ISSUE_FILE, "---\ntitle: [\n---\n")
    git(kept.folder, "commit", "-q", "-a", "-m", "Broken")
    kept.write(ISSUE_FILE, ISSUE)

    ran = kept.run("diff", "2026-014")

    assert ran.code == 1
    assert "2026-014 could not be rendered at HEAD: issues/2026-014/issue.md:" in ran.err
    assert "newsletter-diff-" not in ran.err


def test_git_runs_nothing_of_the_repository_and_writes_nothing(
    kept: SiteFolder, tmp_path: Path
) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "filter.x.smudge", "filter.x.clean", "core.pager"):
        git(kept.folder, "config", name, str(trap))
    (kept.folder / ".gitattributes").write_text("* filter=x\nissues export-ignore\n")
    kept.write(ISSUE_FILE, ISSUE.replace("nine hours. (", "twelve hours. ("))
    store = kept.folder.parent / ".git"
    before = {p: p.stat().st_mtime_ns for p in store.rglob("*") if p.is_file()}

    ran = kept.run("diff", "2026-014")

    assert "[-nine-] {+twelve+}" in ran.out
    assert not (tmp_path / "sprung").exists()
    assert {p: p.stat().st_mtime_ns for p in store.rglob("*") if p.is_file()} == before


def test_a_tree_that_points_out_of_its_folder_is_refused(kept: SiteFolder) -> None:
    blob = git(kept.folder, "hash-object", "-w", "newsletter.toml")
    made = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"],  # noqa: S607
        cwd=kept.folder,
        input=b"100644 ..\0" + bytes.fromhex(blob),
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    inner = made.decode().strip()
    tree = subprocess.run(
        ["git", "mktree"],  # noqa: S607
        cwd=kept.folder,
        input=f"040000 tree {inner}\temail_templates\n".encode(),
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    root = subprocess.run(
        ["git", "mktree"],  # noqa: S607
        cwd=kept.folder,
        input=f"040000 tree {tree.decode().strip()}\tsite\n".encode(),
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    commit = git(kept.folder, "commit-tree", root.decode().strip(), "-m", "Evil")

    ran = kept.run("diff", "2026-014", "--against", commit)

    assert ran.code == 1
    assert "which no site has" in ran.err
    assert json.dumps(ran.out) == '""'
