"""The preview as files: whole, the same each time, and never over somebody's own files."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner, Result

from composer.cli.main import main

ROOT = Path(__file__).parents[3]


class _References(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def export(folder: Path, *, issue: str = "2026-014", site: Path = ROOT) -> Result:
    return CliRunner().invoke(main, ["-C", str(site), "preview", issue, "--export", str(folder)])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "preview"
    result = export(folder)
    assert result.exit_code == 0, result.output
    return folder


def _files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_every_view_of_every_reader_is_a_file(made: Path) -> None:
    names = set(_files(made))

    for part in ("preview", "inbox", "text", "source", "links"):
        assert {f"no-name.en.a.{part}.html", f"no-name.en.b.{part}.html"} <= names
    for scheme in ("light", "dark", "forced"):
        assert f"letters/no-name.en.a.{scheme}.html" in names
    assert {"index.html", "checks.html", "grid.html", "compare.html", "static/app.css"} <= names


def test_our_pages_lead_only_to_files_that_are_there_and_need_no_script(made: Path) -> None:
    for page in made.glob("*.html"):
        reader = _References()
        reader.feed(page.read_text("utf-8"))

        assert reader.scripts == 0
        for reference in reader.found:
            if not reference.startswith("#"):
                assert (made / unquote(reference)).is_file(), f"{page.name}: {reference}"


def test_no_file_speaks_of_this_machine(made: Path) -> None:
    for name, data in _files(made).items():
        assert str(ROOT).encode() not in data, name
        assert b"127.0.0.1" not in data, name
        assert b"vscode:" not in data, name
        if name.startswith("letters/"):
            assert b"cid:" not in data, name
            assert data.count(b"Content-Security-Policy") == 1, name


def test_the_same_site_makes_the_same_bytes_again_and_over_itself(
    made: Path, tmp_path: Path
) -> None:
    again = shutil.copytree(made, tmp_path / "again")
    for name in _files(made).keys() - {"preview.json"}:  # by which an export is known
        (again / name).write_text("spoilt")

    assert export(again).exit_code == 0

    assert _files(again) == _files(made)


def test_what_a_reader_would_notice_since_the_approval_is_told_and_shown(
    made: Path, tmp_path: Path
) -> None:
    assert "No reader would notice a difference." in (made / "compare.html").read_text("utf-8")
    site = tmp_path / "site"
    shutil.copytree(ROOT / "issues" / "2026-014", site / "issues" / "2026-014")
    shutil.copy(ROOT / "newsletter.toml", site)
    path = site / "issues" / "2026-014" / "issue.md"
    path.write_text(path.read_text("utf-8").replace("no banner", "one banner"), "utf-8")

    assert export(tmp_path / "out", site=site).exit_code == 0

    page = (tmp_path / "out" / "compare.html").read_text("utf-8")
    assert "<del>no</del> <ins>one</ins> banner" in re.sub(r"\s+", " ", page)
    letters = tmp_path / "out" / "letters"
    assert "no banner" in (letters / "rtl.en.a.then.html").read_text("utf-8")
    now = (letters / "rtl.en.a.now.html").read_text("utf-8")
    assert "one banner" in now
    assert "cid:" not in now
    assert not (letters / "board-member.de.b.then.html").exists()  # the translation is as it was


def test_an_issue_of_which_nothing_is_approved_says_how_it_would_be(tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(ROOT / "issues" / "2026-015", site / "issues" / "2026-015")
    shutil.rmtree(site / "issues" / "2026-015" / "snapshots")
    shutil.copy(ROOT / "newsletter.toml", site)

    assert export(tmp_path / "out", issue="2026-015", site=site).exit_code == 0

    assert "newsletter snapshot 2026-015 --update" in (tmp_path / "out" / "compare.html").read_text(
        "utf-8"
    )


def test_another_issue_over_an_export_leaves_nothing_of_the_first(
    made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made, tmp_path / "out")

    assert export(tmp_path / "out", issue="2026-015").exit_code == 0

    index = json.loads((tmp_path / "out" / "preview.json").read_text("utf-8"))

    assert index["issue"] == "2026-015"
    assert set(_files(tmp_path / "out")) == {*index["files"], "preview.json"}


@pytest.mark.parametrize("stranger", ["notes.txt", "letters/mine.html", ".hidden"])
def test_a_folder_with_something_else_in_it_is_left_alone(
    made: Path, tmp_path: Path, stranger: str
) -> None:
    folder = shutil.copytree(made, tmp_path / "out")
    (folder / stranger).write_text("mine", encoding="utf-8")
    (folder / "grid.html").write_text("kept", encoding="utf-8")

    result = export(folder)

    assert result.exit_code != 0
    assert f"{stranger} is in it" in result.output
    assert (folder / stranger).read_text("utf-8") == "mine"
    assert (folder / "grid.html").read_text("utf-8") == "kept"


@pytest.mark.parametrize("index", ["", "{}", "[1]", '{"files": 3}', "[" * 5000])
def test_an_index_that_is_none_opens_no_folder(tmp_path: Path, index: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "preview.json").write_text(index, encoding="utf-8")

    result = export(folder)

    assert result.exit_code != 0
    assert "no earlier export" in result.output
    assert [path.name for path in folder.iterdir()] == ["preview.json"]


def test_links_in_the_folder_are_not_written_through(made: Path, tmp_path: Path) -> None:
    folder, precious = shutil.copytree(made, tmp_path / "out"), tmp_path / "precious"
    precious.write_text("mine", encoding="utf-8")
    (folder / "grid.html").unlink()
    (folder / "grid.html").symlink_to(precious)

    assert export(folder).exit_code != 0
    assert precious.read_text("utf-8") == "mine"


def test_a_file_in_the_place_of_the_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")

    result = export(tmp_path / "out")

    assert result.exit_code != 0
    assert "this is not a folder" in result.output
    assert "Traceback" not in result.output


def test_an_export_needs_an_issue() -> None:
    result = CliRunner().invoke(main, ["-C", str(ROOT), "preview", "--export", "x"])

    assert result.exit_code == 2
    assert re.search(r"--export needs an ISSUE", result.output)
