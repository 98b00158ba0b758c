"""Pictures are known by their bytes and never leave the issue's folder."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.model.issue import Image
from composer.reading.pictures import MAX_BYTES, measure
from tests.unit.reading.samples import codes, inspect, png

JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    b"\xff\xff\xc4\x00\x04\0\0\xff\xc2\x00\x0b\x08\x00\x14\x00\x28\x01\x01\x11\x00\xff\xda"
)
GIF = b"GIF89a" + struct.pack("<HH", 40, 20) + b"\0\0\0"


def webp(kind: bytes, data: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + struct.pack("<I", len(data)) + data


LOSSY = webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 40, 20 | 0x4000))
LOSSLESS = webp(b"VP8L", b"\x2f" + struct.pack("<I", 39 | 19 << 14))
EXTENDED = webp(b"VP8X", b"\0\0\0\0" + b"\x27\0\0" + b"\x13\0\0")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (png(40, 20), "image/png"),
        (JPEG, "image/jpeg"),
        (GIF, "image/gif"),
        (LOSSY, "image/webp"),
        (LOSSLESS, "image/webp"),
        (EXTENDED, "image/webp"),
    ],
)
def test_a_picture_is_measured_by_its_first_bytes(data: bytes, media_type: str) -> None:
    assert measure(data) == (media_type, 40, 20)


@given(st.sampled_from([png(4, 2), JPEG, GIF, LOSSY, LOSSLESS, EXTENDED]), st.data())
def test_a_damaged_picture_is_measured_or_refused(picture: bytes, data: st.DataObject) -> None:
    cut = picture[: data.draw(st.integers(0, len(picture)))]
    measured = measure(cut + data.draw(st.binary(max_size=8)))

    assert measured is None or min(measured[1:]) > 0


def test_the_name_does_not_decide_what_a_picture_is(tmp_path: Path) -> None:
    (tmp_path / "crane.gif").write_bytes(JPEG)
    issue = inspect(tmp_path, "![A crane](crane.gif)").issue

    assert issue is not None
    image = issue.introduction[0]
    assert isinstance(image, Image)
    assert image.file is not None
    assert (image.file.media_type, image.file.data) == ("image/jpeg", JPEG)
    assert image.file.path == Path("crane.gif")


def test_a_name_with_a_space_is_written_with_its_percent_code(tmp_path: Path) -> None:
    (tmp_path / "two cranes.png").write_bytes(png(2, 2))

    assert inspect(tmp_path, "![A](two%20cranes.png)\n\n![A](<two cranes.png>)").findings == ()


def test_a_link_out_of_the_folder_is_followed_before_it_is_judged(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png(2, 2))
    folder = tmp_path / "issue"
    folder.mkdir()
    (folder / "out.png").symlink_to(tmp_path / "secret.png")
    (folder / "in.png").write_bytes(png(2, 2))
    (folder / "link.png").symlink_to(folder / "in.png")
    (folder / "circle.png").symlink_to(folder / "circle.png")

    text = "![A](out.png)\n\n![A](link.png)\n\n![A](circle.png)\n\n![A](../issue/in.png)"

    assert codes(inspect(folder, text)) == ["image/outside", "image/missing"]


@pytest.mark.parametrize("name", ["%00.png", "a" * 300 + ".png", ".", "images", "a\\\\b.png", "~"])
def test_what_cannot_be_a_file_is_missing(name: str, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()

    assert codes(inspect(tmp_path, f"![A]({name})")) == ["image/missing"]


def test_a_picture_that_is_too_big_for_mail_is_refused(tmp_path: Path) -> None:
    (tmp_path / "big.png").write_bytes(png(2, 2) + bytes(MAX_BYTES))

    assert codes(inspect(tmp_path, "![A](big.png)")) == ["image/too-big"]
