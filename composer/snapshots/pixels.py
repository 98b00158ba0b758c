"""Two pictures compared as an eye would: small differences of colour and edges do not count."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

#: Of 255 in brightness or in one of the two colour differences (YCbCr).
TOLERATED_STEP = 12
#: Of all pixels of a picture; beyond, it is not the same.
TOLERATED_SHARE = 0.001
#: A change of a word or a button's edge is small on a long page and fills a square like this.
TILE = 32
TOLERATED_IN_TILE = 40
_MARK = (214, 0, 73)


@dataclass(frozen=True, slots=True)
class Pixels:
    """How two pictures differ; `picture` is a PNG that shows where, empty when they do not."""

    same: bool
    share: float = 0.0
    note: str = ""
    picture: bytes = b""


def compare_pictures(before: bytes, after: bytes) -> Pixels:
    """Compare two PNGs; a page that grew or shrank is another picture.

    Raises:
        ValueError: one of them is no picture.
    """
    if before == after:
        return Pixels(same=True)
    old, new = _read(before), _read(after)
    size = (max(old.width, new.width), max(old.height, new.height))
    mask = _mask(_padded(old, size), _padded(new, size))
    different = mask.histogram()[255]
    share = different / (size[0] * size[1])
    note = ""
    if old.size != new.size:
        note = f"{old.width} × {old.height} became {new.width} × {new.height} pixels"
    elif share <= TOLERATED_SHARE and _fullest_tile(mask) <= TOLERATED_IN_TILE:
        return Pixels(same=True, share=share)
    return Pixels(same=False, share=share, note=note, picture=_shown(_padded(new, size), mask))


def _read(png: bytes) -> Image:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - an extra

    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            return picture.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"this is no picture: {error}") from error


def _padded(picture: Image, size: tuple[int, int]) -> Image:
    from PIL import Image  # noqa: PLC0415 - as above

    if picture.size == size:
        return picture
    # No letter has this colour: what is only in one of the two always differs.
    whole = Image.new("RGB", size, (255, 0, 255))
    whole.paste(picture, (0, 0))
    return whole


def _mask(old: Image, new: Image) -> Image:
    """255 where the eye sees a difference, else 0."""
    from PIL import Image, ImageChops  # noqa: PLC0415 - as above

    steps = [0 if value <= TOLERATED_STEP else 255 for value in range(256)]
    bands = ImageChops.difference(old.convert("YCbCr"), new.convert("YCbCr")).split()
    mask = Image.new("L", old.size, 0)
    for band in bands:
        mask = ImageChops.lighter(mask, band.point(steps))
    # Where the old picture has, one pixel aside, the very shade of the new one and the other
    # way round, an edge was only smoothed otherwise.
    grey_old, grey_new = old.convert("L"), new.convert("L")
    smoothed = ImageChops.darker(_between(grey_new, grey_old), _between(grey_old, grey_new))
    large = bands[0].point([0 if value <= 4 * TOLERATED_STEP else 255 for value in range(256)])
    colourful = ImageChops.lighter(bands[1].point(steps), bands[2].point(steps))
    forgiven = ImageChops.darker(smoothed, ImageChops.invert(ImageChops.lighter(large, colourful)))
    return ImageChops.darker(mask, ImageChops.invert(forgiven))


def _between(one: Image, other: Image) -> Image:
    """255 where `one` is within what `other` has around the same place."""
    from PIL import ImageChops, ImageFilter  # noqa: PLC0415 - as above

    low, high = other.filter(ImageFilter.MinFilter(3)), other.filter(ImageFilter.MaxFilter(3))
    below, above = ImageChops.subtract(low, one), ImageChops.subtract(one, high)
    flat = [255 if value == 0 else 0 for value in range(256)]
    return ImageChops.lighter(below, above).point(flat)


def _fullest_tile(mask: Image) -> int:
    """The most differing pixels in any square of `TILE` by `TILE`."""
    means = mask.reduce(TILE).getextrema()[1]
    value = means if isinstance(means, int | float) else max(means)
    # A mean of bytes is rounded: one more pixel than it says cannot be told from it.
    return round(float(value) * TILE * TILE / 255)


def _shown(new: Image, mask: Image) -> bytes:
    """The new picture, pale, with what differs in a colour that stands out."""
    from PIL import Image, ImageFilter  # noqa: PLC0415 - as above

    pale = Image.blend(new, Image.new("RGB", new.size, (255, 255, 255)), 0.75)
    pale.paste(_MARK, (0, 0), mask.filter(ImageFilter.MaxFilter(3)))
    out = io.BytesIO()
    pale.quantize(64).save(out, "PNG")  # for eyes: a quarter of the bytes
    return out.getvalue()
