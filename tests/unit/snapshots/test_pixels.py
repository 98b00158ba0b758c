"""What an eye would see of two pictures, and what it would not."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from composer.snapshots.pixels import compare_pictures


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def page(*, size: tuple[int, int] = (400, 1200), ink: str = "#1d1b18") -> Image.Image:
    picture = Image.new("RGB", size, "#fffefb")
    draw = ImageDraw.Draw(picture)
    for y in range(20, size[1] - 20, 40):
        draw.rectangle((20, y, size[0] - 20, y + 2), fill=ink)
    return picture


def test_a_picture_is_the_same_as_itself() -> None:
    assert compare_pictures(png(page()), png(page())).same


@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4))
def test_shades_that_nobody_tells_apart_are_the_same(red: int, green: int, blue: int) -> None:
    size = (120, 200)
    other = page(size=size, ink=f"#{0x1D + red:02x}{0x1B + green:02x}{0x18 + blue:02x}")

    assert compare_pictures(png(page(size=size)), png(other)).same


def test_a_small_patch_of_another_colour_is_seen_and_shown() -> None:
    other = page()
    ImageDraw.Draw(other).rectangle((100, 105, 160, 115), fill="#0b5a75")

    found = compare_pictures(png(page()), png(other))

    assert not found.same
    assert 0 < found.share < 0.01
    with Image.open(io.BytesIO(found.picture)) as shown:
        marked = shown.convert("RGB")
        red, green, blue = marked.getpixel((130, 110))  # type: ignore[misc]
        assert red > 150 > green
        assert blue < 150
        assert min(marked.getpixel((350, 15))) > 200  # type: ignore[arg-type]


def test_another_hue_of_the_same_brightness_is_seen() -> None:
    one, other = Image.new("RGB", (100, 100), "#c02020"), Image.new("RGB", (100, 100), "#0070a0")

    assert not compare_pictures(png(one), png(other)).same


def test_edges_that_are_smoothed_otherwise_are_the_same() -> None:
    one = page()
    other = page()
    pixels = other.load()
    assert pixels is not None
    for x in range(30, 370, 7):  # a pixel between ink and paper is a little of both
        for y in range(19, 1180, 40):
            pixels[x, y] = (215, 213, 210)

    assert compare_pictures(png(one), png(other)).same


def test_a_page_that_grew_is_another_picture() -> None:
    found = compare_pictures(png(page()), png(page(size=(400, 1240))))

    assert not found.same
    assert found.note == "400 × 1200 became 400 × 1240 pixels"


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no picture"):
        compare_pictures(b"<html>", png(page()))
