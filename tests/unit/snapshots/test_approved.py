"""Approved renditions as files: each once, read back as they were, and wrong ones told."""

from __future__ import annotations

from pathlib import Path

import pytest

from composer.errors import ComposerError
from composer.snapshots.approved import INDEX, files_of, read_approved, write_approved
from composer.snapshots.judge import judge
from composer.snapshots.shot import Shot

ONE = Shot("ana.en", "<p>Hello</p>", "Hello\n", "Subject: x\n")
SAME = Shot("ben.en", ONE.html, ONE.txt, ONE.headers)
OTHER = Shot("cleo.en", "<p>Hello Cleo</p>", ONE.txt, "Subject: y\n")


def test_what_renditions_share_is_one_file() -> None:
    files = files_of([ONE, SAME, OTHER])

    assert set(files) == {
        "ana.en.html", "ana.en.txt", "ana.en.headers", "cleo.en.html", "cleo.en.headers", INDEX
    }  # fmt: skip
    assert '"ben.en": ["ana.en.html", "ana.en.txt", "ana.en.headers"]' in files[INDEX]


def test_what_was_written_is_as_approved(tmp_path: Path) -> None:
    shots = [ONE, SAME, OTHER]
    assert not judge("x", shots, read_approved(tmp_path)).clean

    written = write_approved(tmp_path, shots)

    assert written[-1] == INDEX
    assert judge("x", shots, read_approved(tmp_path)).clean
    assert write_approved(tmp_path, shots) == []


def test_what_is_missing_changed_or_left_over_is_told(tmp_path: Path) -> None:
    write_approved(tmp_path, [ONE, OTHER])
    (tmp_path / "stray.txt").write_text("?")
    verdict = judge("x", [ONE, SAME], read_approved(tmp_path))

    assert verdict.missing == ("ben.en",)
    assert verdict.left_over == ("cleo.en", "stray.txt")
    assert verdict.differences == ()

    assert "cleo.en.html" in write_approved(tmp_path, [ONE, SAME])
    assert judge("x", [ONE, SAME], read_approved(tmp_path)).clean


def test_a_file_that_was_deleted_or_edited_is_noticed(tmp_path: Path) -> None:
    write_approved(tmp_path, [ONE, OTHER])
    (tmp_path / "cleo.en.headers").unlink()
    assert judge("x", [ONE, OTHER], read_approved(tmp_path)).missing == ("cleo.en",)

    write_approved(tmp_path, [ONE, OTHER])
    (tmp_path / "ana.en.txt").write_text("Goodbye\n")
    changed = judge("x", [ONE, OTHER], read_approved(tmp_path)).differences
    assert [d.name for d in changed] == ["ana.en", "cleo.en"]


def test_pictures_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "screenshots").mkdir()
    (tmp_path / "screenshots" / "ana.png").write_bytes(b"x")

    write_approved(tmp_path, [ONE])

    assert read_approved(tmp_path).strays == ()
    assert (tmp_path / "screenshots" / "ana.png").exists()


@pytest.mark.parametrize(
    "index", ["{", "[]", '{"renditions": {"a": ["x"]}, "html": {}}', '{"renditions": 3}', "\xff"]
)
def test_an_index_that_cannot_be_read_is_one_clear_error(tmp_path: Path, index: str) -> None:
    (tmp_path / INDEX).write_text(index, "latin-1")

    with pytest.raises(ComposerError, match="cannot be read") as caught:
        read_approved(tmp_path)
    assert "--update" in caught.value.hint


def test_an_index_names_no_file_of_another_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    folder = tmp_path / "snapshots"
    folder.mkdir()
    names = '["../secret", "../secret", "../secret"]'
    (folder / INDEX).write_text(f'{{"renditions": {{"a": {names}}}, "html": {{}}}}')

    assert read_approved(folder).shots == {}
