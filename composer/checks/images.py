"""Are pictures light enough, sharp enough, and told in words?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.walk import blocks_of, for_everybody, plain
from composer.model.finding import Severity
from composer.model.issue import Image, Position

#: Of one picture, and of all pictures of an issue; a phone's reader pays for them.
PICTURE_BYTES = 300_000
ALL_BYTES = 1_000_000
#: The letter is 600 CSS pixels wide, and sharp screens show two pixels for each.
WIDEST = 1_200
#: What listening to takes about ten seconds.
LONG_ALT = 150

_PREFIX = re.compile(
    r"(?:an? |the )?(?:image|picture|graphic) (?:of|showing)\b|(?:ein )?bild (?:von|mit)\b"
    r"|(?:une )?image (?:de|d’|d')|(?:una )?imagen de\b",
    re.IGNORECASE,
)


def _images(examined: Examined) -> Iterator[Image]:
    return (block for block in examined.blocks if isinstance(block, Image))


def long_alt(examined: Examined) -> Iterator[Remark]:
    """Nobody can skim what is read aloud."""
    for image in _images(examined):
        length = len(plain(image.alt))
        if length > LONG_ALT:
            yield Remark(
                f"the alternative text has {length} characters",
                "say the one thing that it shows, and the rest in the text or the caption",
                image.at,
            )


def alt_prefix(examined: Examined) -> Iterator[Remark]:
    """Programs that read aloud have said "image" already."""
    for image in _images(examined):
        if found := _PREFIX.match(plain(image.alt).strip()):
            yield Remark(
                f"the alternative text begins with {found[0]!r}",
                "begin with what it shows",
                image.at,
            )


def same_alt(examined: Examined) -> Iterator[Remark]:
    """Two pictures with the same words: one of them was copied."""
    first: dict[str, tuple[str, Position]] = {}
    for image in blocks_of(for_everybody(examined.issue)):
        alt = plain(image.alt).strip().casefold() if isinstance(image, Image) else ""
        if not isinstance(image, Image) or not alt:
            continue
        source, at = first.setdefault(alt, (image.source, image.at))
        if source != image.source:
            yield Remark(
                f"the picture on line {at.line} has the same alternative text",
                "say what each of them shows",
                image.at,
            )


def heavy(examined: Examined) -> Iterator[Remark]:
    """A letter that loads for minutes on a train."""
    sizes: dict[str, int] = {}
    for image in _images(examined):
        if image.file is None or image.source in sizes:
            continue
        size = sizes[image.source] = len(image.file.data)
        if size > PICTURE_BYTES:
            yield Remark(
                f"{image.source} has {_kilobytes(size)}; {_kilobytes(PICTURE_BYTES)} are plenty",
                f"save it {WIDEST:,} pixels wide or less, photographs as JPEG",
                image.at,
            )
    if sum(sizes.values()) > ALL_BYTES:
        count, total = len(sizes), _kilobytes(sum(sizes.values()))
        yield Remark(f"the {count} pictures have {total} together", "take one out, or save smaller")


def _kilobytes(size: int) -> str:
    return f"{size / 1000:,.0f} kB"


def pixels(examined: Examined) -> Iterator[Remark]:
    """More pixels than any screen shows, or fewer than are asked for."""
    for image in _images(examined):
        if image.file is None:
            continue
        width = image.file.width
        if width > WIDEST:
            yield Remark(
                f"{image.source} is {width:,} pixels wide; no reader sees more than {WIDEST:,}",
                f"save it {WIDEST:,} pixels wide",
                image.at,
            )
        elif image.width is not None and width < image.width:
            yield Remark(
                f"{image.source} is {width:,} pixels wide and would be stretched to "
                f"{image.width:,}: it blurs",
                f"write {{width={width}}}, or take a larger picture",
                image.at,
            )


def remote(examined: Examined) -> Iterator[Remark]:
    """Somebody else's server sees who reads, and decides what they see."""
    for image in _images(examined):
        if image.file is None and image.source.lower().startswith(("http://", "https://")):
            yield Remark(
                "the picture stays on somebody's server, which learns who opens the letter",
                "save it in the issue's folder: images/…",
                image.at,
            )


_W = Severity.WARNING

RULES = (
    Rule("image/long-alt", _W, "an alternative text that is too long to listen to", long_alt),
    Rule("image/alt-prefix", _W, 'an alternative text that begins with "image of"', alt_prefix),
    Rule("image/same-alt", _W, "two pictures with one alternative text", same_alt),
    Rule("image/size", _W, "pictures that load for long", heavy),
    Rule("image/dimensions", _W, "a picture too wide, or too small for its place", pixels),
    Rule("image/remote", _W, "a picture on somebody's server", remote),
)
