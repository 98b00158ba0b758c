"""Files that are not where or what they should be, and Ctrl-C: one line, and nothing half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from composer.site import Site
from tests.acceptance.conftest import SiteFolder

#: Sends itself a SIGINT as soon as one of the command's own modules is looked for.
INTERRUPTED = """
import os, signal, sys
import composer.__main__ as entry

class Interrupts:
    def find_spec(self, name, *rest):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
entry.run()
"""


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a person stands in, who names the site with -C."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_every_file_is_named_as_if_one_stood_in_the_site(site: SiteFolder, elsewhere: Path) -> None:
    site.write("wrong.csv", "email\nnobody\n")
    assert (
        site.run("send", "2026-014", "--segment", "everyone", "--confirm", "everyone 5").code == 0
    )

    written = {
        "report.html": ("report", "--format", "html", "-o", "report.html"),
        "list-out.csv": ("subscribers", "export", "-o", "list-out.csv"),
        "errors.txt": ("subscribers", "import", "wrong.csv", "--errors", "errors.txt"),
        "2026a.pem": ("dkim", "keygen", "2026a.pem", "--selector", "2026a"),
        "seen/index.html": ("preview", "2026-014", "--export", "seen"),
        "found.json": ("check", "--format", "json", "-o", "found.json"),
    }
    for name, words in written.items():
        ran = site.run(*words)
        assert ran.code in (0, 1), ran.err
        assert (site.folder / name).stat().st_size > 0, name
    assert list(elsewhere.iterdir()) == []


def test_refused_rows_are_not_written_over_the_list_itself(site: SiteFolder) -> None:
    path = site.write("wrong.csv", "email\nfia@example.org\nnobody\n")

    ran = site.run("subscribers", "import", "wrong.csv", "--errors", "wrong.csv")

    assert ran.code == 2
    assert "--errors names the list itself" in ran.err
    assert path.read_text() == "email\nfia@example.org\nnobody\n"
    assert site.run("subscribers", "show", "fia@example.org").code == 2


def test_an_import_that_fails_leaves_the_errors_of_an_earlier_one(site: SiteFolder) -> None:
    kept = site.write("errors.txt", "of yesterday\n")

    ran = site.run("subscribers", "import", "none.csv", "--errors", "errors.txt")

    assert ran.code == 2
    assert "none.csv: the file cannot be read: No such file or directory" in ran.err
    assert "hint: look at how it is spelled" in ran.err
    assert kept.read_text() == "of yesterday\n"


def test_a_full_disk_is_told_with_the_file(site: SiteFolder) -> None:
    for words in (("subscribers", "export"), ("check", "--format", "json")):
        ran = site.run(*words, "-o", "/dev/full")
        assert ran.code == 4
        assert "error: /dev/full: No space left on device" in ran.err
        assert "hint: the disk is full" in ran.err


def test_links_that_lead_in_a_circle_are_no_traceback(site: SiteFolder) -> None:
    (site.folder / "circle").symlink_to("circle")
    for command in ("check", "render", "snapshot"):
        ran = site.run(command, str(site.folder / "circle"))
        assert ran.code == 2
        assert "hint: " in ran.err
    (site.folder / ".newsletter").rename(site.folder / "moved")
    (site.folder / ".newsletter").symlink_to(".newsletter")
    ran = site.run("status")
    assert ran.code in (2, 4)
    assert "error: " in ran.err


@pytest.mark.parametrize("command", ["check", "render", "plan"])
def test_a_name_that_no_file_can_have_is_told_in_short(site: SiteFolder, command: str) -> None:
    more = ("--segment", "everyone") if command == "plan" else ()
    ran = site.run(command, "x" * 5_000, *more)

    assert ran.code == 2
    assert "File name too long" in ran.err
    assert "hint: no file has such a long name" in ran.err
    assert len(ran.err) < 1_000


def test_what_is_called_newsletter_toml_is_the_sites_whatever_it_is(site: SiteFolder) -> None:
    """The site above must not be taken instead: it has other readers."""
    inner = site.folder / "inner"
    inner.mkdir()
    (inner / "newsletter.toml").symlink_to("gone.toml")

    ran = SiteFolder(inner).run("segments")
    assert ran.code == 4
    assert f"there is no newsletter.toml in {inner}" in ran.err

    (inner / "newsletter.toml").unlink()
    (inner / "newsletter.toml").symlink_to("/dev/zero")
    ran = SiteFolder(inner).run("segments")
    assert ran.code == 4
    assert "it is no regular file" in ran.err


def test_a_number_that_no_list_is_long_enough_for(site: SiteFolder) -> None:
    ran = site.run("subscribers", "list", "--limit", "9" * 30)
    assert ran.code == 2
    assert "Invalid value for '--limit'" in ran.err


def test_a_site_is_started_beside_an_old_gitignore(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / ".gitignore").write_bytes("Entwürfe/\n".encode("latin-1"))

    assert SiteFolder(tmp_path).run("init", "new").code == 0

    kept = (folder / ".gitignore").read_bytes()
    assert kept.startswith("Entwürfe/\n".encode("latin-1"))
    assert b".newsletter/" in kept


def test_an_interrupted_command_says_so_and_is_no_finding(
    site: SiteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> Site:
        raise KeyboardInterrupt

    monkeypatch.setattr(Site, "find", interrupt)
    ran = site.run("segments")
    told = site.run("--json", "segments")

    assert (ran.code, told.code) == (6, 6)
    assert "error: interrupted\n  hint: nothing is left half done" in ran.err
    assert told.document["error"]["message"] == "interrupted"


def test_an_answer_that_is_not_given_is_none(site: SiteFolder) -> None:
    ran = site.run("subscribers", "forget", "ana@example.org", stdin="")
    assert ran.code == 3
    assert site.run("subscribers", "show", "ana@example.org").code == 0


def test_ctrl_c_before_the_command_has_begun_is_silent() -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGINT
    assert done.stderr == ""


def test_a_list_of_readers_does_not_become_an_issue(site: SiteFolder) -> None:
    site.write("list.csv", "email\nfia@example.org\n")
    before = sorted((site.folder / "issues").iterdir())

    ran = site.run("import", "list.csv")

    assert ran.code == 2
    assert "this is a list of readers, and no issue" in ran.err
    assert "hint: newsletter subscribers import list.csv" in ran.err
    assert sorted((site.folder / "issues").iterdir()) == before


@pytest.mark.parametrize("closed", ["issues", "issues/2026-014"])
def test_issues_that_nobody_may_look_at_are_not_left_out(site: SiteFolder, closed: str) -> None:
    """An archive without them would take them off the web, and a check would find them good."""
    folder = site.folder / closed
    folder.chmod(0)
    try:
        for words in (["check"], ["archive", "build"], ["snapshot"]):
            ran = run_bound(site, *words)
            assert ran.returncode == 4, ran.stderr
            assert f"{closed}" in ran.stderr
            assert "Permission denied\n  hint: look at its owner and permissions" in ran.stderr
    finally:
        folder.chmod(0o700)
    assert not (site.folder / "public").exists()


def run_bound(site: SiteFolder, *words: str) -> subprocess.CompletedProcess[str]:
    """As somebody whom permissions bind, which root is not."""
    bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if not os.geteuid() else []
    return subprocess.run(  # noqa: S603 - our own command
        [*bound, *site.command(*words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=site.environment(),
    )
