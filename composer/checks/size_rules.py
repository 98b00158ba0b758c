"""Is the letter small enough to arrive whole, and more than a picture?"""

from __future__ import annotations

from collections.abc import Iterator

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.page import Page
from composer.model.finding import Severity

#: Phones on a bad line, and the limits of many mailboxes.
MESSAGE_WARN_BYTES, MESSAGE_MOST_BYTES = 500_000, 10_000_000
TEXT_BYTES = 100_000
#: Gmail takes no notice of a style element beyond this.
SHEET_CHARS = 8_192
#: An image with fewer words beside it looks like an advertisement to filters.
WORDS_WITH_IMAGES = 60
#: Smaller ones are lines, icons and logos.
_IMAGE_PX = 200 * 100


def message(examined: Examined) -> Iterator[Remark]:
    """Everything together, pictures encoded: what each reader's line and mailbox must take."""
    largest = max((len(m) for m in examined.messages.values()), default=0)
    if largest > MESSAGE_WARN_BYTES:
        most = MESSAGE_MOST_BYTES if largest > MESSAGE_MOST_BYTES else MESSAGE_WARN_BYTES
        yield Remark(
            f"the whole message is {largest:,} bytes; {most:,} are the most",
            'smaller pictures, or images = "url" in [newsletter]: then they are loaded when seen',
            severity=Severity.ERROR if largest > MESSAGE_MOST_BYTES else Severity.WARNING,
        )


def text(examined: Examined) -> Iterator[Remark]:
    """Nobody scrolls that far, and Gmail shows no more of it than of HTML."""
    largest = max((len(page.text.encode()) for page in examined.pages), default=0)
    if largest > TEXT_BYTES:
        yield Remark(
            f"the text variant is {largest:,} bytes; Gmail cuts at about {TEXT_BYTES:,}",
            "shorten the issue, or split its longest section",
        )


def images_share(examined: Examined) -> Iterator[Remark]:
    """Who has images off sees an empty letter, and filters know that from advertisements."""
    for page in examined.pages:
        words = sum(len(words.split()) for words, _ in page.light_texts)
        if words < WORDS_WITH_IMAGES and (images := _large_images(page)):
            path, at = examined.where()
            count = "1 large image" if images == 1 else f"{images} large images"
            yield Remark(f"{count} and {words} words", "say in words what they show", at, path)


def _large_images(page: Page) -> int:
    return sum(1 for image in page.every("img") if _area(image.get("width"), image.get("height")))


def _area(width: str | None, height: str | None) -> bool:
    across = int(width) if width and width.isdigit() else 0
    down = int(height) if height and height.isdigit() else across // 2
    return across * down >= _IMAGE_PX


def style_kept(examined: Examined) -> Iterator[Remark]:
    """Gmail drops a style element that is too long, and with it the rules for phones and dark."""
    for page in examined.pages:
        for sheet in page.sheets:
            if len(sheet) > SHEET_CHARS:
                path, at = examined.where("<mj-style")
                size = f"{len(sheet):,} characters; Gmail keeps {SHEET_CHARS:,}"
                yield Remark(f"a style sheet has {size}", "split it into two <mj-style>", at, path)


_W = Severity.WARNING
RULES = (
    Rule("size/message", _W, "a message too large to travel (an error from 10 MB)", message),
    Rule("size/text", _W, "a text variant too long", text),
    Rule("size/images-share", _W, "pictures with hardly a word", images_share),
    Rule("size/style-kept", _W, "a style sheet that Gmail drops", style_kept),
)
