"""What a newcomer meets: init, new and import, as a person runs them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from composer.cli.main import main
from composer.model.issue import Issue
from composer.reading.issue_file import read_issue
from composer.reading.scaffold import SNAPSHOTS, STARTER, starter_folder
from composer.site import Site

ROOT = Path(__file__).parents[3]
OLD = """\
Harbour Bulletin No. 417

March 7, 2025

THE NEWS

It rained. (*Gazette*, March 5, 2025)
"""


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(folder), *words])


def read(folder: Path, name: str) -> Issue:
    site = Site.find(folder, {})
    return read_issue(folder / "issues" / name / "issue.md", site.vocabulary)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    assert run(tmp_path, "init", "site").exit_code == 0
    return tmp_path / "site"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_bare_site_has_settings_and_nothing_to_throw_away(tmp_path: Path) -> None:
    ran = run(tmp_path, "init", "site", "--bare", "--template", "digest")

    site = tmp_path / "site"
    assert ran.exit_code == 0
    assert "newsletter new" in ran.stderr
    assert set(contents(site)) == {".gitignore", "email_templates/README.md", "newsletter.toml"}
    assert 'template = "digest"' in (site / "newsletter.toml").read_text(encoding="utf-8")
    assert run(site, "new", "2026-001").exit_code == 0
    assert read(site, "2026-001").number == "1"


def test_a_new_site_is_this_repository_s_example_site(site: Path) -> None:
    assert starter_folder() == ROOT
    files = contents(site)
    for name in STARTER:
        sources = [p for p in (ROOT / name).rglob("*") if p.is_file()] or [ROOT / name]
        for path in sources:
            if SNAPSHOTS in path.relative_to(ROOT).parts:
                assert str(path.relative_to(ROOT)) not in files
                continue
            assert files[str(path.relative_to(ROOT))] == path.read_bytes()
    assert {".newsletter/", "keys/", "*.pem"} <= set((site / ".gitignore").read_text().split())


def test_a_new_site_has_nothing_to_complain_about(site: Path) -> None:
    ran = run(site, "check", "--fail-on", "warning")

    assert ran.exit_code == 0, ran.output


def test_the_sample_list_is_imported_to_the_last_row(site: Path) -> None:
    opened = Site.find(site, {})
    rows = (site / "subscribers.example.csv").read_text("utf-8").count("\n") - 1

    ran = run(site, "--json", "subscribers", "import", str(site / "subscribers.example.csv"))

    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["added"] == rows
    assert set(opened.settings.segments) >= {"board", "na-policy"}


def test_init_overwrites_nothing_and_says_which_files_are_there(site: Path) -> None:
    (site / "newsletter.toml").write_text("mine")
    (site / "issues" / "2026-015" / "issue.md").unlink()
    before = contents(site)

    ran = run(site, "init")

    assert ran.exit_code == 3
    assert "newsletter.toml" in ran.stderr
    assert "nothing was written" in ran.stderr
    assert contents(site) == before


def test_a_gitignore_that_is_there_gets_each_line_once(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.pyc\nkeys/")

    assert run(tmp_path, "init").exit_code == 0

    assert (tmp_path / ".gitignore").read_text().startswith("*.pyc\n")
    assert (tmp_path / ".gitignore").read_text().split().count(".newsletter/") == 1
    assert (tmp_path / ".gitignore").read_text().split().count("keys/") == 1
    assert "*.pem" in (tmp_path / ".gitignore").read_text().split()


def test_init_with_json_is_one_document(tmp_path: Path) -> None:
    ran = run(tmp_path, "--json", "init", "site")

    document = json.loads(ran.stdout)
    assert document["schema"] == 1
    assert set(document["files"]) == set(contents(tmp_path / "site"))


def test_a_new_issue_goes_on_from_the_newest_one(site: Path) -> None:
    ran = run(site, "new", "2026-016")

    assert ran.exit_code == 0, ran.output
    made, old = read(site, "2026-016"), read(site, "2026-015")
    assert (made.number, made.title) == ("16", "Harbour Watch No. 16")
    assert (made.authors, made.categories) == (old.authors, old.categories)
    assert made.subjects == {"": ("Harbour Watch No. 16",)}
    assert len(made.introduction) == 1
    assert "2026-015" in ran.stdout


def test_a_new_issue_can_go_on_from_another_one(site: Path) -> None:
    ran = run(site, "--json", "new", "extra", "--from", "2026-014")

    assert json.loads(ran.stdout) == {
        "schema": 1,
        "issue": "extra",
        "path": "issues/extra/issue.md",
        "number": "16",
        "from": "2026-014",
    }
    assert read(site, "extra").authors == ("Mira Okafor", "Jonas Lind")


def test_a_new_issue_never_gets_the_number_of_another_one(site: Path) -> None:
    """The newest by date stays the model: what is started today is older than the samples."""
    samples = [site / "issues" / name / "issue.md" for name in ("2026-014", "2026-015")]
    for path, day in zip(samples, ("2999-11-20", "2999-11-27"), strict=True):
        path.write_text(re.sub(r"(?m)^date: .*", f"date: {day}", path.read_text("utf-8")))

    ran = [run(site, "new", *words) for words in (("a",), ("b",), ("c", "--from", "2026-014"))]

    assert [each.exit_code for each in ran] == [0, 0, 0]
    assert [read(site, name).number for name in "abc"] == ["16", "17", "18"]
    assert [read(site, name).title for name in "abc"] == [
        f"Harbour Watch No. {number}" for number in (16, 17, 18)
    ]
    assert "meta/repeated-number" not in run(site, "check").output


def test_the_first_issue_of_all_has_number_one(site: Path) -> None:
    for path in (site / "issues").rglob("issue.md"):
        path.unlink()

    assert run(site, "new", "first").exit_code == 0

    made = read(site, "first")
    assert (made.number, made.title) == ("1", "Harbour Watch No. 1")


@pytest.mark.parametrize("number", ["007", "2026-009", '"0099"', "3a"])
def test_numbers_count_on_as_they_are_written(site: Path, number: str) -> None:
    path = site / "issues" / "2026-014" / "issue.md"
    path.write_text(
        path.read_text("utf-8").replace("number: 14", f'number: "{number.strip(chr(34))}"')
    )

    run(site, "new", "next", "--from", "2026-014")

    expected = {"007": "008", "2026-009": "2026-010", '"0099"': "0100", "3a": "4a"}
    assert read(site, "next").number == expected[number]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("new", "2026-015"), 3, "there is an issue '2026-015' already"),
        (("new", "../out"), 2, "cannot name an issue"),
        (("new", ".hidden"), 2, "cannot name an issue"),
        (("new", "a b"), 2, "letters, digits, dots, dashes and underscores"),
        (("new", "x", "--from", "2026-051"), 2, "did you mean '2026-015'?"),
    ],
)
def test_new_refuses_what_it_cannot_do(
    site: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    before = contents(site)

    ran = run(site, *words)

    assert ran.exit_code == code
    assert told in ran.stderr
    assert contents(site) == before


def test_a_model_that_cannot_be_read_is_a_clear_error(site: Path) -> None:
    (site / "issues" / "2026-014" / "issue.md").write_text("---\ntitle: [\n---\n")

    ran = run(site, "new", "x", "--from", "2026-014")

    assert ran.exit_code == 1
    assert "front matter cannot be read" in ran.stderr
    assert not (site / "issues" / "x").exists()
    assert run(site, "new", "y").exit_code == 0


def test_import_writes_an_issue_and_says_what_it_left_out(site: Path) -> None:
    (site / "old.txt").write_text(OLD)

    ran = run(site, "import", "old.txt")

    assert ran.exit_code == 0, ran.output
    assert "1 section, 1 citation, 0 notes" in ran.stdout
    assert "line 3: March 7, 2025" in ran.stdout
    assert "newsletter preview 417" in ran.stderr
    assert read(site, "417").title == "Harbour Bulletin No. 417"
    assert run(site, "check", "417").exit_code == 0


def test_import_with_json_tells_the_same(site: Path) -> None:
    (site / "old.txt").write_text(OLD)

    document = json.loads(run(site, "--json", "import", "old.txt", "-o", "there").stdout)

    assert document["path"] == str(site / "there" / "issue.md")
    assert document["counts"]["citations"] == 1
    assert document["left_out"][0]["line"] == 3
    assert document["findings"] == []


def test_import_never_overwrites(site: Path) -> None:
    (site / "old.txt").write_text(OLD)
    run(site, "import", "old.txt")
    before = contents(site)

    ran = run(site, "import", "old.txt")

    assert ran.exit_code == 3
    assert "-o DIR" in ran.stderr
    assert contents(site) == before


def test_import_tells_findings_of_what_it_wrote(site: Path) -> None:
    (site / "old.md").write_text("# Mine\n\n![a](images/gone.png)\n")

    ran = run(site, "import", "old.md")

    assert ran.exit_code == 1
    assert "image/missing" in ran.stderr


def test_import_outside_a_site_needs_a_folder(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "old.txt").write_text(OLD)

    refused = run(tmp_path, "import", "old.txt")
    assert refused.exit_code == 4
    assert run(tmp_path, "import", "old.txt", "-o", "new").exit_code == 0
    assert (tmp_path / "new" / "issue.md").is_file()


def test_a_file_that_is_not_there_is_a_clear_error(site: Path) -> None:
    ran = run(site, "import", "gone.txt")

    assert ran.exit_code == 2
    assert "there is no such file" in ran.stderr
    assert "Traceback" not in ran.output


def test_a_full_disk_leaves_nothing_in_the_way_of_the_next_try(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def full(path: Path, mode: str = "r", *rest: Any, **kwargs: Any) -> Any:
        if "x" not in mode:
            return real(path, mode, *rest, **kwargs)
        real(path, mode, *rest, **kwargs).close()
        return real(Path("/dev/full"), "wb")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        ran = run(site, "new", "2030-001")
    assert ran.exit_code == 4
    assert "2030-001/issue.md: No space left on device" in ran.stderr
    assert "make room" in ran.stderr
    assert not (site / "issues" / "2030-001").exists()
    assert run(site, "new", "2030-001").exit_code == 0


def test_a_disk_that_fills_up_leaves_nothing_of_a_new_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "issues").mkdir()
    real, written = Path.open, list[Path]()

    def full(path: Path, mode: str = "r", *rest: Any, **kwargs: Any) -> Any:
        if "x" not in mode:
            return real(path, mode, *rest, **kwargs)
        written.append(path)
        file = real(path, mode, *rest, **kwargs)
        if len(written) < 4:
            return file
        file.close()
        return real(Path("/dev/full"), "wb")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        ran = run(tmp_path, "init")

    assert ran.exit_code == 4
    assert "No space left on device" in ran.stderr
    assert len(written) == 4
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["issues", "mine.txt"]
    assert run(tmp_path, "init").exit_code == 0
