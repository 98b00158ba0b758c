from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from composer.errors import ComposerError, GuardError, NamedError
from composer.reading.importing.files import read_old_issue, write_issue
from composer.reading.importing.old_issue import import_issue

TODAY = date(2026, 11, 23)
TEXT = "THE NEWS\n\nCafé Zołnierz – “open”.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encodings_that_tell_themselves_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes(TEXT.encode(encoding))

    old = read_old_issue(path)

    assert (old.text, old.kind, old.remark) == (TEXT, "text", "")


def test_windows_text_is_read_and_the_guess_said_aloud(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes("THE NEWS\n\nCafé – “open”.\n".encode("cp1252"))

    old = read_old_issue(path)

    assert "Café – “open”." in old.text
    assert old.remark.startswith("line 3 is not UTF-8: read as cp1252")


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.txt", "text", "text"),
        ("a.md", "text", "markdown"),
        ("a.HTM", "text", "html"),
        ("a.txt", "<!DOCTYPE html><p>x", "html"),
        ("a", "<!-- x --> <html>", "html"),
        ("a.log", "text", "text"),
    ],
)
def test_the_name_tells_the_kind_unless_the_text_does(
    tmp_path: Path, name: str, text: str, kind: str
) -> None:
    (tmp_path / name).write_text(text)

    assert read_old_issue(tmp_path / name).kind == kind


def test_what_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\x89PNG\0\0")
    (tmp_path / "b.txt").write_bytes(b"x" * 2_000_001)

    with pytest.raises(ComposerError, match="not text"):
        read_old_issue(tmp_path / "a.txt")
    with pytest.raises(ComposerError, match="longer than 2 MB"):
        read_old_issue(tmp_path / "b.txt")
    with pytest.raises(NamedError, match="there is no such file"):
        read_old_issue(tmp_path / "c.txt")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    made = import_issue(TEXT, kind="text", today=TODAY)
    path = write_issue(made, tmp_path / "issue", tmp_path / "old.txt")
    before = path.read_bytes()

    with pytest.raises(GuardError, match="-o DIR"):
        write_issue(made, tmp_path / "issue", tmp_path / "old.txt")

    assert path.read_bytes() == before


def test_pictures_beside_the_old_file_come_along_and_others_do_not(tmp_path: Path) -> None:
    old = tmp_path / "old"
    (old / "images").mkdir(parents=True)
    (old / "images" / "a.png").write_bytes(b"a")
    (old / "notes.txt").write_bytes(b"n")
    (tmp_path / "secret.png").write_bytes(b"s")
    (old / "link.png").symlink_to(tmp_path / "secret.png")
    markdown = "![a](images/a.png)\n\n![s](../secret.png)\n\n![l](link.png)\n\n![n](notes.txt)\n"
    made = import_issue(markdown, kind="markdown", today=TODAY)

    path = write_issue(made, tmp_path / "issue", old / "old.md")

    assert sorted(p.name for p in path.parent.rglob("*") if p.is_file()) == ["a.png", "issue.md"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "old.txt")

    with pytest.raises(ComposerError, match="it is no regular file"):
        read_old_issue(tmp_path / "old.txt")
