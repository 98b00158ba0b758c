"""What stood there stays until the new file is complete, and nothing else is left behind."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from composer.whole_file import whole_file, write_new, write_whole


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_there_when_all_of_it_is(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("before")
    path.chmod(0o640)

    with whole_file(path) as file:
        file.write("Zoë\r\n")
        file.flush()
        assert path.read_text() == "before"

    assert path.read_bytes() == "Zoë\r\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert names_in(tmp_path) == ["report.html"]


@pytest.mark.parametrize("error", [ValueError("half a row"), KeyboardInterrupt()])
def test_what_is_cut_off_leaves_what_was(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "list.csv"
    path.write_text("before")

    def write() -> None:
        with whole_file(path) as file:
            file.write("half")
            raise error

    with pytest.raises(type(error)):
        write()

    assert path.read_text() == "before"
    assert names_in(tmp_path) == ["list.csv"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "latest.csv"
    link.symlink_to("real/2026.csv")

    with whole_file(link) as file:
        file.write("new")

    assert link.is_symlink()
    assert (tmp_path / "real" / "2026.csv").read_text() == "new"


def test_a_device_is_written_and_never_replaced() -> None:
    before = Path("/dev/null").stat().st_rdev
    with whole_file(Path("/dev/null")) as file:
        file.write("x")
    assert Path("/dev/null").is_char_device()
    assert Path("/dev/null").stat().st_rdev == before

    with pytest.raises(OSError, match="No space") as full, whole_file(Path("/dev/full")) as file:
        file.write("x")
    assert full.value.filename == "/dev/full"
    assert full.value.errno == errno.ENOSPC


def test_a_pipe_is_written_as_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    with whole_file(path) as file:
        file.write("row")
    reader.join(60)
    assert read == ["row"]
    assert path.is_fifo()


def test_trouble_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "no" / "such" / "folder.csv"
    with pytest.raises(FileNotFoundError) as missing, whole_file(path):
        pass
    assert missing.value.filename == str(path)

    other = tmp_path / "other.txt"
    with pytest.raises(FileNotFoundError) as within, whole_file(tmp_path / "list.csv"):
        other.read_text()
    assert within.value.filename == str(other)


def test_what_is_ours_is_replaced_and_no_link_is_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("not ours")
    link = tmp_path / "index.html"
    link.symlink_to(outside)

    write_whole(link, b"<p>")

    assert (link.read_bytes(), link.is_symlink()) == (b"<p>", False)
    assert outside.read_text() == "not ours"
    with pytest.raises(IsADirectoryError) as caught:
        write_whole(tmp_path, b"<p>")
    assert str(tmp_path) in str(caught.value)
    assert names_in(tmp_path) == ["index.html", "outside.txt"]


def test_new_files_are_all_there_or_none(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder is wanted")
    files = {tmp_path / "a" / "b" / "one": b"1", tmp_path / "taken" / "two": b"2"}

    with pytest.raises(OSError, match="taken"):
        write_new(files)
    assert names_in(tmp_path) == ["taken"]

    (tmp_path / "taken").unlink()
    write_new(files)
    assert (tmp_path / "a" / "b" / "one").read_bytes() == b"1"
    with pytest.raises(FileExistsError):
        write_new({tmp_path / "c": b"", **files})
    assert names_in(tmp_path) == ["a", "taken"]
